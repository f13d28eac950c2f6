"""The live view: what the camera sees now, shared by everybody who looks.

How this works: one frame is fetched at a time, and whoever asks meanwhile waits for that one; a
frame that is young enough is given to the next as well. So ten phones cost what one costs, and
none of them is ever ahead of a press.
"""

import asyncio
from typing import Awaitable, Callable, Optional

from plantd.api.appliance import View

YOUNG_S = 0.25


class LiveView:
    """Shares frames; for the main loop."""

    def __init__(self, look: Callable[[], Awaitable[View]], monotonic: Callable[[], float]) -> None:
        """Args: fetches what the camera sees; a clock."""
        self._look = look
        self._monotonic = monotonic
        self._begun: "Optional[asyncio.Future[View]]" = None
        self._ended_at = float("-inf")

    async def view(self) -> View:
        """Return what the camera sees, at most a moment old. Raises CameraError or BusyError."""
        begun = self._begun
        if begun is None or (begun.done() and not self._is_young(begun)):
            begun = self._begun = asyncio.ensure_future(self._look())
            begun.add_done_callback(self._note_end)
        return await asyncio.shield(begun)

    def _is_young(self, begun: "asyncio.Future[View]") -> bool:
        failed = begun.cancelled() or begun.exception() is not None
        return not failed and self._monotonic() - self._ended_at < YOUNG_S

    def _note_end(self, done: "asyncio.Future[View]") -> None:
        self._ended_at = self._monotonic()
        if not done.cancelled():
            done.exception()  # Whoever waits is told; an error nobody waits for is no bug.
