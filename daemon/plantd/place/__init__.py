"""Where and when a press happens, as coarse as a plant's distribution asks for."""
