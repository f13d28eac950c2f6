"""Which photographs a calibration may use for what."""
