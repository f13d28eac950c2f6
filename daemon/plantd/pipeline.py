"""One press, from the button to the verdict; `Pipeline.answer` is its story.

Runs in the inference thread. The picture is written to the record while the network computes; the
verdict's row is committed before the verdict is sent.
"""

import logging
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd import heads, picture, tensor, verdict
from plantd.bundle import Bundle
from plantd.bundle.naming import naming_of
from plantd.camera.interface import Camera
from plantd.config import Config
from plantd.engine.interface import Engine
from plantd.errors import CameraError, EngineError
from plantd.heads import Reading
from plantd.quality import Quality
from plantd.sinks.press_record import PressRecord
from plantd.verdict import Decision
from plantd.wire import EngineFacts, FrameFacts, Moment, Verdict

logger = logging.getLogger(__name__)

# What has not come by then is not waited for: the answer matters more than another frame.
BURST_PATIENCE_S = 0.5


class Request(NamedTuple):
    """What is to be answered: a press of the button, or a picture that was sent in.

    Attributes:
        trigger: button, api or classify.
        asked_at: monotonic seconds of the press, or of the picture's arrival.
        data: JPEG or PNG bytes; None asks the camera.
    """

    trigger: str
    asked_at: float
    data: Optional[bytes] = None


class Seen(NamedTuple):
    """A picture a request is about, and for a camera's frame which and when; see FrameFacts.

    Attributes:
        resized: the pixels as the network sees them, before normalisation.
    """

    pixels: np.ndarray
    quality: Quality
    resized: np.ndarray
    frame_id: Optional[int] = None
    age_ms: Optional[float] = None
    after_press_ms: Optional[float] = None


class PressSettings(NamedTuple):
    """What the configuration says about a press; may change while the service lives.

    Attributes:
        press_timeout_s: how long the first frame may take; commit_timeout_s: the record's commit.
        burst: how many frames one press looks at.
        edible: False calls nothing edible.
    """

    press_timeout_s: float
    commit_timeout_s: float
    burst: int
    edible: bool = True


def press_settings(config: Config) -> PressSettings:
    """Return the settings of a press."""
    return PressSettings(
        config.camera.press_timeout_s,
        config.record.commit_timeout_ms / 1000.0,
        config.camera.burst,
        config.verdict.edible,
    )


class Look(NamedTuple):
    """What one picture amounts to."""

    decision: Decision
    reading: Optional[Reading]
    quality: Quality


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self, monotonic: Callable[[], float], started_at: float) -> None:
        """Args: a clock, and when the first stage began on it."""
        self._monotonic = monotonic
        self._started_at = started_at
        self._last = started_at
        self.stages: List[Tuple[str, float]] = []

    def lap(self, stage: str) -> None:
        """End a stage and begin the next."""
        now = self._monotonic()
        self.stages.append((stage, (now - self._last) * 1000.0))
        self._last = now

    def total(self) -> Tuple[Tuple[str, float], ...]:
        """Return the stages so far and their sum as "total"."""
        total_ms = (self._last - self._started_at) * 1000.0
        return (*self.stages, ("total", total_ms))


class Pipeline:
    """Answers one request at a time with what it was given; owns none of it."""

    def __init__(
        self,
        camera: Camera,
        engine: Engine,
        bundle: Bundle,
        record: PressRecord,
        now: Callable[[], Moment],
        monotonic: Callable[[], float],
        settings: PressSettings,
    ) -> None:
        """Args: the collaborators; how long things may take and how many frames are looked at."""
        self._camera = camera
        self._engine = engine
        self._bundle = bundle
        self._record = record
        self._now = now
        self._monotonic = monotonic
        self.settings = settings
        self.engine_fault = ""

    def answer(self, request: Request) -> Verdict:
        """Return the recorded verdict on a request.

        Raises CameraError when no frame newer than the press comes, PictureError when the data is
        no picture. An engine that fails is a verdict: unsure, engine_fault.
        """
        watch = Stopwatch(self._monotonic, request.asked_at)
        burst = self._see(request, watch)
        best = max(burst, key=lambda seen: seen.quality.sharpness)

        spec = self._bundle.manifest.input
        resized = [seen.resized for seen in burst]
        network_inputs = [tensor.from_resized(one, spec) for one in resized]
        watch.lap("tensor")

        staged = self._record.stage(best.pixels, tensor.stacked(resized))
        outputs = self._infer(network_inputs)
        watch.lap("infer")

        look = self._decide(best.quality, outputs)
        watch.lap("decide")

        given = self._verdict(staged.seq, request, best, len(burst), look, watch)
        recorded = self._record.commit(staged, given).wait(self.settings.commit_timeout_s)
        watch.lap("record")
        return given._replace(recorded=recorded, latency_ms=watch.total())

    def _see(self, request: Request, watch: Stopwatch) -> List[Seen]:
        if request.data is not None:
            pixels = picture.decode(request.data)
            watch.lap("decode")
            return [self._seen(pixels)]
        return self._frames(request.asked_at, watch)

    def _frames(self, asked_at: float, watch: Stopwatch) -> List[Seen]:
        """Return the frames of one press, at least one: more are a help, not a condition.

        Each is measured and resized while the next one arrives.
        """
        timeout_s, burst = self.settings.press_timeout_s, self.settings.burst
        frames = [self._camera.frame_after(asked_at, timeout_s)]
        seen: List[Seen] = []
        until_s = self._monotonic() + BURST_PATIENCE_S
        while len(frames) < burst:
            seen.append(self._seen(frames[-1].pixels))
            try:
                left_s = max(0.0, until_s - self._monotonic())
                frames.append(self._camera.next_frame(frames[-1], left_s))
            except CameraError as error:
                logger.info("a burst of %d instead of %d: %s", len(frames), burst, error)
                break
        now_s = self._monotonic()
        watch.lap("frame")
        seen.extend(self._seen(frame.pixels) for frame in frames[len(seen) :])
        return [
            one._replace(
                frame_id=frame.id,
                age_ms=(now_s - frame.captured_at) * 1000.0,
                after_press_ms=(frame.captured_at - asked_at) * 1000.0,
            )
            for one, frame in zip(seen, frames)
        ]

    def _seen(self, pixels: np.ndarray) -> Seen:
        measured = picture.quality_of(pixels)
        return Seen(pixels, measured, tensor.resize(pixels, self._bundle.manifest.input))

    def _infer(self, network_inputs: Sequence[np.ndarray]) -> Optional[List[heads.HeadOutputs]]:
        try:
            return [self._engine.infer(one) for one in network_inputs]
        except EngineError as error:
            self.engine_fault = str(error)
            return None

    def _decide(self, measured: Quality, outputs: Optional[Sequence[heads.HeadOutputs]]) -> Look:
        if outputs is None:
            return Look(verdict.engine_fault(), None, measured)
        return judge(self._bundle, outputs, measured, self.settings.edible)

    def _verdict(
        self, seq: int, request: Request, seen: Seen, burst: int, look: Look, watch: Stopwatch
    ) -> Verdict:
        thresholds = self._bundle.manifest.thresholds
        naming = naming_of(look.decision, look.reading, self._bundle.species, thresholds)
        return Verdict(
            seq=seq,
            moment=self._now(),
            trigger=request.trigger,
            frame=FrameFacts(
                seen.quality, seen.frame_id, seen.age_ms, seen.after_press_ms, burst=burst
            ),
            decision=look.decision,
            reading=look.reading,
            model=self._bundle.manifest.title,
            calibrated=self._bundle.manifest.calibrated,
            engine=EngineFacts(*self._engine.info[:3]),
            latency_ms=watch.total(),
            thresholds=thresholds,
            **naming._asdict(),
        )


def judge(
    bundle: Bundle,
    outputs: Sequence[heads.HeadOutputs],
    measured: Quality,
    edible: bool = True,
) -> Look:
    """Return the decision on a press's outputs, one a frame: every verdict's way, also replayed.

    Args:
        edible: as the configuration has verdict.edible.
    """
    both = bundle.manifest.poison, bundle.species_head
    reading = heads.agreed([heads.read(one, *both) for one in outputs])
    decision = verdict.decide(reading, measured, bundle.manifest.thresholds, edible)
    return Look(decision, reading, measured)
