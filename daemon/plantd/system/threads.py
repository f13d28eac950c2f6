"""Calls off the main loop, and only so many at once."""

import asyncio
from typing import Callable, Optional, TypeVar

T = TypeVar("T")


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
