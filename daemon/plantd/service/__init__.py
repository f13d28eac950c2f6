"""The life of the service: what it is made of, start, presses, reload, stop."""
