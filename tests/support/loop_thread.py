"""An event loop in a thread of its own, for what serves in one."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any, Coroutine

from plantd.system.lifetime import Openable

LONG_ENOUGH_S = 20.0


class LoopThread(Openable):
    """Runs a loop while it is entered."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def open(self) -> None:
        """Begin to run."""
        self._thread.start()

    def close(self) -> None:
        """End once what it does now is done."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LONG_ENOUGH_S)

    def call(self, work: "Coroutine[Any, Any, Any]") -> Any:
        """Run a coroutine in the loop and return what it returns."""
        return self.begin(work).result(LONG_ENOUGH_S)

    def begin(self, work: "Coroutine[Any, Any, Any]") -> "Future[Any]":
        """Begin a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
