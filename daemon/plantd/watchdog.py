"""When systemd's watchdog may be pinged: when every thread that matters has answered a token.

How this works: `tick` runs in the main loop, which proves the loop itself. It hands each watched
thread a token by that thread's own way in (`ask`); the thread answers by calling it. The ping goes
out when all tokens of the last round are back. An idle box and a lost camera answer as usual; a
thread that hangs keeps its token, and systemd acts when its interval has passed.
"""

import threading
from typing import Callable, Dict, List

Answer = Callable[[], None]
Ask = Callable[[Answer], None]


class Watchdog:
    """Asks threads for a sign of life and pings when all have given it."""

    def __init__(self, ping: Callable[[], object]) -> None:
        """Args: what tells the service manager that we live."""
        self._ping = ping
        self._asks: Dict[str, Ask] = {}
        self._waiting: Dict[str, bool] = {}
        self._lock = threading.Lock()

    def watch(self, name: str, ask: Ask) -> None:
        """From now on `name` must answer; `ask(answer)` makes its thread call `answer()`."""
        with self._lock:
            self._asks[name] = ask
            self._waiting[name] = False

    def tick(self) -> bool:
        """Ping and ask again when everybody answered; return whether that was so."""
        if self.silent():
            return False
        self._ping()
        for name, ask in list(self._asks.items()):
            with self._lock:
                self._waiting[name] = True
            ask(lambda name=name: self._answered(name))  # type: ignore[misc]  # mypy: default
        return True

    def silent(self) -> List[str]:
        """Return the names whose token is still out."""
        with self._lock:
            return sorted(name for name, waiting in self._waiting.items() if waiting)

    def _answered(self, name: str) -> None:
        with self._lock:
            self._waiting[name] = False
