"""The real camera: a GStreamer pipeline in a capture process that is kept alive."""

import sys
import time
from typing import Callable, NamedTuple, Optional, Tuple

from plantd.camera import recovery
from plantd.camera.capture_process import CaptureProcess
from plantd.camera.frame_choice import FrameRequest
from plantd.camera.interface import Camera, CameraStatus
from plantd.camera.job import CaptureJob
from plantd.camera.pipelines import pipelines_for
from plantd.camera.session import CaptureSettings
from plantd.camera.shared_frames import SharedFrames
from plantd.camera.supervisor import CaptureSupervisor
from plantd.config import CameraConfig, PathsConfig
from plantd.config.forms.camera_source import FOLDER, GST, PICTURE, VIDEO, Source
from plantd.errors import CameraError
from plantd.frame import Frame

IDLE_AFTER_S = 30.0
# A picture, a video or a pipeline of one's own may be larger than the configured size.
OWN_SIZE = (PICTURE, FOLDER, VIDEO, GST)
OWN_SIZE_MAX_PX = 64 * 1000 * 1000


class GstOptions(NamedTuple):
    """What a test or another machine may want otherwise.

    Attributes:
        tiers: how it gets well again.
        idle_after_s: with camera.idle "stop", how long after the last request it stops.
        python: the interpreter of the capture process.
        pipelines: source, configuration and run directory to candidates.
    """

    tiers: recovery.Tiers = recovery.Tiers()
    idle_after_s: float = IDLE_AFTER_S
    python: str = sys.executable
    pipelines: Callable[[Source, CameraConfig, str], Tuple[str, ...]] = pipelines_for


class GstCamera(Camera):
    """Frames from a GStreamer pipeline. See Camera for the contract."""

    def __init__(
        self,
        source: Source,
        config: CameraConfig,
        paths: PathsConfig,
        on_state: Callable[[CameraStatus], None],
        ask_root: Callable[[str], None],
        options: GstOptions = GstOptions(),
    ) -> None:
        """Open nothing yet.

        Args:
            on_state: called in the supervisor's thread when state or detail change; must not raise.
            ask_root: called there with `root_requests.RESTART_NVARGUS`; must not raise.
        """
        self._source = source
        self._config = config
        self._paths = paths
        self._on_state = on_state
        self._ask_root = ask_root
        self._options = options
        self._pipelines: Tuple[str, ...] = ()
        self._supervisor: Optional[CaptureSupervisor] = None
        self._last = CameraStatus(recovery.Health().state, source.uri, "the camera is not open")

    def open(self) -> None:
        """See Camera. Waits until the capture process has loaded GStreamer, not for a frame."""
        if self._supervisor is not None:
            return
        self._pipelines = self._options.pipelines(self._source, self._config, self._paths.run)
        supervisor = CaptureSupervisor(
            self._settings(), self._start, self._on_state, self._ask_root
        )
        self._supervisor = supervisor
        supervisor.open()
        try:
            supervisor.wait_until_loaded(time.monotonic() + self._config.open_timeout_s)
        except CameraError:
            self.close()
            raise

    def frame_after(self, mono_s: float, timeout_s: float) -> Frame:
        """See Camera."""
        return self._frame(mono_s, self._config.settle_frames, timeout_s)

    def next_frame(self, frame: Frame, timeout_s: float) -> Frame:
        """See Camera."""
        return self._frame(frame.captured_at, 0, timeout_s)

    def _frame(self, mono_s: float, settle_frames: int, timeout_s: float) -> Frame:
        supervisor = self._supervisor
        if supervisor is None:
            raise CameraError("the camera {} is not open".format(self._source.uri))
        wanted = FrameRequest(mono_s, settle_frames, self._trusts_repeats)
        found = supervisor.wait_for_frame(wanted, time.monotonic() + timeout_s)
        if self._supervisor is None:
            raise CameraError("the camera {} was closed".format(self._source.uri))
        if found is None:
            raise CameraError(self._why_none(supervisor.status, timeout_s))
        return found

    def status(self) -> CameraStatus:
        """See Camera."""
        supervisor = self._supervisor
        return self._last if supervisor is None else supervisor.status

    def close(self) -> None:
        """See Camera."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.close()
            self._last = supervisor.status._replace(
                state=recovery.Health().state, detail="the camera is closed", pid=None
            )

    def _settings(self) -> CaptureSettings:
        idle_after_s = self._options.idle_after_s if self._config.idle == "stop" else None
        return CaptureSettings(self._source, self._config, self._options.tiers, idle_after_s)

    @property
    def _trusts_repeats(self) -> bool:
        return not self._source.live or self._source.frozen_allowed

    def _why_none(self, status: CameraStatus, timeout_s: float) -> str:
        detail = status.detail or (
            "its frames are too few or repeat; lower camera.settle_frames or raise camera.fps"
        )
        return (
            "no frame newer than the press came from {} within {:g} s; the camera is {}: {}"
        ).format(status.source, timeout_s, status.state.value, detail)

    def _start(self, first_id: int, hung: str) -> CaptureProcess:
        max_px = self._config.width_px * self._config.height_px
        if self._source.kind in OWN_SIZE:
            max_px = OWN_SIZE_MAX_PX
        frames = SharedFrames.create(max_px, self._paths.run)
        return CaptureProcess(self._job(first_id, hung), frames, self._options.python)

    def _job(self, first_id: int, hung: str) -> CaptureJob:
        """Return the job; the capture process's starter fills in descriptors and parent."""
        return CaptureJob(
            pipelines=_after(self._pipelines, hung),
            frames_fd=-1,
            slot_bytes=0,
            events_fd=-1,
            first_id=first_id,
            watch_repeats=not self._trusts_repeats,
            look_every_s=look_every_s(self._config),
            start_again_at_end=self._source.ends,
            parent_pid=0,
            kind=self._source.kind,
            target=self._source.target,
            run_dir=self._paths.run,
            width_px=self._config.width_px,
            height_px=self._config.height_px,
            fps=self._config.fps,
            hold_s=self._source.hold_s,
            seed=self._source.seed,
        )


def look_every_s(config: CameraConfig) -> float:
    """Return how often a frame is looked at between presses: often enough to be late in time."""
    return min(1.0 / config.idle_rate, config.read_timeout_s / 4.0)


def _after(pipelines: Tuple[str, ...], hung: str) -> Tuple[str, ...]:
    """Return the candidates, those behind one that hung first: it would hang again."""
    if hung not in pipelines:
        return pipelines
    behind = pipelines.index(hung) + 1
    return pipelines[behind:] + pipelines[:behind]
