"""The model on trial in the running service: counts its presses, and lets it go back by itself.

How this works: answers are counted in memory as they are given; looks, a few seconds apart, write
the counts down and decide. A process that dies takes its counts along, so starts are counted too.

    so many presses answered                                the trial is passed
    as many presses in which the engine failed              back
    the engine failed for model.trial_s without an end      back
    STARTS_MAX starts in one boot, each ended by a crash,
    by the engine or by memory                              back, before the model is opened again
"""

import logging
import os
import threading
import time
from typing import Any, Callable, Dict, NamedTuple, Optional

from plantd.answers import Rule
from plantd.config import Config
from plantd.errors import BusyError, PlantdError
from plantd.health.states import ComponentStates, State
from plantd.health.trials import BACK, PASSED, trial_sentence
from plantd.inference.thread import CLASSIFY
from plantd.models.store import ModelStore
from plantd.models.switch import ModelSwitch
from plantd.models.trial import Trial
from plantd.wire import Verdict

logger = logging.getLogger(__name__)

STARTS_MAX = 5


class Counts(NamedTuple):
    """Presses of one model since the last look."""

    answered: int
    failed: int


class Collaborators(NamedTuple):
    """Whom a trial needs.

    Attributes:
        store: the models, which hold what is known of the trial.
        models: opens the old model again.
        parts: tells of the trial, as part "model", and knows how the engine is.
        config: the configuration that holds.
        boot_id: the kernel's.
    """

    store: ModelStore
    models: ModelSwitch
    parts: ComponentStates
    config: Callable[[], Config]
    boot_id: str


class ModelTrial:
    """See the module's text. `count` may be called from any thread, the rest from one at a time."""

    def __init__(
        self, with_: Collaborators, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._with = with_
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._counts: Dict[str, Counts] = {}
        self._engine_failed_at: Optional[float] = None
        self._stays = ""
        self._complaint = ""

    def start(self) -> None:
        """Take up a trial before its model is opened; a model that only crashes goes back here."""
        try:
            self._start()
        except PlantdError as error:
            logger.error("the trial of the model cannot be written down: %s", error)
        self._tell()

    def count(self, verdict: Verdict) -> None:
        """Take an answer; pictures that were sent in are no presses."""
        if verdict.trigger == CLASSIFY:
            return
        failed = verdict.decision.rule is Rule.ENGINE_FAULT
        with self._lock:
            old = self._counts.get(verdict.model, Counts(0, 0))
            self._counts[verdict.model] = Counts(old.answered + (not failed), old.failed + failed)

    def look(self) -> None:
        """Write down what was counted, and decide. Reads and writes the disk."""
        trial = self._on_trial()
        taken = self._take_counts()
        if trial is None:
            self._engine_failed_at = None
            return
        counted = _with_counts(trial, taken)
        try:
            if not self._decide(trial, counted):
                self._give_back(taken)
        except PlantdError as error:
            self._give_back(taken)  # the next look counts them
            self._complain(trial, error)
        else:
            self._complaint = ""

    def stop(self, blames_model: bool) -> None:
        """Write down what was counted; the first look of the next start decides.

        Args:
            blames_model: the service ends by a fault that may be the model's.
        """
        trial, taken = self._on_trial(), self._take_counts()
        if trial is None:
            return
        counted = _with_counts(trial, taken)._replace(starts=trial.starts if blames_model else 0)
        try:
            if counted != trial:
                self._with.store.put_trial(counted)
        except PlantdError as error:
            logger.error("the trial of the model cannot be written down: %s", error)

    def to_json(self) -> Optional[Dict[str, Any]]:
        """Return what the status says: the trial that goes on, or the last one that failed."""
        trial = self._with.store.trial()
        return None if trial is None or trial.ended == PASSED else trial.to_json()

    def _take_counts(self) -> Dict[str, "Counts"]:
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def _give_back(self, taken: Dict[str, "Counts"]) -> None:
        with self._lock:
            for title, each in taken.items():
                new = self._counts.get(title, Counts(0, 0))
                self._counts[title] = Counts(*(a + b for a, b in zip(each, new)))

    def _complain(self, trial: Trial, error: PlantdError) -> None:
        """Say once what keeps a trial from going on; a model being installed is no trouble."""
        if not isinstance(error, BusyError) and str(error) != self._complaint:
            self._complaint = str(error)
            logger.error("the trial of %s cannot go on: %s", trial.model, error)

    def _start(self) -> None:
        store, trial = self._with.store, self._with.store.trial()
        if trial is None or self._with.config().model.bundle:
            return
        active = store.listing().active
        if trial.ended == BACK and trial.model == active:
            store.go_back(trial)
        elif not trial.ended:
            same = trial.boot_id == self._with.boot_id
            starts = trial.starts + 1 if same else 1
            trial = trial._replace(starts=starts, boot_id=self._with.boot_id)
            if starts > STARTS_MAX:
                told = "the service ended {} times with it and answered too few presses"
                store.go_back(_failed(trial, told.format(STARTS_MAX)))
            else:
                store.put_trial(trial)

    def _decide(self, trial: Trial, counted: Trial) -> bool:
        """Return whether what was counted is written down."""
        reason = self._why_back(counted)
        if reason:
            return self._go_back(_failed(counted, reason))
        if counted.answered >= counted.presses:
            passed = counted._replace(ended=PASSED)
            self._with.store.put_trial(passed)
            self._say(passed)
        elif counted != trial:
            self._with.store.put_trial(counted)
            self._tell()
        return True

    def _why_back(self, trial: Trial) -> str:
        if trial.failed >= trial.presses:
            return "the engine failed in {} presses".format(trial.failed)
        engine = [each for each in self._with.parts.all() if each.part == "engine"]
        if not engine or engine[0].state != State.FAILED:
            self._engine_failed_at = None
            return ""
        now = self._monotonic()
        if self._engine_failed_at is None:
            self._engine_failed_at = now
        if now - self._engine_failed_at < self._with.config().model.trial_s:
            return ""
        return engine[0].detail or "the engine failed"

    def _go_back(self, trial: Trial) -> bool:
        """Let the old model answer; where that does not open either, the new one stays."""
        if self._stays == trial.model:
            return False
        try:
            self._with.models.go_back(trial)
        except BusyError:
            raise
        except PlantdError:
            self._stays = trial.model
            raise
        self._tell()
        return True

    def _on_trial(self) -> Optional[Trial]:
        trial = self._with.store.trial()
        skip = trial is None or trial.ended or self._with.config().model.bundle
        return None if skip else trial

    def _tell(self) -> None:
        trial = self._with.store.trial()
        if trial is not None and trial.ended != PASSED:
            self._say(trial)

    def _say(self, trial: Trial) -> None:
        told, failed = (
            trial_sentence(trial.model, trial.before, trial.to_json()),
            trial.ended == BACK,
        )
        (logger.warning if failed else logger.info)("%s", told)
        self._with.parts.set("model", State.DEGRADED if failed else State.HEALTHY, told)


def _is_titled(model: str, title: str) -> bool:
    """Whether a link's name is that of a model's title; a path elsewhere names no version."""
    return os.path.isabs(model) or model == title.replace(" ", "-")


def _with_counts(trial: Trial, taken: Dict[str, Counts]) -> Trial:
    own = [each for title, each in taken.items() if _is_titled(trial.model, title)]
    return trial._replace(
        answered=trial.answered + sum(each.answered for each in own),
        failed=trial.failed + sum(each.failed for each in own),
    )


def _failed(trial: Trial, reason: str) -> Trial:
    return trial._replace(ended=BACK, reason=reason)
