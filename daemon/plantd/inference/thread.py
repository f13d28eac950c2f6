"""The one thread that owns the engine: loads it, answers one request at a time, says it lives.

How this works: `submit` takes a request only when nothing is being answered (one press at a time);
the thread loads the model before the first request and again when told to, or exchanges it for
another one; whatever it answers goes to `deliver` in this thread, before the one who asked gets it.
"""

import logging
import queue
import threading
from concurrent.futures import Future
from functools import partial
from typing import Callable, Optional

from plantd.activation import Activation
from plantd.answers import Rule
from plantd.errors import BusyError, EngineError, PlantdError
from plantd.pipeline import Pipeline, Request
from plantd.wire import Verdict

logger = logging.getLogger(__name__)

# A CUDA error leaves the process's context broken: after this many faults in a row it is certain
# that only a new process helps.
FAULTS_UNTIL_CERTAIN = 3
_POLL_S = 0.5
# The trigger of a picture that was sent in; all others are presses.
CLASSIFY = "classify"


class Model:
    """What `load` returns: the pipeline to answer with, and how to let go of it."""

    def __init__(self, pipeline: Pipeline, close: Callable[[], None]) -> None:
        """Args: the pipeline over an opened engine; what closes that engine."""
        self.pipeline = pipeline
        self.close = close


class InferenceThread:
    """See the module's text."""

    def __init__(
        self,
        load: Callable[[], Model],
        deliver: Callable[[Verdict], None],
        loaded: Callable[[Optional[PlantdError]], None],
        certain_fault: Callable[[str], None],
    ) -> None:
        """Take the callbacks; all of them run in this thread.

        Args:
            load: opens the engine and proves it; its PlantdError becomes `failure`.
            deliver: gets every verdict.
            loaded: called after each load with its error or None.
            certain_fault: called when the engine failed so often that only a restart helps.
        """
        self._load = load
        self._deliver = deliver
        self._loaded = loaded
        self._certain_fault = certain_fault
        self._jobs: "queue.Queue[Callable[[], None]]" = queue.Queue()
        self._gate = threading.Lock()
        self._answering: Optional[Request] = None
        self._waiting: Optional[Request] = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._model: Optional[Model] = None
        self._faults = 0
        self.failure: Optional[PlantdError] = None
        self.ready = threading.Event()

    def start(self) -> None:
        """Begin to load; `ready` is set when the first load has ended or `stop` was called."""
        self._thread.start()

    def submit(self, request: Request) -> "Future[Verdict]":
        """Return the future verdict.

        A press waits behind one picture that was sent in, and goes before the next.

        Raises BusyError while another request is being answered, EngineError when no model is
        loaded. The future fails with CameraError.
        """
        with self._gate:
            waits = self._must_wait(request.trigger)
            if waits:
                self._waiting = request
            else:
                self._answering = request
        future: "Future[Verdict]" = Future()
        self._jobs.put(partial(self._answer, request, future))
        return future

    def require_free(self, trigger: str) -> None:
        """Raise what `submit` would raise now for a request by `trigger`."""
        with self._gate:
            self._must_wait(trigger)

    def _must_wait(self, trigger: str) -> bool:
        answering = self._answering
        if answering is not None and (
            trigger == CLASSIFY or answering.trigger != CLASSIFY or self._waiting is not None
        ):
            raise BusyError("another press is being answered; press again when the light is calm")
        if self._model is None or self._stop.is_set():
            raise EngineError(self._why_no_model())
        return answering is not None

    def _end_answer(self) -> None:
        with self._gate:
            self._answering, self._waiting = self._waiting, None

    def reload(self) -> "Future[None]":
        """Load the model again after what is being answered; the future says when."""
        future: "Future[None]" = Future()
        self._jobs.put(lambda: self._reload(future))
        return future

    def release(self) -> "Future[None]":
        """Let go of the model; requests are refused until `reload` or `exchange`."""
        future: "Future[None]" = Future()
        self._jobs.put(lambda: self._release(future))
        return future

    def exchange(self, load: Callable[[], Model]) -> "Future[None]":
        """Let go of the model and open another one; the future says when.

        Where `load` raises, the old model is opened again and the future fails with that error.
        """
        future: "Future[None]" = Future()
        self._jobs.put(lambda: self._exchange(load, future))
        return future

    def call_soon(self, call: Callable[[], None]) -> None:
        """Run `call` in this thread when it is free: how the watchdog asks whether it lives."""
        self._jobs.put(call)

    @property
    def busy(self) -> bool:
        """Whether a request is being answered, by a thread that lives."""
        return self._answering is not None and self._thread.is_alive()

    @property
    def is_pressed(self) -> bool:
        """Whether a press is being answered or waits to be."""
        answering = self._answering
        return self._waiting is not None or (
            answering is not None and answering.trigger != CLASSIFY
        )

    @property
    def pipeline(self) -> Optional[Pipeline]:
        """The loaded pipeline, None while there is none."""
        model = self._model
        return model.pipeline if model else None

    @property
    def activation(self) -> Optional[Activation]:
        """What spoke in the picture that was answered last; None where nothing shows it."""
        pipeline = self.pipeline
        return pipeline.activation if pipeline else None

    def stop(self, timeout_s: float) -> bool:
        """Finish what is being answered and close the engine; return whether that happened."""
        self._stop.set()
        self.ready.set()
        self.call_soon(lambda: None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._open()
        self.ready.set()
        while not (self._stop.is_set() and self._jobs.empty()):
            try:
                job = self._jobs.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            try:
                job()
            except Exception:  # whoever asked for it, the next press must be answered
                logger.exception("the inference thread met a bug")
        self._close()

    def _open(self) -> None:
        try:
            self._model, self.failure = self._load(), None
        except PlantdError as error:
            self._model, self.failure = None, error
        except Exception as error:  # without a model the service still answers: with the reason
            logger.exception("opening the model ended in a bug")
            self._model, self.failure = None, _as_engine_error(error)
        self._faults = 0
        self._loaded(self.failure)

    def _close(self) -> None:
        if self._model is not None:
            self._model.close()
            self._model = None

    def _reload(self, future: "Future[None]") -> None:
        self._close()
        self._open()
        if self.failure is None:
            future.set_result(None)
        else:
            future.set_exception(self.failure)

    def _release(self, future: "Future[None]") -> None:
        self._close()
        self.failure = None
        future.set_result(None)

    def _exchange(self, load: Callable[[], Model], future: "Future[None]") -> None:
        self._close()
        try:
            self._model, self.failure = load(), None
        except PlantdError as error:
            self._open()
            future.set_exception(error)
        except Exception as error:  # a bug in opening a model must not keep the old one away
            logger.exception("opening another model ended in a bug")
            self._open()
            future.set_exception(_as_engine_error(error))
        else:
            self._faults = 0
            self._loaded(None)
            future.set_result(None)

    def _answer(self, request: Request, future: "Future[Verdict]") -> None:
        try:
            pipeline = self.pipeline
            if pipeline is None:
                # It was let go of after this request had been taken.
                raise EngineError(self._why_no_model())
            given = pipeline.answer(request)
            self._count_fault(given)
            self._deliver(given)
        except PlantdError as error:
            self._end_answer()
            future.set_exception(error)
        except Exception as error:  # a bug in one answer must not end the thread that answers
            logger.exception("a request by %s ended in a bug", request.trigger)
            self._end_answer()
            future.set_exception(error)
        else:
            self._end_answer()
            future.set_result(given)

    def _count_fault(self, given: Verdict) -> None:
        if given.decision.rule is not Rule.ENGINE_FAULT:
            self._faults = 0
            return
        self._faults += 1
        pipeline = self.pipeline
        reason = pipeline.engine_fault if pipeline else ""
        logger.error("engine fault %d in a row: %s", self._faults, reason)
        if self._faults >= FAULTS_UNTIL_CERTAIN:
            self._certain_fault(reason)

    def _why_no_model(self) -> str:
        if self._stop.is_set():
            return "plantd is stopping; start it again"
        if self.failure is not None:
            return str(self.failure)
        return "the model is still being loaded; press again in a few seconds"


def _as_engine_error(error: Exception) -> EngineError:
    return EngineError("the model cannot be opened: {!r}".format(error))
