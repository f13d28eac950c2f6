"""Prints which numpy fits this interpreter's OpenCV: a requirement for pip, such as numpy<2.

OpenCV of the system was compiled beside numpy of the system, and takes any of the same kind: built
for 1.x it takes a newer 1.x, but no 2; built for 2 it takes no 1.x. Where the system has none, the
last that any OpenCV of that age takes is asked for.
"""

import sys


def requirement(installed: str) -> str:
    """Return the requirement for a system whose numpy has this version; empty where it has none."""
    if installed and int(installed.partition(".")[0]) >= 2:
        return "numpy>=2,<3"
    return "numpy>=1.13.3,<2"


def version_of_numpy() -> str:
    """Return the version of the system's numpy, empty where there is none."""
    try:
        import numpy
    except ImportError:
        return ""
    return str(numpy.__version__)


if __name__ == "__main__":
    print(requirement(version_of_numpy()))
    sys.exit(0)
