"""The camera: one interface; the real thing runs GStreamer in a child process; one fake."""

from plantd.camera.interface import Camera, CameraStatus

__all__ = ["Camera", "CameraStatus"]
