"""One capture process from its start to its end: what it has said, and how long it may take.

event of the process      what is remembered            what it may now take its time for
opening                   the pipeline it tries
ready                                                   preparing it
prepared                                                opening the source
streaming                 size and pipeline
frame                                                   the next frame
eof                                                     opening the source anew
failed, no_gstreamer      its last word
"""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from plantd.camera import recovery
from plantd.camera.capture_process import CaptureProcess
from plantd.config import CameraConfig
from plantd.config.forms.camera_source import Source

LOADING = "loading"
OPENING = "opening"
STREAMING = "streaming"

# Importing cv2, for a picture, took 10-17 s on an emulated machine; a slow disk is no fault of the
# camera.
LOAD_TIMEOUT_S = 60.0
# A sensor's noise changes every frame; a second without a change is no chance.
FROZEN_AFTER_S = 1.0
_RATE_WINDOW_S = 1.0


class Rate(NamedTuple):
    """How regularly frames arrive.

    Attributes:
        fps, longest_gap_s: frames a second, and the longest time between two, over the last whole
            second or so; None before that.
        repeats: frames that showed the picture of the one before; only where that is watched.
        since, last: arrival and id of the frame that began this second, and of the newest.
        gap_s: the longest time between two of this second's frames so far.
    """

    fps: Optional[float] = None
    longest_gap_s: Optional[float] = None
    repeats: int = 0
    since: Optional[Tuple[float, int]] = None
    last: Optional[Tuple[float, int]] = None
    gap_s: float = 0.0

    def after(self, arrived_at: float, frame_id: int, changed_at: float) -> "Rate":
        """Return the rate after one more frame; the same one told again changes nothing."""
        newest = (arrived_at, frame_id)
        if self.since is None or self.last is None:
            return self._replace(since=newest, last=newest)
        if frame_id <= self.last[1]:
            return self
        gap_s = max(self.gap_s, (arrived_at - self.last[0]) / (frame_id - self.last[1]))
        repeats = self.repeats + (changed_at < arrived_at)
        passed_s = arrived_at - self.since[0]
        if passed_s < _RATE_WINDOW_S:
            return self._replace(repeats=repeats, last=newest, gap_s=gap_s)
        fps = (frame_id - self.since[1]) / passed_s
        return Rate(fps, gap_s, repeats, since=newest, last=newest)


class PhaseDeadline(NamedTuple):
    """What the process is at, and since when (monotonic seconds of the last sign of life)."""

    phase: str
    since_s: float

    def deadline_s(self, config: CameraConfig) -> float:
        """Return when the process is to be given up."""
        return self.since_s + _timeout_s(self.phase, config)

    def late_at_s(self, config: CameraConfig) -> Optional[float]:
        """Return when a stream is to be called late, None while there is no stream."""
        if self.phase != STREAMING:
            return None
        return self.since_s + config.read_timeout_s / 2.0

    def overdue(self, config: CameraConfig) -> str:
        """Return the words for a missed deadline."""
        return {
            LOADING: "was not prepared within {:g} s",
            OPENING: "did not open within {:g} s (camera.open_timeout_s)",
            STREAMING: "delivered no frame for {:g} s (camera.read_timeout_s)",
        }[self.phase].format(_timeout_s(self.phase, config))


class CaptureSettings(NamedTuple):
    """What is captured, and when it is given up.

    Attributes:
        idle_after_s: stop the process when nobody asked for so long; None: never.
    """

    source: Source
    config: CameraConfig
    tiers: recovery.Tiers
    idle_after_s: Optional[float]


Event = Dict[str, Any]

_PHASES = {"prepared": OPENING, "frame": STREAMING, "eof": OPENING}
_REMEMBERED = {
    "opening": "opening",
    "streaming": "streaming",
    "failed": "last word",
    "no_gstreamer": "last word",
}


class CaptureSession:
    """Changed by the supervisor's thread alone."""

    def __init__(self, process: CaptureProcess, now_s: float) -> None:
        """Args: the process that was started now; monotonic seconds."""
        self.process = process
        self.deadline = PhaseDeadline(LOADING, now_s)
        self.rate = Rate()
        self._said: Dict[str, Event] = {}

    def take_in(self, event: Event, now_s: float) -> None:
        """Remember what the process said."""
        name = event["event"]
        if name in _PHASES:
            self.deadline = PhaseDeadline(_PHASES[name], now_s)
        if name in _REMEMBERED:
            self._said[_REMEMBERED[name]] = event

    @property
    def opening(self) -> str:
        """The pipeline that it tried last; empty before any."""
        return str(self._said.get("opening", {}).get("pipeline", ""))

    @property
    def opened(self) -> Event:
        """width_px, height_px and pipeline of what arrives; empty before anything does."""
        return self._said.get("streaming", {})

    @property
    def last_word(self) -> Event:
        """Why it is about to end; empty when it did not say."""
        return self._said.get("last word", {})


def _timeout_s(phase: str, config: CameraConfig) -> float:
    return {
        LOADING: LOAD_TIMEOUT_S,
        OPENING: config.open_timeout_s,
        STREAMING: config.read_timeout_s,
    }[phase]
