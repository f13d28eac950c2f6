"""What would make the main loop wait (a disk, a process, a lock) runs elsewhere: in a thread."""

import asyncio
from typing import Callable, TypeVar

T = TypeVar("T")


async def elsewhere(call: Callable[[], T]) -> T:
    """Run `call` in the loop's executor and return what it returns; what it raises is raised."""
    return await asyncio.get_event_loop().run_in_executor(None, call)
