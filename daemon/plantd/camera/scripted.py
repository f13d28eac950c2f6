"""The fake camera: delivers what it is told, when it is told; keeps the camera's contract.

Chosen by fake:// alone. Its clock is passed in, so a test decides when a frame arrives; without
one it draws a plant at the configured rate.
"""

import threading
import time
from typing import Callable, List, Optional, Tuple

import numpy as np

from plantd.camera.interface import Camera, CameraStatus
from plantd.config import CameraConfig
from plantd.errors import CameraError
from plantd.frame import Frame
from plantd.health.states import State

UNPLUGGED = "the scripted camera is unplugged; replug() mends it"
HANGING = "the scripted camera hangs; resume() mends it"


class ScriptedCamera(Camera):
    """Frames by script. See Camera for the contract.

    Where the real camera waits for time to pass, this one lets its clock pass: a waiting
    `frame_after` makes frames arrive, one every 1/fps seconds of its clock.
    """

    def __init__(
        self,
        config: CameraConfig,
        on_state: Optional[Callable[[CameraStatus], None]] = None,
        pictures: Tuple[np.ndarray, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet.

        Args:
            pictures: (H, W, 3) uint8 BGR, delivered in turn; none: a drawn plant.
            monotonic, sleep: its clock, and how to let that pass.
        """
        self._config = config
        self._on_state = on_state or _ignore
        self._pictures = pictures
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._open = False
        self._stale = False
        self._frames = 0
        self._restarts = 0
        self._status = CameraStatus(State.RECOVERING, config.source, "the camera is not open")

    def open(self) -> None:
        """See Camera."""
        if not self._pictures:
            from plantd.camera.drawing import draw_plant  # cv2 only where a plant is drawn

            self._pictures = (draw_plant(self._config.width_px, self._config.height_px),)
        self._open = True
        self._become(State.HEALTHY, "")

    def frame_after(self, mono_s: float, timeout_s: float) -> Frame:
        """See Camera."""
        return self._frame(mono_s, self._config.settle_frames, timeout_s)

    def next_frame(self, frame: Frame, timeout_s: float) -> Frame:
        """See Camera."""
        return self._frame(frame.captured_at, 0, timeout_s)

    def _frame(self, mono_s: float, settle_frames: int, timeout_s: float) -> Frame:
        deadline_s = self._monotonic() + timeout_s
        after: List[Frame] = []
        while self._open and len(after) <= settle_frames:
            if self._monotonic() >= deadline_s:
                break
            self._sleep(1.0 / self._config.fps)
            frame = self._arrive()
            if frame is not None and frame.captured_at > mono_s:
                after.append(frame)
        if not self._open:
            raise CameraError("the camera {} is not open".format(self._config.source))
        if len(after) <= settle_frames or after[-1].captured_at > deadline_s:
            status = self.status()
            raise CameraError(
                "no frame newer than the press came from {} within {:g} s; the camera is {}: "
                "{}".format(
                    status.source, timeout_s, status.state.value, status.detail or "too slow"
                )
            )
        return after[-1]

    def status(self) -> CameraStatus:
        """See Camera."""
        return self._status

    def close(self) -> None:
        """See Camera."""
        self._open = False
        self._become(State.RECOVERING, "the camera is closed")

    def unplug(self) -> None:
        """No more frames arrive, and the camera knows it."""
        self._become(State.FAILED, UNPLUGGED)

    def replug(self) -> None:
        """Frames arrive again, as after a restart of the capture process."""
        self._restarts += 1
        self._become(State.HEALTHY, "")

    def hang(self) -> None:
        """No more frames arrive, and the camera is about to notice."""
        self._become(State.RECOVERING, HANGING)

    def go_stale(self) -> None:
        """The last frame from before is repeated: it shows nothing of what happens now."""
        self._stale = True
        self._become(
            State.DEGRADED, "the scripted camera repeats its last frame; resume() mends it"
        )

    def resume(self) -> None:
        """End a hang or a repetition."""
        self._stale = False
        self._become(State.HEALTHY, "")

    def _arrive(self) -> Optional[Frame]:
        """Return the frame that arrives now, None when none does that can be trusted."""
        with self._lock:
            if self._status.state in (State.FAILED, State.RECOVERING):
                return None
            self._frames += 1
            frame_id = self._frames
            self._status = self._status._replace(frames=frame_id)
        if self._stale:
            return None
        pixels = self._pictures[(frame_id - 1) % len(self._pictures)]
        return Frame(frame_id, pixels.copy(), self._monotonic())

    def _become(self, state: State, detail: str) -> None:
        arriving = state in (State.HEALTHY, State.DEGRADED) and self._open
        first = self._pictures[0] if arriving else None
        before = self._status
        self._status = CameraStatus(
            state,
            self._config.source,
            detail,
            width_px=None if first is None else int(first.shape[1]),
            height_px=None if first is None else int(first.shape[0]),
            fps=None if first is None else float(self._config.fps),
            frames=self._frames,
            restarts=self._restarts,
        )
        if (state, detail) != (before.state, before.detail):
            self._on_state(self._status)


def _ignore(status: CameraStatus) -> None:
    """Nobody wants to know."""
