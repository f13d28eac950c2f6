"""Calls between threads: off the main loop, and without harm to the thread that calls."""

import asyncio
import logging
from typing import Callable, Optional, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def to_thread(call: Callable[[], T]) -> T:
    """Run `call` in the loop's executor and return what it returns; what it raises is raised.

    For what would make the main loop wait: a disk, a process, a lock.
    """
    return await asyncio.get_event_loop().run_in_executor(None, call)


class Lane:
    """At most `width` calls at once in threads; the others wait in the loop and take none.

    So calls that wait for a disk or a device leave threads to those that do not. For one loop.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._free: Optional[asyncio.Semaphore] = None

    async def run(self, call: Callable[[], T]) -> T:
        """As `to_thread`, when there is room."""
        if self._free is None:  # on Python 3.6 it belongs to the loop in which it is made
            self._free = asyncio.Semaphore(self._width)
        async with self._free:
            return await to_thread(call)


def guarded(call: Callable[[T], None], what: str) -> Callable[[T], None]:
    """Return `call` as a callback for threads that must live on: a bug in it is logged, not raised.

    Args:
        what: whose callback it is, for the log: "the watcher of states".
    """

    def run(value: T) -> None:
        try:
            call(value)
        except Exception:
            logger.exception("%s met a bug", what)

    return run
