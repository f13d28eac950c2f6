"""One capture process on the clock: deadlines and frame rate. Pure; time is passed in."""

from typing import NamedTuple, Optional, Tuple

from plantd.config import CameraConfig

LOADING = "loading"
OPENING = "opening"
STREAMING = "streaming"

# Importing cv2 took 10-17 s on an emulated machine; a slow disk is no fault of the camera.
LOAD_TIMEOUT_S = 60.0
# A sensor's noise changes every frame; a second without a change is no chance.
FROZEN_AFTER_S = 1.0


_RATE_WINDOW_S = 1.0


class Rate(NamedTuple):
    """Frames a second, over the last whole second or so; None before that."""

    fps: Optional[float] = None
    since: Optional[Tuple[float, int]] = None

    def after(self, arrived_at: float, frame_id: int) -> "Rate":
        """Return the rate after one more frame."""
        if self.since is None:
            return self._replace(since=(arrived_at, frame_id))
        passed_s = arrived_at - self.since[0]
        if passed_s < _RATE_WINDOW_S:
            return self
        return Rate((frame_id - self.since[1]) / passed_s, (arrived_at, frame_id))


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
            LOADING: "could not load OpenCV within {:g} s",
            OPENING: "did not open within {:g} s (camera.open_timeout_s)",
            STREAMING: "delivered no frame for {:g} s (camera.read_timeout_s)",
        }[self.phase].format(_timeout_s(self.phase, config))


def _timeout_s(phase: str, config: CameraConfig) -> float:
    return {
        LOADING: LOAD_TIMEOUT_S,
        OPENING: config.open_timeout_s,
        STREAMING: config.read_timeout_s,
    }[phase]
