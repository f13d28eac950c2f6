"""What this machine's OpenCV and GStreamer are; run as a module, it prints them as JSON."""

import cv2  # isort: skip  # First, see capture_child.

import json
from typing import NamedTuple

from plantd.camera.gst.calls import Gst
from plantd.errors import CameraError


class OpencvFacts(NamedTuple):
    """OpenCV's version and place, and GStreamer's version; empty where it cannot be loaded."""

    version: str
    path: str
    gstreamer: str


def opencv_facts() -> OpencvFacts:
    """Return the facts of what is imported here."""
    return OpencvFacts(cv2.__version__, cv2.__file__, _gstreamer())


def _gstreamer() -> str:
    try:
        return Gst().version
    except CameraError:
        return ""


if __name__ == "__main__":
    print(json.dumps(opencv_facts()._asdict()))  # noqa: T201  # this is what it is run for
