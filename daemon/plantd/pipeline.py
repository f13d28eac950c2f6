"""One press, from the button to the verdict; `Pipeline.answer` is its story.

Runs in the inference thread. Pictures are encoded and written to the record, and their quality is
measured, while the network computes and the next frame arrives; the verdict's row is committed
before the verdict is sent.
"""

import logging
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd import activation, heads, tensor, verdict
from plantd.activation import Activation
from plantd.assessment import Assessment, assess_predictions, prediction_from_outputs
from plantd.bundle import Bundle
from plantd.bundle.naming import naming_of
from plantd.camera.interface import Camera
from plantd.config import Config
from plantd.engine.interface import Engine
from plantd.errors import CameraError, EngineError
from plantd.heads import Prediction
from plantd.place.surroundings import NOWHERE, Surroundings
from plantd.prepared import Preparation, PreparedFrame, kept_at
from plantd.quality import Quality, burst_quality
from plantd.sinks.press_record import PressPictures, PressRecord
from plantd.sinks.recording.commit import Staged
from plantd.wire import EngineFacts, FrameFacts, Moment, Verdict

logger = logging.getLogger(__name__)

# What has not come by then is not waited for: the answer matters more than another frame.
BURST_PATIENCE_S = 0.5


class Request(NamedTuple):
    """What is to be answered: a press of the button, or a picture that was sent in.

    Attributes:
        trigger: button, api or classify.
        asked_at: monotonic seconds of the press, or of the picture's arrival.
        pixels: (height, width, 3) uint8 BGR, decoded already; None asks the camera.
    """

    trigger: str
    asked_at: float
    pixels: Optional[np.ndarray] = None


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


class Clocks(NamedTuple):
    """What time it is, and where.

    Attributes:
        now: the moment that a verdict bears.
        monotonic: seconds, for what a press may take.
        around: place and month, as far as they are known; waits for nothing.
    """

    now: Callable[[], Moment]
    monotonic: Callable[[], float]
    around: Callable[[], Surroundings] = lambda: NOWHERE


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self, monotonic: Callable[[], float], started_at: float) -> None:
        """Args: a clock, and when the first stage began on it."""
        self._monotonic = monotonic
        self._started_at = started_at
        self.lap_at = started_at
        self.stages: List[Tuple[str, float]] = []

    def lap(self, stage: str) -> None:
        """End a stage and begin the next."""
        began_at, self.lap_at = self.lap_at, self._monotonic()
        self.stages.append((stage, (self.lap_at - began_at) * 1000.0))

    def lap_of_all(self, stage: str) -> None:
        """Let everything until now be one stage: what was computed while it lasted cost no time."""
        del self.stages[:]
        self.lap_at = self._started_at
        self.lap(stage)

    def total(self) -> Tuple[Tuple[str, float], ...]:
        """Return the stages so far and their sum as "total"."""
        total_ms = (self.lap_at - self._started_at) * 1000.0
        return (*self.stages, ("total", total_ms))


class Pipeline:
    """Answers one request at a time with what it was given; owns none of it."""

    def __init__(
        self,
        camera: Camera,
        engine: Engine,
        bundle: Bundle,
        record: PressRecord,
        clocks: Clocks,
        settings: PressSettings,
    ) -> None:
        """Args: the collaborators; how long things may take and how many frames are looked at."""
        self._camera = camera
        self._engine = engine
        self._bundle = bundle
        self._record = record
        self._clocks = clocks
        self._preparation = Preparation(bundle.manifest.input)
        self.settings = settings
        self.engine_fault = ""
        #: What spoke in the picture answered last; None where bundle or engine does not show it.
        self.activation: Optional[Activation] = None

    def answer(self, request: Request) -> Verdict:
        """Return the recorded verdict on a request.

        Each frame of a burst is computed while the next one arrives; a warning ends the burst.

        Raises CameraError when no frame newer than the press comes. An engine that fails is a
        verdict: unsure, engine_fault.
        """
        watch = Stopwatch(self._clocks.monotonic, request.asked_at)
        burst: List[PreparedFrame] = []
        predictions: List[Prediction] = []
        maps: List[Optional[np.ndarray]] = []
        pictures = self._record.begin()
        staged: Optional[Staged] = None
        around = self._clocks.around()
        for seen, is_last in self._pictures(request, watch):
            seen_at = watch.lap_at
            burst.append(seen)
            network_input = tensor.from_resized(seen.resized, self._bundle.manifest.input)
            watch.lap("tensor")

            pictures.add(seen.resized)
            if is_last:
                staged = self._stage(pictures, burst)
            outputs = self._infer(network_input)
            watch.lap("infer")

            maps.append(None if outputs is None else outputs.activation)
            best = kept_at(burst)
            if not is_last:
                self._record.expect(pictures, burst[best].pixels)
            assessment = self._decide(burst, predictions, outputs, around)
            watch.lap("decide")
            if assessment.prediction is None or verdict.is_final(assessment.decision):
                break

        if staged is None:
            staged = self._stage(pictures, burst)
        kept = burst[best]
        pictures.settle(kept.pixels)
        head, told = self._bundle.species_head, (assessment.decision, assessment.prediction)
        self.activation = activation.of_answer(staged.seq, kept.resized, *told, head, maps[best])
        facts = _frame_facts(kept, assessment.quality, request.asked_at, seen_at)
        facts = facts._replace(burst=len(burst))
        given = self._verdict(staged.seq, request, facts, assessment, watch)._replace(around=around)
        recorded = self._record.commit(staged, given).wait(self.settings.commit_timeout_s)
        watch.lap("record")
        return given._replace(recorded=recorded, latency_ms=watch.total())

    def _pictures(self, request: Request, watch: Stopwatch) -> Iterator[Tuple[PreparedFrame, bool]]:
        """Yield what is looked at, at least one, and whether it is known to be the last."""
        if request.pixels is None:
            yield from self._frames(request.asked_at, watch)
            return
        watch.lap("decode")
        yield self._preparation.prepare(request.pixels), True

    def _frames(self, asked_at: float, watch: Stopwatch) -> Iterator[Tuple[PreparedFrame, bool]]:
        """Yield the frames of one press: more than one are a help, not a condition."""
        timeout_s, burst = self.settings.press_timeout_s, self.settings.burst
        frame = self._camera.frame_after(asked_at, timeout_s)
        until_s = self._clocks.monotonic() + BURST_PATIENCE_S
        number = 1
        while True:
            watch.lap_of_all("frame")
            yield self._preparation.prepare(frame.pixels, frame), number == burst
            if number == burst:
                return
            try:
                left_s = max(0.0, until_s - self._clocks.monotonic())
                frame = self._camera.next_frame(frame, left_s)
            except CameraError as error:
                logger.info("a burst of %d instead of %d: %s", number, burst, error)
                watch.lap("burst")
                return
            number += 1

    def _stage(self, pictures: PressPictures, burst: Sequence[PreparedFrame]) -> Staged:
        # Which one is kept may not be measured yet: the record thread waits for that, not we.
        return self._record.stage(pictures, lambda: burst[kept_at(burst)].pixels)

    def _infer(self, network_input: np.ndarray) -> Optional[heads.HeadOutputs]:
        try:
            return self._engine.infer(network_input)
        except EngineError as error:
            self.engine_fault = str(error)
            return None

    def _decide(
        self,
        burst: Sequence[PreparedFrame],
        predictions: List[Prediction],
        outputs: Optional[heads.HeadOutputs],
        around: Surroundings,
    ) -> Assessment:
        """Return what the burst amounts to so far, with one more frame's outputs."""
        limits = self._bundle.manifest.thresholds.quality
        measured = burst_quality([seen.quality for seen in burst], limits)
        if outputs is None:
            return Assessment(verdict.engine_fault(), None, measured)
        predictions.append(prediction_from_outputs(self._bundle, outputs))
        edible = self.settings.edible
        return assess_predictions(self._bundle, predictions, measured, edible, around)

    def _verdict(
        self,
        seq: int,
        request: Request,
        frame: FrameFacts,
        assessment: Assessment,
        watch: Stopwatch,
    ) -> Verdict:
        thresholds = self._bundle.manifest.thresholds
        naming = naming_of(
            assessment.decision, assessment.prediction, self._bundle.species, thresholds
        )
        return Verdict(
            seq=seq,
            moment=self._clocks.now(),
            trigger=request.trigger,
            frame=frame,
            decision=assessment.decision,
            prediction=assessment.prediction,
            model=self._bundle.manifest.title,
            calibrated=self._bundle.manifest.calibrated,
            engine=EngineFacts(*self._engine.info[:3]),
            latency_ms=watch.total(),
            thresholds=thresholds,
            **naming._asdict(),
        )


def _frame_facts(
    kept: PreparedFrame, measured: Quality, asked_at: float, seen_at: float
) -> FrameFacts:
    """Return which frame is kept; its age is as of when the last one was there."""
    if kept.frame is None:
        return FrameFacts(measured)
    captured_at = kept.frame.captured_at
    return FrameFacts(
        measured,
        kept.frame.id,
        age_ms=(seen_at - captured_at) * 1000.0,
        after_press_ms=(captured_at - asked_at) * 1000.0,
    )
