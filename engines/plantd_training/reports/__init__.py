"""HTML reports, plots and sheets of pictures."""
