"""TensorFlow graphs: loaded, surveyed, frozen, run as the reference."""
