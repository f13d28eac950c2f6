"""The contract every camera keeps (tests/contract/test_camera_contract.py)."""

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Optional

from plantd.health.states import State
from plantd.system.lifetime import Openable

if TYPE_CHECKING:
    # The capture process runs from this package and must import cv2 before numpy (FIELD 21).
    from plantd.frame import Frame


class CameraStatus(NamedTuple):
    """How the camera is; every field can be shown to a person.

    Attributes:
        state: HEALTHY (frames arrive), DEGRADED (frames arrive late or repeat),
            RECOVERING (being reopened), FAILED (lost; tried on at the slowest rate, and at
            once when somebody asks for a frame).
        source: the URI the camera was configured with.
        detail: one sentence: what is wrong and what helps; empty while HEALTHY. A camera that
            stopped because nobody asked (camera.idle: stop) stays HEALTHY, without a pid.
        width_px, height_px, fps: what arrives, None while nothing does.
        frames: arrivals since the camera was opened.
        restarts: how often the capture process was started again.
        pid: the capture process, None where there is none.
        pipeline: the GStreamer pipeline as it was opened, None where there is none.
        longest_gap_s: between two frames of the last second, as the mean from one look to the
            next: camera.idle_rate looks a second, each frame while somebody waits; None before.
        repeats: frames that were looked at and showed the picture of the one before, since the
            process started; counted for cameras only.
    """

    state: State
    source: str
    detail: str = ""
    width_px: Optional[int] = None
    height_px: Optional[int] = None
    fps: Optional[float] = None
    frames: int = 0
    restarts: int = 0
    pid: Optional[int] = None
    pipeline: Optional[str] = None
    longest_gap_s: Optional[float] = None
    repeats: int = 0


class Camera(Openable):
    """Delivers frames that are newer than a moment. Safe to call from several threads.

    A camera keeps itself alive: between `open()` and `close()` it reopens what broke, with
    back-off, and says so in `status()`. Losing the source never raises out of a thread.
    """

    @abstractmethod
    def open(self) -> None:
        """Start capturing, without waiting for the first frame.

        The real camera waits until its process has loaded GStreamer, or has said that it cannot.

        Raises CameraError only for what waiting cannot mend (no GStreamer,
        a source that no pipeline can be built for).
        """

    @abstractmethod
    def frame_after(self, mono_s: float, timeout_s: float) -> "Frame":
        """Return the first frame that can be trusted to show the scene after `mono_s`.

        That is: `settle_frames` arrivals after `mono_s` are dropped, because arrival is not
        exposure and camera stacks queue; the next one is returned, with
        `captured_at > mono_s`. The pixels are the caller's own copy.

        Raises CameraError when no such frame arrives within `timeout_s`; the message quotes
        the state, the source and what helps.
        """

    @abstractmethod
    def next_frame(self, frame: "Frame", timeout_s: float) -> "Frame":
        """Return the first frame that arrives after one that `frame_after` returned: a burst.

        Nothing is dropped: the scene was settled already. Otherwise as `frame_after`.
        """

    @abstractmethod
    def status(self) -> CameraStatus:
        """Return how the camera is now. Never blocks, never raises."""

    @abstractmethod
    def close(self) -> None:
        """Stop capturing and free everything; may be called twice."""
