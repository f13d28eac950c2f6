"""Reports as pages: one HTML file each, and one way to plot."""
