"""`plantd doctor --camera`: what the camera sees and how regularly, while somebody moves it.

Where the running service has this camera open, it is asked; else the camera is opened here, as the
service would open it, and closed at the end.
"""

import tempfile
import time
from typing import Optional, Tuple

from plantd import bundle, picture
from plantd.api.client import Client
from plantd.camera.interface import CameraStatus
from plantd.camera.pipelines import format_of
from plantd.config import Config
from plantd.config.forms.camera_source import parse_source
from plantd.doctor.camera_views import CameraView, OwnView, ServedView, View
from plantd.doctor.live_report import LiveOptions, LiveReport
from plantd.doctor.probes import SOCKET_TIMEOUT_S
from plantd.errors import (
    EX_OK,
    EX_UNAVAILABLE,
    AccessError,
    BundleError,
    CannotWriteError,
    PlantdError,
)
from plantd.quality import ADVICE, QualityLimits, faults
from plantd.words import FAULTS

# Often enough for a hand that turns a lens, rarely enough to read.
EVERY_S = 1.0
JPEG_QUALITY = 92


def watch_camera(config: Config, options: LiveOptions, report: LiveReport) -> int:
    """Tell what the camera sees until the time or Ctrl-C; return the exit code.

    It is 0 when the last look saw a frame. Raises ConfigError for a source that cannot be read,
    CameraError for a camera that waiting cannot mend, CannotWriteError where nothing can be saved.
    """
    if options.source:
        config = config._replace(camera=config.camera._replace(source=options.source))
    limits = _limits(config, report)
    with tempfile.TemporaryDirectory(prefix="plantd-doctor-") as run_dir:
        with _view(config, run_dir, report) as view:
            watch = _Watch(limits, options.save, report)
            ends = options.ends_at(time.monotonic())
            while True:
                next_at = time.monotonic() + EVERY_S
                watch.tell(view.look())
                if next_at >= ends:
                    break
                time.sleep(max(0.0, next_at - time.monotonic()))
    return EX_OK if watch.sees else EX_UNAVAILABLE


def _view(config: Config, run_dir: str, report: LiveReport) -> CameraView:
    """Return the service's view where it has this camera open, else one of our own, closed."""
    source = parse_source(config.camera.source).uri
    client = Client(config.socket_path, SOCKET_TIMEOUT_S)
    try:
        served = client.get("/v1/status")["camera"]
    except AccessError as error:
        report.say("hint", "a service runs that may not be asked: {}".format(error))
        served = None
    except PlantdError:
        served = None
    if served and served["source"] == source:
        report.say("camera", "{}, as the running service sees it; Ctrl-C ends".format(source))
        return ServedView(client)
    report.say("camera", "{}, opened for this look; Ctrl-C ends".format(source))
    return OwnView(config.camera, config.paths._replace(run=run_dir))


def _limits(config: Config, report: LiveReport) -> QualityLimits:
    """Return the active model's limits for a picture: what it calls too dark is told as such."""
    try:
        return bundle.load(config.bundle_path).manifest.thresholds.quality
    except BundleError as error:
        report.say("hint", "pictures are judged by the default limits: {}".format(error))
        return QualityLimits()


class _Watch:
    """What was seen so far."""

    def __init__(self, limits: QualityLimits, save: str, report: LiveReport) -> None:
        self._limits = limits
        self._save = save
        self._report = report
        self._opened: Tuple[Optional[int], Optional[int], Optional[str]] = (None, None, None)
        self._said = ""
        self.sees = False

    def tell(self, view: View) -> None:
        """Tell one look: size and pipeline once, what changed as a line, the rest for now."""
        self.sees = view.pixels is not None
        if view.pixels is None:
            self._tell_word("no frame: " + view.why, view.status, ())
            return
        self._tell_opened(view.status)
        found = faults(picture.quality_of(view.pixels), self._limits)
        words = ["{}: {}".format(FAULTS[name], ADVICE[name]) for name in found]
        self._tell_word("; ".join(words) or "good", view.status, found)
        self._save_frame(view, good=not found)

    def _tell_opened(self, status: CameraStatus) -> None:
        opened = (status.width_px, status.height_px, status.pipeline)
        if opened == self._opened:
            return
        self._opened = opened
        pipeline = status.pipeline or ""
        self._report.say(
            "format",
            "{} x {}, {}{}".format(
                status.width_px,
                status.height_px,
                format_of(pipeline) if pipeline else "raw",
                ", by: " + pipeline if pipeline else "",
            ),
            width_px=status.width_px,
            height_px=status.height_px,
            pipeline=status.pipeline,
        )

    def _tell_word(self, word: str, status: CameraStatus, found: Tuple[str, ...]) -> None:
        say = self._report.say_for_now if word == self._said else self._report.say
        self._said = word
        say(
            "frame",
            "{}; {}".format(rate_words(status), word),
            faults=list(found),
            state=status.state.value,
            **{
                name: getattr(status, name)
                for name in ("fps", "frames", "longest_gap_s", "repeats")
            },
        )

    def _save_frame(self, view: View, good: bool) -> None:
        """Write the first frame, and over it the first good one."""
        if not self._save:
            return
        assert view.pixels is not None
        data = picture.encode_jpeg(view.pixels, JPEG_QUALITY)
        try:
            with open(self._save, "wb") as target:
                target.write(data)
        except OSError as error:
            raise CannotWriteError(
                "the frame cannot be written to {}: {}".format(self._save, error.strerror)
            ) from error
        kind = "a good frame" if good else "a frame (a good one replaces it)"
        self._report.say("saved", "{} to {}".format(kind, self._save), path=self._save)
        self._save = "" if good else self._save


def rate_words(status: CameraStatus) -> str:
    """Return how regularly frames arrive."""
    if status.fps is None:
        return "{} frames so far".format(status.frames)
    gap = status.longest_gap_s
    return "{:.1f} frames/s{}{}".format(
        status.fps,
        "" if gap is None else ", longest gap {:.0f} ms".format(gap * 1000.0),
        ", {} repeats".format(status.repeats) if status.repeats else "",
    )
