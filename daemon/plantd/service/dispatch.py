"""Where requests come in and answers go out: to the light, the log, the stream and the counts."""

import logging
from concurrent.futures import Future
from typing import Callable, List, Optional

import numpy as np

from plantd.button.interface import Press
from plantd.inference.thread import CLASSIFY, InferenceThread
from plantd.light.interface import PATTERN_OF_ANSWER, Light, Pattern
from plantd.pipeline import Request
from plantd.service.metrics import Metrics
from plantd.service.press_thread import show_outcome
from plantd.service.publisher import Publisher
from plantd.service.reload import LiveConfig
from plantd.system.root_requests import POWER_OFF, RootRequests
from plantd.wire import Verdict

logger = logging.getLogger(__name__)


class Delivery:
    """Takes every verdict, in the inference thread. `last` is the newest on a press."""

    def __init__(self, metrics: Metrics, publisher: Publisher) -> None:
        """Args: who counts; who sends. Those of `count_on_trial` are told too."""
        self.last: Optional[Verdict] = None
        self._metrics = metrics
        self._publisher = publisher
        self.count_on_trial: List[Callable[[Verdict], None]] = []

    def deliver(self, verdict: Verdict) -> None:
        """Count a verdict and send it to the sinks."""
        if verdict.trigger != CLASSIFY:
            self.last = verdict
        self._metrics.count(verdict)
        for count in self.count_on_trial:
            count(verdict)
        self._publisher.publish_verdict(verdict)
        _log_line(verdict)


class Dispatcher:
    """Takes requests from the button and the API alike."""

    def __init__(
        self, inference: InferenceThread, light: Light, monotonic: Callable[[], float]
    ) -> None:
        """Args: who answers; what shows it; a clock."""
        self._inference = inference
        self._light = light
        self._monotonic = monotonic

    def press(self, press: Press) -> "Future[Verdict]":
        """Hand on a press of the button; the press thread shows its outcome."""
        return self._inference.submit(Request("button", press.pressed_at))

    def capture(self) -> "Future[Verdict]":
        """Do what a press does, light included. Raises BusyError or EngineError."""
        future = self._inference.submit(Request("api", self._monotonic()))
        self._light.show(Pattern.ACKNOWLEDGED)
        future.add_done_callback(lambda done: show_outcome(self._light, done))
        return future

    def is_pressed(self) -> bool:
        """Whether a press is being answered or waits to be."""
        return self._inference.is_pressed

    def require_free(self) -> None:
        """Raise BusyError or EngineError where a picture would not be answered now."""
        self._inference.require_free(CLASSIFY)

    def classify(self, pixels: np.ndarray, asked_at: float) -> "Future[Verdict]":
        """Answer a picture that was sent in, decoded; the light is for presses only.

        Args:
            asked_at: monotonic seconds when its bytes were there.
        """
        return self._inference.submit(Request(CLASSIFY, asked_at, pixels))


class LongPress:
    """What a long press does, as the configuration says at that moment."""

    def __init__(
        self,
        live: LiveConfig,
        delivery: Delivery,
        light: Light,
        root: RootRequests,
        agree: Callable[[Press], bool] = lambda _press: False,
    ) -> None:
        """Args: the configuration; the last verdict and what shows it; who may switch off.

        agree: takes a press that agrees to what a stick offers; False where none does.
        """
        self._agree = agree
        self._live = live
        self._delivery = delivery
        self._light = light
        self._root = root

    def act(self, press: Press) -> None:
        """Agree to what a stick offers; else do what the configuration says of a long press."""
        if self._agree(press):
            return
        action = self._live.config().button.long_press_action
        logger.info("long press at %.1f: %s", press.pressed_at, action)
        last = self._delivery.last
        if action == "repeat" and last is not None:
            self._light.show(PATTERN_OF_ANSWER[last.decision.answer])
        elif action == "shutdown":
            self._root.ask(POWER_OFF)


def _log_line(verdict: Verdict) -> None:
    prediction = verdict.prediction
    logger.info(
        "verdict %d by %s: %s (%s), %s, poison %s, %.0f ms%s",
        verdict.seq,
        verdict.trigger,
        verdict.decision.answer,
        verdict.decision.rule.value,
        _looks_like(verdict),
        "{:.2f}".format(prediction.poison_p) if prediction else "unknown",
        dict(verdict.latency_ms)["total"],
        "" if verdict.recorded else ", NOT RECORDED",
    )


def _looks_like(verdict: Verdict) -> str:
    prediction = verdict.prediction
    if prediction is None:
        return "no prediction"
    if not verdict.is_named:
        return "nothing it knows"
    name = verdict.names.get(prediction.best.label, prediction.best.label)
    return "{} {:.2f}".format(name, prediction.best.p)
