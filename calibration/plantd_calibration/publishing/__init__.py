"""The calibrated bundle and the sections of its card."""
