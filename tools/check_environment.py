"""Says whether this interpreter has what every plantd environment needs.

Prints one line and exits 0, or says what is wrong and exits 69: OpenCV must be the system's, with
GStreamer, and numpy must fit it.
"""

import sys
from typing import List


def gstreamer_line(build_information: str) -> str:
    """The part after "GStreamer:" in cv2.getBuildInformation(), or "not mentioned"."""
    for line in build_information.splitlines():
        name, _, value = line.strip().partition(":")
        if name == "GStreamer":
            return value.strip()
    return "not mentioned"


def problems() -> List[str]:
    """One sentence for each thing that is wrong."""
    try:
        import cv2
        import numpy
    except ImportError as error:
        return ["%s: install the system's python3-opencv and python3-numpy." % error]
    found = []
    if int(numpy.__version__.split(".")[0]) >= 2:
        found.append("numpy %s: OpenCV of the system needs numpy < 2." % numpy.__version__)
    gstreamer = gstreamer_line(cv2.getBuildInformation())
    if not gstreamer.startswith("YES"):
        found.append(
            "OpenCV %s at %s has no GStreamer (%s): uninstall pip's opencv packages and install "
            "the system's python3-opencv." % (cv2.__version__, cv2.__file__, gstreamer)
        )
    if not found:
        print("OpenCV %s, GStreamer %s, numpy %s" % (cv2.__version__, gstreamer, numpy.__version__))
    return found


if __name__ == "__main__":
    wrong = problems()
    for sentence in wrong:
        print("%s: %s" % (sys.prefix, sentence), file=sys.stderr)
    sys.exit(69 if wrong else 0)
