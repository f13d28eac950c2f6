"""Which frame answers a press: the first that can be trusted to show what is there now."""

from typing import Optional, Tuple

from plantd.camera.shared_frames import Arrival
from plantd.camera.supervisor import CaptureSupervisor
from plantd.errors import CameraError
from plantd.frame import Frame


class FrameRequest:
    """One caller's wish for a frame: looked for at each arrival, under the keeper's lock."""

    def __init__(
        self, supervisor: CaptureSupervisor, settle_frames: int, mono_s: float, repeats: bool
    ) -> None:
        self._supervisor = supervisor
        self._settle_frames = settle_frames
        self._mono_s = mono_s
        self._repeats = repeats
        self._first_id: Optional[int] = None

    def look(self) -> Optional[Frame]:
        """Return the frame, None if it is not there yet."""
        if self._supervisor.lost:
            raise CameraError(self._supervisor.lost)
        child = self._supervisor.child
        arrivals = () if child is None else child.frames.arrivals()
        self._first_id = self._first_after(arrivals)
        # What the keeper has not heard of yet is left for its wake-up: status and frame agree.
        known = [one for one in arrivals if one.id <= self._supervisor.status.frames]
        if child is None or not known or not self._good(known[-1]):
            return None
        found = child.frames.read(known[-1].id)
        if found is None:
            return None  # The writer was faster; it has announced the next frame already.
        arrival, pixels = found
        return Frame(arrival.id, pixels, arrival.arrived_at)

    def _first_after(self, arrivals: Tuple[Arrival, ...]) -> int:
        """Return the id of the first arrival after the press, as far as the slots can tell."""
        newer = [one.id for one in arrivals if one.arrived_at > self._mono_s]
        older = [one.id for one in arrivals if one.arrived_at <= self._mono_s]
        first_id = self._first_id
        if first_id is None:
            first_id = min(newer) if newer else self._supervisor.status.frames + 1
        # A frame that was still being written at the first look may turn out to be older.
        return max([first_id] + [one + 1 for one in older])

    def _good(self, arrival: Arrival) -> bool:
        assert self._first_id is not None
        if arrival.id < self._first_id + self._settle_frames:
            return False
        # A frame that was there before the press is an old one, however often it arrives.
        shown_since = arrival.arrived_at if self._repeats else arrival.changed_at
        return shown_since > self._mono_s
