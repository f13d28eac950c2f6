"""`import tensorrt` gives TensorRT-RTX, for a run of tests/device that asks for it; see README.md.

Its version begins with "RTX", so that no plan or record made this way looks like TensorRT's.
"""

from tensorrt_rtx import *  # noqa: F403
from tensorrt_rtx import __version__ as _version

__version__ = "RTX " + _version
