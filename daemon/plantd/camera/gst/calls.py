"""The functions of GStreamer that plantd calls, with their types. In the capture process only.

Pointers are integers, None where C has NULL. Whoever gets a new object gives it back: samples and
buffers by `mini_object_unref`, all else by `object_unref`; what a sample holds belongs to it.

Source: gst/gst.h and gst/app/gstappsink.h of GStreamer 1.14, stable since 1.10.
"""

import ctypes
import re
import zlib
from typing import Any, Dict, List, Optional, Tuple

from plantd.errors import CameraError
from plantd.system.lifetime import Closable

CORE = "libgstreamer-1.0.so.0"
APP = "libgstapp-1.0.so.0"
GLIB = "libglib-2.0.so.0"

# Source: GstState, GstStateChangeReturn, GstFormat, GstPadDirection, GstParseFlags, GstMessageType
# and GstFlowReturn.
NULL_STATE, PLAYING = 1, 4
CHANGE_FAILED = 0
TIME_FORMAT = 3
SRC = 1
FATAL_ERRORS = 1
EOS_MESSAGE, ERROR_MESSAGE = 1, 2
FLOW_OK = 0

# What `diagnosis` reads.
REPORTED = "module {} reported: {}"
# "...gstfilesrc.c(553): gst_file_src_start (): /GstPipeline:pipeline0/GstFileSrc:filesrc0: ..."
_ELEMENT = re.compile(r"/[A-Za-z0-9]+:([A-Za-z0-9_-]+):(?:\s|$)")

_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_char_p
_INT, _U64, _SIZE = ctypes.c_int, ctypes.c_uint64, ctypes.c_size_t

# A call's name -> what it returns, then what it takes.
_Calls = Dict[str, Tuple[Any, ...]]
_CORE_CALLS: _Calls = {
    "gst_init_check": (_INT, _POINTER, _POINTER, _POINTER),
    "gst_version_string": (_POINTER,),
    "gst_parse_launch_full": (_POINTER, _TEXT, _POINTER, _INT, _POINTER),
    "gst_parse_bin_from_description": (_POINTER, _TEXT, _INT, _POINTER),
    "gst_object_unref": (None, _POINTER),
    "gst_mini_object_ref": (_POINTER, _POINTER),
    "gst_mini_object_unref": (None, _POINTER),
    "gst_element_set_state": (_INT, _POINTER, _INT),
    "gst_element_get_bus": (_POINTER, _POINTER),
    "gst_element_get_static_pad": (_POINTER, _POINTER, _TEXT),
    "gst_element_set_bus": (None, _POINTER, _POINTER),
    "gst_bin_get_by_name": (_POINTER, _POINTER, _TEXT),
    "gst_bus_new": (_POINTER,),
    "gst_bus_pop_filtered": (_POINTER, _POINTER, _INT),
    "gst_message_parse_error": (None, _POINTER, _POINTER, _POINTER),
    "gst_sample_get_buffer": (_POINTER, _POINTER),
    "gst_sample_get_caps": (_POINTER, _POINTER),
    "gst_caps_get_structure": (_POINTER, _POINTER, ctypes.c_uint),
    "gst_caps_to_string": (_POINTER, _POINTER),
    "gst_caps_is_equal": (_INT, _POINTER, _POINTER),
    "gst_structure_get_int": (_INT, _POINTER, _TEXT, _POINTER),
    "gst_buffer_get_size": (_SIZE, _POINTER),
    "gst_buffer_extract": (_SIZE, _POINTER, _SIZE, _POINTER, _SIZE),
    "gst_pad_new": (_POINTER, _TEXT, _INT),
    "gst_pad_set_active": (_INT, _POINTER, _INT),
    "gst_pad_link": (_INT, _POINTER, _POINTER),
    "gst_pad_push": (_INT, _POINTER, _POINTER),
    "gst_pad_push_event": (_INT, _POINTER, _POINTER),
    "gst_event_new_stream_start": (_POINTER, _TEXT),
    "gst_event_new_caps": (_POINTER, _POINTER),
    "gst_event_new_segment": (_POINTER, _POINTER),
    "gst_segment_new": (_POINTER,),
    "gst_segment_init": (None, _POINTER, _INT),
    "gst_segment_free": (None, _POINTER),
}
_APP_CALLS: _Calls = {
    "gst_app_sink_try_pull_sample": (_POINTER, _POINTER, _U64),
    "gst_app_sink_is_eos": (_INT, _POINTER),
}
_GLIB_CALLS: _Calls = {
    "g_free": (None, _POINTER),
    "g_error_free": (None, _POINTER),
}


# Of a large buffer so many pieces of this size are compared, evenly spread: a sensor's noise
# changes some pixel of them in each frame.
_PIECES, _PIECE_BYTES = 64, 2048


class _GError(ctypes.Structure):
    """Source: glib/gerror.h."""

    _fields_ = [
        ("domain", ctypes.c_uint32),
        ("code", ctypes.c_int),
        ("message", ctypes.c_char_p),
    ]


class Gst:
    """GStreamer, loaded and ready; its functions without "gst_" are attributes of it."""

    def __init__(self) -> None:
        """Raises CameraError when it cannot be loaded."""
        for library, calls in ((CORE, _CORE_CALLS), (APP, _APP_CALLS), (GLIB, _GLIB_CALLS)):
            loaded = _loaded(library)
            for name, (result, *arguments) in calls.items():
                call = getattr(loaded, name)
                call.restype, call.argtypes = result, arguments
                setattr(self, name[len("gst_") :] if name.startswith("gst_") else name, call)
        if not self.init_check(None, None, None):
            raise CameraError("GStreamer does not start; `gst-inspect-1.0` tells more")

    def __getattr__(self, name: str) -> Any:
        """Only for mypy: every function is an attribute since `__init__`."""
        raise AttributeError(name)

    @property
    def version(self) -> str:
        """As "GStreamer 1.22.0"."""
        return self._text(self.version_string())

    def parse(self, pipeline: str) -> Tuple[Optional[int], str]:
        """Return a new pipeline and "", or None and what is wrong with its text. Opens no device.

        What GStreamer would play without a missing element, waiting for ever, is wrong as well.
        """
        error = self._no_error()
        made = self.parse_launch_full(
            pipeline.encode("utf-8", "surrogateescape"), None, FATAL_ERRORS, ctypes.byref(error)
        )
        said = self._free_error(error)
        if said and made:
            self.object_unref(made)
        return (None, said) if said else (made, "")

    def parse_bin(self, elements: str) -> Tuple[Optional[int], str]:
        """As `parse`, for elements whose first one has no source: its pad is called "sink"."""
        error = self._no_error()
        made: int = self.parse_bin_from_description(
            elements.encode("utf-8"), 1, ctypes.byref(error)
        )
        said = self._free_error(error)
        return (None, said) if said else (made, "")

    def caps_text(self, caps: int) -> str:
        """Return what kind of frame it is, as "image/jpeg, width=(int)640"."""
        text = self.caps_to_string(caps)
        try:
            return self._text(text)
        finally:
            self.g_free(text)

    def size_of(self, caps: int) -> Tuple[int, int]:
        """Return width and height in pixels; 0 where the caps do not say."""
        structure = self.caps_get_structure(caps, 0)
        sides = (ctypes.c_int(), ctypes.c_int())
        for name, side in zip((b"width", b"height"), sides):
            self.structure_get_int(structure, name, ctypes.byref(side))
        return sides[0].value, sides[1].value

    def bytes_of(self, buffer: int, offset: int, size: int) -> bytes:
        """Return a copy of some of a buffer's bytes; fewer at its end."""
        copy = ctypes.create_string_buffer(size)
        copied: int = self.buffer_extract(buffer, offset, copy, size)
        return copy.raw[:copied]

    def fingerprint(self, buffer: int) -> int:
        """Return a number that is the same for the same bytes."""
        size_bytes: int = self.buffer_get_size(buffer)
        if size_bytes <= _PIECES * _PIECE_BYTES:
            return zlib.crc32(self.bytes_of(buffer, 0, size_bytes))
        found = size_bytes & 0xFFFFFFFF
        for piece in range(_PIECES):
            offset = piece * size_bytes // _PIECES
            found = zlib.crc32(self.bytes_of(buffer, offset, _PIECE_BYTES), found)
        return found

    def hear(self, bus: int, complaints: List[str]) -> None:
        """Add what the first error says, if none is told yet; what follows from it says less."""
        said = self._error_on(bus)
        while said:
            if not complaints:
                complaints.extend(said)
            said = self._error_on(bus)

    def _error_on(self, bus: int) -> Tuple[str, ...]:
        """Return lines about the next error that an element reported; none when none did."""
        message = self.bus_pop_filtered(bus, ERROR_MESSAGE)
        if not message:
            return ()
        error, detail = self._no_error(), ctypes.c_void_p()
        self.message_parse_error(message, ctypes.byref(error), ctypes.byref(detail))
        self.mini_object_unref(message)
        told = self._text(detail.value) if detail.value else ""
        self.g_free(detail)
        name = _ELEMENT.search(told)
        return (
            " ".join(told.split()),
            REPORTED.format(name.group(1) if name else "GStreamer", self._free_error(error)),
        )

    def _no_error(self) -> Any:
        # Any: the types of ctypes that mypy 0.971 has know no null pointer.
        pointer_to_error: Any = ctypes.POINTER(_GError)
        return pointer_to_error()

    def _free_error(self, error: Any) -> str:
        if not error:
            return ""
        message: bytes = error.contents.message or b""
        said = message.decode("utf-8", "replace")
        self.g_error_free(error)
        return said

    def _text(self, address: int) -> str:
        return ctypes.string_at(address).decode("utf-8", "replace")


class GstFrame(Closable):
    """A sample that GStreamer gave away: one frame and what kind it is.

    Closed by whoever took it, and soon: a camera has few buffers.
    """

    def __init__(self, gst: Gst, sample: int) -> None:
        self._gst = gst
        self._sample = sample
        self.buffer: int = gst.sample_get_buffer(sample)
        self.caps: int = gst.sample_get_caps(sample)

    def fingerprint(self) -> int:
        """Return a number that is the same for the same frame."""
        return self._gst.fingerprint(self.buffer)

    def close(self) -> None:
        """See Closable."""
        if self._sample:
            self._gst.mini_object_unref(self._sample)
            self._sample = 0


def _loaded(library: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(library)
    except OSError as error:
        raise CameraError(
            "GStreamer cannot be loaded ({}), so no camera can be read".format(error)
        ) from error
