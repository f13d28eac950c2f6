"""Another model in the running service, and the old one again when the new one fails.

How this works, one change at a time, outside the main loop:

    1 prove      in a child process, while the old model answers; where memory would not hold both,
                 the old one is let go of first and presses are refused meanwhile
    2 exchange   the inference thread closes the old engine, opens the new one and tests it again;
                 when that fails it opens the old one
    3 switch     `active` is renamed; when the disk does not take it, the old model is opened again

A crash or a power cut before 3 starts with the old model; every failure is told, as the part
"model" on the event stream, with what answers now.
"""

import logging
import os
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional

from plantd.config import Config
from plantd.errors import BusyError, EngineError, PlantdError, UsageError
from plantd.health.states import ComponentStates, State
from plantd.health.watchdog import Watchdog
from plantd.inference.thread import InferenceThread, Model
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore
from plantd.models.trial import Trial
from plantd.telemetry.processes import available_mb

logger = logging.getLogger(__name__)

# MemAvailable that a second process with its own Python, OpenCV and runtime is assumed to need,
# beside four times the graph (weights, its copy in the runtime, buffers). Assumed, not measured;
# too much only means that presses are refused for the length of a self-test.
BESIDE_MB = 1024.0
GRAPH_TIMES = 4
# An engine that is still not open by then hangs: the watchdog may act.
EXCHANGE_S = 300.0


class Collaborators(NamedTuple):
    """What a change needs.

    Attributes:
        load: opens the bundle in a directory; called in the inference thread.
        available_mb: the kernel's MemAvailable; None when it is not known.
        configured: model.bundle, which makes every change pointless; empty when it is not set.
        presses: model.trial_presses: how many a new model must answer on trial.
    """

    store: ModelStore
    prover: Prover
    inference: InferenceThread
    watchdog: Watchdog
    parts: ComponentStates
    load: Callable[[str], Model]
    available_mb: Callable[[], Optional[float]]
    configured: Callable[[], str]
    presses: Callable[[], int]


class ModelSwitch:
    """Activates and rolls back; every method may be called from any thread."""

    def __init__(self, with_: Collaborators) -> None:
        """Args: who takes part."""
        self._with = with_
        self._lock = threading.Lock()

    def activate(self, name: str) -> Dict[str, Any]:
        """Make an installed model the one that answers; return the store's listing.

        Raises NotFoundError, BundleError, PlanError, EngineError, BusyError, AccessError,
        UnavailableError or UsageError; then the old model answers.
        """
        return self._alone(name, self._with.presses())

    def rollback(self) -> Dict[str, Any]:
        """Go back to the model before this one, without a trial. Raises as `activate`."""
        return self._alone(self._with.store.before(), 0)

    def go_back(self, trial: Trial) -> None:
        """Let the model before the one on trial answer. Raises as `activate`.

        It is not proven in a child first: it answered before, and what answers now does not.
        """
        with self._locked():
            path = self._with.store.path_of(trial.before)
            with self._with.store.locked():
                pass  # while a model is installed nothing is opened in vain, look after look
            self._wait(self._with.inference.exchange(lambda: self._with.load(path)))
            self._with.store.go_back(trial)

    def listing(self) -> Dict[str, Any]:
        """Return which model is active, which was before it, and which are installed."""
        return self._with.store.listing().to_json()

    def close(self) -> None:
        """Give up what is being proven; the old model stays."""
        self._with.prover.close()

    def _alone(self, name: str, presses: int) -> Dict[str, Any]:
        with self._locked():
            self._make_sure_it_counts()
            self._tell_around(name, self._with.store.path_of(name), presses)
        return self._with.store.listing().to_json()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self._lock.acquire(blocking=False):
            raise BusyError("another model is being activated; try again when that is done")
        try:
            yield
        finally:
            self._lock.release()

    def _make_sure_it_counts(self) -> None:
        configured = self._with.configured()
        if configured:
            raise UsageError(
                "model.bundle names {}, so that no other model can become active; take that line "
                "out of the configuration and restart plantd".format(configured)
            )

    def _tell_around(self, name: str, path: str, presses: int) -> None:
        """Change, and tell before and after."""
        told, old = self._with.parts, self._with.store.listing().active
        told.set("model", State.RECOVERING, "{} is being proven".format(name))
        try:
            self._change(name, path, presses)
        except PlantdError as error:
            logger.error("model %s is refused, %s stays: %s", name, old, error)
            told.set("model", State.HEALTHY, "{} is refused: {}".format(name, error))
            raise
        logger.info("model %s is active; before it was %s", name, old)
        told.set("model", State.HEALTHY, "{} is active; before it was {}".format(name, old))

    def _change(self, name: str, path: str, presses: int) -> None:
        inference, released = self._with.inference, False
        if not self._fits_beside(path):
            self._with.parts.set(
                "model",
                State.RECOVERING,
                "memory would not hold the old and the new model: no press is answered while {} "
                "is being proven".format(name),
            )
            self._wait(inference.release())
            released = True
        try:
            self._with.prover.prove(path)
        except PlantdError:
            if released:
                self._restore()
            raise
        self._wait(inference.exchange(lambda: self._with.load(path)))
        try:
            self._with.store.activate(name, presses=presses)
        except PlantdError:
            self._restore()
            raise

    def _restore(self) -> None:
        """Open the old model again; its own failure is told by the part "engine"."""
        try:
            self._wait(self._with.inference.reload())
        except PlantdError as error:
            logger.error("the old model cannot be opened again: %s", error)

    def _fits_beside(self, path: str) -> bool:
        available_mb = self._with.available_mb()
        graph_mb = os.path.getsize(os.path.join(path, "model.onnx")) / 2**20
        return available_mb is None or available_mb >= BESIDE_MB + GRAPH_TIMES * graph_mb

    def _wait(self, future: "Future[None]") -> None:
        # Loading may take longer than the watchdog's interval, and is no hang.
        with self._with.watchdog.excused("inference"):
            try:
                future.result(EXCHANGE_S)
            except FutureTimeout as error:
                raise EngineError(
                    "the engine was not open after {:.0f} s; the service is restarted with the "
                    "model that was active".format(EXCHANGE_S)
                ) from error


def model_switch(
    config: Callable[[], Config],
    inference: InferenceThread,
    watchdog: Watchdog,
    states: ComponentStates,
    load: Callable[[str], Model],
) -> ModelSwitch:
    """Return what changes the model of the service whose configuration is `config()`."""
    start = config()
    return ModelSwitch(
        Collaborators(
            store=ModelStore(start.paths.state),
            prover=Prover(start),
            inference=inference,
            watchdog=watchdog,
            parts=states,
            load=load,
            available_mb=available_mb,
            configured=lambda: config().model.bundle,
            presses=lambda: config().model.trial_presses,
        )
    )
