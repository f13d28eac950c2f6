"""Lines of GPIO chips, and which line a header's pin is."""
