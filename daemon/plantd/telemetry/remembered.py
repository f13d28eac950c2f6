"""What costs milliseconds to find out, found out at most so often."""

import threading
import time
from typing import Callable, Generic, Hashable, Optional, Tuple, TypeVar

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """Holds the last answer for a while. Safe from any thread; one asks, the others wait."""

    def __init__(
        self,
        find: Callable[[], Found],
        lasts_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: what finds out; how long that holds; a clock in seconds."""
        self._find = find
        self._lasts_s = lasts_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: Optional[Tuple[float, Hashable, Found]] = None

    def get(self, about: Hashable = None) -> Found:
        """Return what holds now; found out anew once it is old, or `about` something else."""
        with self._lock:
            now_s = self._monotonic()
            held = self._held
            if held is None or now_s >= held[0] + self._lasts_s or held[1] != about:
                held = self._held = (now_s, about, self._find())
            return held[2]

    def renew(self, about: Hashable = None) -> Found:
        """Find out anew, and return and hold that."""
        with self._lock:
            self._held = (self._monotonic(), about, self._find())
            return self._held[2]
