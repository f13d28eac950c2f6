"""One kept frame to BGR, by the same elements that would convert a stream, in the caller's thread.

How this works: the elements are a bin with a pad in front and an appsink behind. What is pushed
into the pad runs through them and lies in the appsink when the push returns; only a hardware
decoder answers later, in a thread of its own.
"""

from contextlib import ExitStack
from typing import List, Optional

from plantd.camera.gst.calls import (
    CHANGE_FAILED,
    FLOW_OK,
    NULL_STATE,
    PLAYING,
    REPORTED,
    SRC,
    TIME_FORMAT,
    Gst,
    GstFrame,
)
from plantd.camera.gst.kept import KeptFrame
from plantd.camera.shared_frames import Picture
from plantd.system.lifetime import Closable

SINK = (
    "video/x-raw,format=BGR ! appsink name=converted max-buffers=1 drop=true sync=false async=false"
)
# They answer after their push has returned.
_LATE = ("nvv4l2decoder", "nvjpegdec")
_LATE_NS = 500 * 1000 * 1000
_CHANNELS = 3


class ConvertedFrame(GstFrame, Picture):
    """(height, width, 3) uint8 BGR in GStreamer's memory."""

    def __init__(self, gst: Gst, sample: int) -> None:
        super().__init__(gst, sample)
        self.width_px, self.height_px = gst.size_of(self.caps)
        # Rows begin at multiples of four bytes. Source: GstVideoInfo, default strides of BGR.
        self._stride_bytes = (self.width_px * _CHANNELS + 3) // 4 * 4

    def copy_to(self, address: int) -> None:
        """See Picture."""
        row_bytes, stride_bytes = self.width_px * _CHANNELS, self._stride_bytes
        if row_bytes == stride_bytes:
            self._gst.buffer_extract(self.buffer, 0, address, row_bytes * self.height_px)
            return
        for row in range(self.height_px):
            self._gst.buffer_extract(
                self.buffer, row * stride_bytes, address + row * row_bytes, row_bytes
            )

    def last_rows(self, count: int) -> bytes:
        """Return the last rows, as they lie in memory."""
        size_bytes = self._stride_bytes * min(count, self.height_px)
        start = self._stride_bytes * self.height_px - size_bytes
        return self._gst.bytes_of(self.buffer, start, size_bytes)


class Conversion(Closable):
    """Elements that make BGR of what a stream keeps."""

    def __init__(self, gst: Gst, elements: str) -> None:
        """Open nothing yet. Args: such as "jpegdec ! videoconvert"."""
        self._gst = gst
        self._elements = elements
        self._late_ns = _LATE_NS if any(name in elements for name in _LATE) else 0
        self._bin: Optional[int] = None
        self._caps: Optional[int] = None
        self.complaints: List[str] = []

    def open(self) -> bool:
        """Make the elements; return False with `complaints` where that fails."""
        gst = self._gst
        self._bin, mistake = gst.parse_bin("{} ! {}".format(self._elements, SINK))
        if self._bin is None:
            self.complaints.append(REPORTED.format("gst_parse", mistake))
            return False
        self._bus = gst.bus_new()
        gst.element_set_bus(self._bin, self._bus)
        self._sink = gst.bin_get_by_name(self._bin, b"converted")
        self._front = gst.pad_new(b"kept", SRC)
        self._pad = gst.element_get_static_pad(self._bin, b"sink")
        gst.pad_link(self._front, self._pad)
        if gst.element_set_state(self._bin, PLAYING) == CHANGE_FAILED:
            gst.hear(self._bus, self.complaints)
            return False
        gst.pad_set_active(self._front, 1)
        gst.pad_push_event(self._front, gst.event_new_stream_start(b"kept"))
        return True

    def convert(self, kept: KeptFrame, held: ExitStack) -> Optional[ConvertedFrame]:
        """Return the frame in BGR; None, with `complaints`, where the elements make nothing of it.

        Args:
            held: closes what is returned.
        """
        gst = self._gst
        # A hardware decoder may have answered an earlier push after nobody waited any more.
        stale = gst.app_sink_try_pull_sample(self._sink, 0)
        if stale:
            gst.mini_object_unref(stale)
        self._announce(kept.caps)
        flow = gst.pad_push(self._front, gst.mini_object_ref(kept.buffer))
        gst.hear(self._bus, self.complaints)
        sample = gst.app_sink_try_pull_sample(self._sink, self._late_ns if flow == FLOW_OK else 0)
        return held.enter_context(ConvertedFrame(gst, sample)) if sample else None

    def close(self) -> None:
        """See Closable."""
        if self._bin is None:
            return
        gst = self._gst
        gst.pad_set_active(self._front, 0)
        gst.element_set_state(self._bin, NULL_STATE)
        for one in (self._pad, self._front, self._sink, self._bus, self._bin):
            gst.object_unref(one)
        if self._caps is not None:
            gst.mini_object_unref(self._caps)
        self._bin = None

    def _announce(self, caps: int) -> None:
        """Tell the elements what comes, when that changes."""
        gst = self._gst
        if self._caps is not None and gst.caps_is_equal(self._caps, caps):
            return
        gst.pad_push_event(self._front, gst.event_new_caps(caps))
        if self._caps is None:
            segment = gst.segment_new()
            gst.segment_init(segment, TIME_FORMAT)
            gst.pad_push_event(self._front, gst.event_new_segment(segment))
            gst.segment_free(segment)
        else:
            gst.mini_object_unref(self._caps)
        self._caps = gst.mini_object_ref(caps)
