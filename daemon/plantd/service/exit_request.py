"""When the process is to end, with which exit code, and why: asked for from any thread."""

import asyncio
import logging
import threading
from typing import Callable, Optional

from plantd.errors import EX_OK, EX_SOFTWARE
from plantd.health.states import ComponentStates, State
from plantd.light.interface import ANSWERS, Pattern

logger = logging.getLogger(__name__)


class ExitRequest:
    """The first exit code that is not EX_OK is the one that counts.

    Attributes:
        exit_code: with which the process is to end.
        blames_model: whether the model that answers may be why.
    """

    def __init__(self) -> None:
        self.exit_code = EX_OK
        self.blames_model = False
        self._lock = threading.Lock()
        self._asked = False
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._event: Optional["asyncio.Event"] = None

    def open(self) -> None:
        """Listen in the running loop; what was asked for before is not forgotten."""
        with self._lock:
            self._loop, self._event = asyncio.get_event_loop(), asyncio.Event()
            if self._asked:
                self._event.set()

    def ask(self, exit_code: int = EX_OK, blames_model: bool = False) -> None:
        """End the service soon; safe from any thread."""
        with self._lock:
            self._asked = True
            self.exit_code = self.exit_code or exit_code
            self.blames_model = self.blames_model or blames_model
            if self._loop is not None and self._event is not None:
                self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        """Return once the end was asked for."""
        assert self._event is not None
        await self._event.wait()


def end_after_engine_fault(
    states_: ComponentStates, exit_request: ExitRequest, reason: str
) -> None:
    """End the process for a new one: only that helps against a broken CUDA context."""
    states_.set("engine", State.FAILED, reason)
    logger.critical("the engine keeps failing; a new process may help: %s", reason)
    exit_request.ask(EX_SOFTWARE, blames_model=True)


def end_between_presses(
    is_answering: Callable[[], bool],
    shown: Callable[[], Pattern],
    exit_request: ExitRequest,
    reason: str,
    blames_model: bool,
) -> None:
    """End the process for a new one, unless a press is being answered or its answer stands."""
    if not is_answering() and shown() not in ANSWERS:
        logger.critical("ending, for a new process: %s", reason)
        exit_request.ask(EX_SOFTWARE, blames_model)
