"""Says whether this interpreter has what every plantd environment needs.

usage: FOLDER/bin/python tools/check_environment.py [--without-gstreamer]

Prints one line and exits 0, or says what is wrong and exits 69: OpenCV must be the system's, with
GStreamer, and numpy must fit it. With --without-gstreamer an OpenCV that has none is enough.
"""

import sys
from typing import List

from plantd.system.libraries import is_l4t, remedy


def gstreamer_line(build_information: str) -> str:
    """The part after "GStreamer:" in cv2.getBuildInformation(), or "not mentioned"."""
    for line in build_information.splitlines():
        name, _, value = line.strip().partition(":")
        if name == "GStreamer":
            return value.strip()
    return "not mentioned"


def problems(without_gstreamer: bool) -> List[str]:
    """One sentence for each thing that is wrong."""
    try:
        import numpy
    except ImportError as error:
        return ["%s: %s." % (error, remedy("numpy", is_l4t()))]
    try:
        import cv2
    except (ImportError, AttributeError, TypeError) as error:
        return [
            "OpenCV cannot be imported beside numpy %s (%s): %s; an OpenCV built for numpy 1 needs "
            "numpy<2." % (numpy.__version__, error, remedy("cv2", is_l4t()))
        ]
    gstreamer = gstreamer_line(cv2.getBuildInformation())
    if not gstreamer.startswith("YES") and not without_gstreamer:
        return [
            "OpenCV %s at %s has no GStreamer (%s): uninstall pip's opencv packages, then: %s."
            % (cv2.__version__, cv2.__file__, gstreamer, remedy("cv2", is_l4t()))
        ]
    print("OpenCV %s, GStreamer %s, numpy %s" % (cv2.__version__, gstreamer, numpy.__version__))
    return []


if __name__ == "__main__":
    wrong = problems("--without-gstreamer" in sys.argv[1:])
    for sentence in wrong:
        print("%s: %s" % (sys.prefix, sentence), file=sys.stderr)
    sys.exit(69 if wrong else 0)
