"""Which frame answers a press: the first that can be trusted to show what is there now. Pure.

How this works: the capture process notes frames in turn in a few slots of shared memory, each
with the moment of its arrival and the moment since when its picture is the same, and with its
pixels once a request has said from which frame on it wants them. A request remembers the first
frame that arrived after the press, as soon as the slots tell it, and lets `settle_frames` more go
by: arrival is not exposure, and camera stacks queue. A sensor that repeats itself shows an old
picture under a new arrival; unless repeats are trusted (a file, a still), a picture must have begun
after the press.
"""

from typing import Optional, Tuple

from plantd.camera.shared_frames import Arrival, SharedFrames
from plantd.frame import Frame

# So long after a frame was taken the next ones become pixels too: those of its burst.
BURST_LASTS_S = 0.5


class FrameRequest:
    """One caller's wish for a frame: looked for at each arrival, under the supervisor's lock."""

    def __init__(self, mono_s: float, settle_frames: int, repeats: bool) -> None:
        """Args: the press; how many arrivals after it are dropped; whether repeats are trusted."""
        self._settle_frames = settle_frames
        self._mono_s = mono_s
        self._repeats = repeats
        self._first_id: Optional[int] = None

    def look(self, frames: Optional[SharedFrames], heard_id: int) -> Optional[Frame]:
        """Return the frame, None if it is not there yet.

        Args:
            frames: the slots, None while no process runs.
            heard_id: the last frame the supervisor has heard of.
        """
        arrivals = () if frames is None else frames.arrivals()
        self._first_id = self._first_after(arrivals, heard_id)
        # What it has not heard of yet is left for its wake-up: status and frame agree.
        known = [one for one in arrivals if one.id <= heard_id and one.height_px]
        if frames is None or not known or not self._good(known[-1]):
            return None
        found = frames.read(known[-1].id)
        if found is None:
            return None  # The writer was faster; it has announced the next frame already.
        arrival, pixels = found
        return Frame(arrival.id, pixels, arrival.arrived_at)

    def wish(
        self, found: Optional[Frame], deadline_s: float, now_s: float
    ) -> Tuple[int, float, float]:
        """Return what `SharedFrames.want` is told after a look that found this."""
        until_s = deadline_s if found is None else now_s + BURST_LASTS_S
        return self.from_id, until_s, now_s

    @property
    def from_id(self) -> int:
        """The first frame that may answer, as far as is known; only once it was looked for."""
        assert self._first_id is not None
        return self._first_id + self._settle_frames

    def _first_after(self, arrivals: Tuple[Arrival, ...], heard_id: int) -> int:
        """Return the id of the first arrival after the press, as far as the slots can tell."""
        newer = [one.id for one in arrivals if one.arrived_at > self._mono_s]
        older = [one.id for one in arrivals if one.arrived_at <= self._mono_s]
        first_id = self._first_id
        if first_id is None:
            first_id = min(newer) if newer else heard_id + 1
        # A frame that was still being written at the first look may turn out to be older.
        return max([first_id] + [one + 1 for one in older])

    def _good(self, arrival: Arrival) -> bool:
        if arrival.id < self.from_id:
            return False
        # A frame that was there before the press is an old one, however often it arrives.
        shown_since = arrival.arrived_at if self._repeats else arrival.changed_at
        return shown_since > self._mono_s
