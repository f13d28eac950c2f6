"""Calls between threads: off the main loop, and without harm to the thread that calls."""

import asyncio
import logging
from typing import Callable, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def to_thread(call: Callable[[], T]) -> T:
    """Run `call` in the loop's executor and return what it returns; what it raises is raised.

    For what would make the main loop wait: a disk, a process, a lock.
    """
    return await asyncio.get_event_loop().run_in_executor(None, call)


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
