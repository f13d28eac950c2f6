"""plantd-cli: what people and scripts ask the running service. Loads neither cv2 nor numpy."""

from plantd.cli.program import main

__all__ = ["main"]
