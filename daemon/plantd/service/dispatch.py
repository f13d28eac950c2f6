"""Where requests come in and answers go out: to the light, the log, the stream and the counts."""

import logging
from concurrent.futures import Future
from typing import Callable, Optional, Sequence

from plantd.button.interface import Press
from plantd.inference.thread import InferenceThread
from plantd.light.interface import Light, Pattern
from plantd.pipeline import Request
from plantd.service.metrics import Vitals
from plantd.service.press_thread import PATTERN_OF_ANSWER, show_outcome
from plantd.sinks.interface import Sink
from plantd.wire import Verdict, json_from_verdict

logger = logging.getLogger(__name__)


class Desk:
    """Takes requests from the button and the API alike, and hands every verdict to the sinks."""

    def __init__(
        self,
        light: Light,
        vitals: Vitals,
        sinks: Sequence[Sink],
        monotonic: Callable[[], float],
    ) -> None:
        """Args: who shows, counts and takes the verdicts; a clock."""
        self._light = light
        self._vitals = vitals
        self._sinks = sinks
        self._monotonic = monotonic
        self._inference: Optional[InferenceThread] = None
        self._last: Optional[Verdict] = None

    def open(self, inference: InferenceThread) -> None:
        """From now on requests are answered by this thread."""
        self._inference = inference

    def press(self, press: Press) -> "Future[Verdict]":
        """Hand on a press of the button; the press thread shows its outcome."""
        return self._submit(Request("button", press.pressed_at))

    def capture(self) -> "Future[Verdict]":
        """Do what a press does, light included. Raises BusyError or EngineError."""
        future = self._submit(Request("api", self._monotonic()))
        self._light.show(Pattern.ACKNOWLEDGED)
        future.add_done_callback(lambda done: show_outcome(self._light, done))
        return future

    def classify(self, data: bytes) -> "Future[Verdict]":
        """Answer a picture that was sent in; the light is for presses only."""
        return self._submit(Request("classify", self._monotonic(), data))

    def deliver(self, verdict: Verdict) -> None:
        """Count a verdict and send it to the sinks; runs in the inference thread."""
        self._last = verdict
        self._vitals.count(verdict)
        event = json_from_verdict(verdict)
        for sink in self._sinks:
            sink.send(event)
        _log_line(verdict)

    def repeat_last(self) -> None:
        """Show the last answer again."""
        if self._last is not None:
            self._light.show(PATTERN_OF_ANSWER[self._last.decision.answer])

    def _submit(self, request: Request) -> "Future[Verdict]":
        if self._inference is None:
            raise RuntimeError("the desk is not open yet")
        return self._inference.submit(request)


def _log_line(verdict: Verdict) -> None:
    reading = verdict.reading
    logger.info(
        "verdict %d by %s: %s (%s), %s, poison %s, %.0f ms%s",
        verdict.seq,
        verdict.trigger,
        verdict.decision.answer,
        verdict.decision.rule,
        _looks_like(verdict),
        "{:.2f}".format(reading.poison_p) if reading else "unknown",
        dict(verdict.latency_ms)["total"],
        "" if verdict.recorded else ", NOT RECORDED",
    )


def _looks_like(verdict: Verdict) -> str:
    reading = verdict.reading
    if reading is None:
        return "no reading"
    if not verdict.is_named:
        return "nothing it knows"
    name = verdict.names.get(reading.best.label, reading.best.label)
    return "{} {:.2f}".format(name, reading.best.p)
