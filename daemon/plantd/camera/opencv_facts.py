"""What this machine's OpenCV is. `python3 -m plantd.camera.opencv_facts` prints it as JSON."""

import cv2  # isort: skip  # First, see capture_child.

import json
from typing import NamedTuple


class OpencvFacts(NamedTuple):
    """Version, place, and what its build information says of GStreamer, as "YES (1.22.0)"."""

    version: str
    path: str
    gstreamer: str


def opencv_facts() -> OpencvFacts:
    """Return the facts of the OpenCV imported here."""
    return OpencvFacts(cv2.__version__, cv2.__file__, _gstreamer(cv2.getBuildInformation()))


def _gstreamer(build_information: str) -> str:
    for line in build_information.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "GStreamer":
            return value.strip()
    return "NO"


if __name__ == "__main__":
    print(json.dumps(opencv_facts()._asdict()))  # noqa: T201  # this is what it is run for
