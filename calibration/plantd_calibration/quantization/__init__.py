"""INT8: quantised, gated, handed to the device."""
