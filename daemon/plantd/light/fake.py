"""A light without hardware: it remembers what it showed and when, and tells who asks.

`fake_client.py` is the one that looks: it asks through a Unix datagram socket.
"""

import json
import threading
import time
from collections import deque
from typing import Callable, Deque, List, NamedTuple, Optional, Tuple

from plantd.config import LightConfig, PathsConfig
from plantd.light.interface import Pattern
from plantd.light.output import LightOutput, LightState
from plantd.system.control_socket import ControlSocket

REMEMBERED = 256


class Shown(NamedTuple):
    """A pattern began: `at` is monotonic seconds, taken when the lamps were switched."""

    at: float
    pattern: Pattern


class FakeOutput(LightOutput):
    """Remembers the last patterns; answers `history` on its socket."""

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._history: Deque[Shown] = deque(maxlen=REMEMBERED)
        self._last: Optional[Tuple[Pattern, float]] = None
        self._lock = threading.Lock()
        self._socket: Optional[ControlSocket] = None
        self._thread: Optional[threading.Thread] = None

    @classmethod
    def from_config(cls, _config: LightConfig, paths: PathsConfig) -> "FakeOutput":
        """Return the fake at `light.sock` in the run directory."""
        return cls(paths.run + "/light.sock")

    @property
    def history(self) -> List[Shown]:
        """What was shown, oldest first."""
        with self._lock:
            return list(self._history)

    def open(self) -> None:
        """Bind the socket and begin to answer."""
        self._socket = ControlSocket(self._path)
        self._thread = threading.Thread(
            target=self._answer, args=(self._socket,), name="light.sock", daemon=True
        )
        self._thread.start()

    def switch(self, scene: LightState) -> None:
        """Remember when a pattern began."""
        with self._lock:
            if (scene.pattern, scene.since) != self._last:
                self._history.append(Shown(self._clock(), scene.pattern))
            self._last = (scene.pattern, scene.since)

    def close(self) -> None:
        """Stop answering."""
        if self._socket is None or self._thread is None:
            return
        self._socket.stop_waiting()
        self._thread.join()
        self._socket.close()
        self._socket = self._thread = None

    def _answer(self, control: ControlSocket) -> None:
        request = control.receive(wait=True)
        while request is not None:
            request.answer(self._reply(request.text))
            request = control.receive(wait=True)

    def _reply(self, message: str) -> str:
        if message != "history":
            return json.dumps({"error": "unknown message {!r}".format(message[:40])})
        shown = [{"mono_s": at, "pattern": pattern.value} for at, pattern in self.history]
        return json.dumps({"schema": 1, "shown": shown})
