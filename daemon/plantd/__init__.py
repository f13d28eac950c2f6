"""plantd: press the button, and it says whether the plant is poisonous and which one it is."""

__version__ = "0.1.0"
