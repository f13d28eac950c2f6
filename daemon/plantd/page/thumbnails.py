"""Small pictures for the history: made when they are asked for, one at a time, the newest kept."""

import asyncio
from collections import OrderedDict
from typing import Awaitable, Callable, Optional

KEPT_BYTES = 4 * 1024 * 1024


class Thumbnails:
    """Keeps what was made, at most `kept_bytes` of it; for the main loop.

    A number is never given twice, so what was made stays right.
    """

    def __init__(
        self, make: Callable[[int], Awaitable[bytes]], kept_bytes: int = KEPT_BYTES
    ) -> None:
        """Args: makes the thumbnail of a verdict; how much of them is kept."""
        self._make = make
        self._kept_bytes = kept_bytes
        self._kept: "OrderedDict[int, bytes]" = OrderedDict()
        self._size_bytes = 0
        self._turn: Optional[asyncio.Lock] = None

    async def of(self, seq: int) -> bytes:
        """Return the thumbnail of a verdict. Raises as `make` does."""
        # A lock belongs to the loop it is made in.
        turn = self._turn = self._turn or asyncio.Lock()
        # One picture is decoded at a time: a page of them must not take all of a device's cores.
        async with turn:
            found = self._kept.pop(seq, None)
            if found is None:
                found = await self._make(seq)
                self._size_bytes += len(found)
            self._kept[seq] = found
            while self._size_bytes > self._kept_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._size_bytes -= len(dropped)
        return found
