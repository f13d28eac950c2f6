"""GStreamer's own opinion of a pipeline, before OpenCV opens it. In the capture process only.

OpenCV plays what is left of a pipeline when an element is missing, and then waits for ever for
the first frame; GStreamer's parser says at once what is wrong.
"""

import ctypes
from typing import Any, Optional

from plantd.errors import CameraError

LIBRARY = "libgstreamer-1.0.so.0"
# Source: gst/gstparse.h
_FATAL_ERRORS = 1


class _GError(ctypes.Structure):
    """Source: glib/gerror.h."""

    _fields_ = [
        ("domain", ctypes.c_uint32),
        ("code", ctypes.c_int),
        ("message", ctypes.c_char_p),
    ]


def parse_error(pipeline: str) -> str:
    """Return what is wrong with a pipeline's text, empty when nothing is. Opens no device.

    Raises CameraError when GStreamer itself cannot be loaded.
    """
    gst = _library()
    # Any: the types of ctypes that mypy 0.971 has know no null pointer.
    pointer_to_error: Any = ctypes.POINTER(_GError)
    error = pointer_to_error()
    bin_ = gst.gst_parse_launch_full(
        pipeline.encode("utf-8", "surrogateescape"), None, _FATAL_ERRORS, ctypes.byref(error)
    )
    # Not freed: a few bytes, in a process that ends or opens a camera.
    message: Optional[bytes] = error.contents.message if error else None
    if bin_:
        gst.gst_object_unref(bin_)
    return "" if message is None else message.decode("utf-8", "replace")


def _library() -> ctypes.CDLL:
    try:
        gst = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise CameraError(
            "{} cannot be loaded ({}); expected the GStreamer that OpenCV was built with".format(
                LIBRARY, error
            )
        ) from error
    gst.gst_init(None, None)
    gst.gst_parse_launch_full.restype = ctypes.c_void_p
    gst.gst_parse_launch_full.argtypes = [
        ctypes.c_char_p,
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.POINTER(ctypes.POINTER(_GError)),
    ]
    gst.gst_object_unref.argtypes = [ctypes.c_void_p]
    return gst
