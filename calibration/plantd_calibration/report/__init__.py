"""The calibration's report."""
