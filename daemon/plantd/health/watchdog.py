"""When systemd's watchdog may be pinged: when every thread that matters has answered a token.

How this works: `tick` runs in the main loop, which proves the loop itself. It hands each watched
thread a token by that thread's own way in (`ask`); the thread answers by calling it. The ping goes
out when all tokens of the last round are back. An idle box and a lost camera answer as usual; a
thread that hangs keeps its token, and systemd acts when its interval has passed. A thread that is
known to be busy for long, with a deadline kept elsewhere, is excused meanwhile.
"""

import threading
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List

Answer = Callable[[], None]
Ask = Callable[[Answer], None]


class Watchdog:
    """Asks threads for a sign of life and pings when all have given it."""

    def __init__(self, ping: Callable[[], object]) -> None:
        """Args: what tells the service manager that we live."""
        self._ping = ping
        self._asks: Dict[str, Ask] = {}
        self._waiting: Dict[str, bool] = {}
        self._excused: List[str] = []
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
                if self._waiting[name]:
                    continue  # excused, and has not answered the last token yet
                self._waiting[name] = True
            ask(lambda name=name: self._take_answer(name))  # type: ignore[misc]  # mypy: default
        return True

    @contextmanager
    def excused(self, name: str) -> Iterator[None]:
        """Let a thread be silent for a while; whoever asks keeps a deadline of his own."""
        with self._lock:
            self._excused.append(name)
        try:
            yield
        finally:
            with self._lock:
                self._excused.remove(name)

    def silent(self) -> List[str]:
        """Return the names whose token is still out, except those that are excused."""
        with self._lock:
            waiting = [name for name, out in self._waiting.items() if out]
            return sorted(name for name in waiting if name not in self._excused)

    def _take_answer(self, name: str) -> None:
        with self._lock:
            self._waiting[name] = False
