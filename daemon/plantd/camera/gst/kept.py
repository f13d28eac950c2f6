"""A pipeline whose frames are taken as they come, and not converted unless somebody looks."""

from typing import List, Optional

from plantd.camera.gst.calls import CHANGE_FAILED, NULL_STATE, PLAYING, REPORTED, Gst, GstFrame
from plantd.system.lifetime import Closable

# Only the newest is kept: whoever is slow must not read old ones.
SINK = "appsink name=kept drop=true max-buffers=1 sync=false"
_WAIT_NS = 200 * 1000 * 1000


class KeptFrame(GstFrame):
    """One frame as it came."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether its pixels lie in a memory that only elements can read, as NVMM."""
        return "(memory:" in self._gst.caps_text(self.caps)


class KeptStream(Closable):
    """A pipeline that plays into an appsink. Any call may hang, as cameras do."""

    def __init__(self, gst: Gst, elements: str) -> None:
        """Open nothing yet. Args: the pipeline without its sink."""
        self._gst = gst
        self._elements = elements
        self._pipeline: Optional[int] = None
        self.complaints: List[str] = []

    def open(self) -> bool:
        """Begin to play; return False with `complaints` where that fails."""
        self._pipeline, mistake = self._gst.parse("{} ! {}".format(self._elements, SINK))
        if self._pipeline is None:
            self.complaints.append(REPORTED.format("gst_parse", mistake))
            return False
        self._sink = self._gst.bin_get_by_name(self._pipeline, b"kept")
        self._bus = self._gst.element_get_bus(self._pipeline)
        if self._gst.element_set_state(self._pipeline, PLAYING) == CHANGE_FAILED:
            self._gst.hear(self._bus, self.complaints)
            return False
        return True

    def next(self) -> Optional[KeptFrame]:
        """Return the next frame, waiting for it; None at the end, with `complaints` after a fault.

        The frames that nobody took meanwhile are gone.
        """
        while True:
            sample = self._gst.app_sink_try_pull_sample(self._sink, _WAIT_NS)
            if sample:
                return KeptFrame(self._gst, sample)
            self._gst.hear(self._bus, self.complaints)
            if self.complaints or self._gst.app_sink_is_eos(self._sink):
                return None

    def close(self) -> None:
        """See Closable."""
        if self._pipeline is None:
            return
        self._gst.element_set_state(self._pipeline, NULL_STATE)
        for one in (self._sink, self._bus, self._pipeline):
            self._gst.object_unref(one)
        self._pipeline = None
