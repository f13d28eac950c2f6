"""What this program does at a stick, told to the service again and again while it goes on.

The service forgets whoever is silent (`plantd.stick.offer`), so a thread repeats what was told
last. The answer says whether a long press has agreed.
"""

import logging
import threading
from typing import Callable, Optional

from plantd.api.stick_news import AGREED, INSTALLING, OFFERED, StickNews
from plantd.errors import PlantdError
from plantd.system.lifetime import Closable

logger = logging.getLogger(__name__)

AGAIN_S = 2.0
JOIN_S = 5.0
GOES_ON = (OFFERED, INSTALLING)

Post = Callable[[StickNews], str]
"""Tells the service; returns the state that it answers. Raises PlantdError."""


class Telling(Closable):
    """Tells the service. `close()` may be called twice."""

    def __init__(self, post: Post, again_s: float = AGAIN_S) -> None:
        self._post = post
        self._again_s = again_s
        self._lock = threading.Lock()
        self._last: Optional[StickNews] = None
        self._agreed = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="telling", daemon=True)

    def tell(self, state: str, name: str, detail: str) -> None:
        """Tell now, and while that goes on again and again. Raises PlantdError."""
        news = StickNews(state, name, detail)
        with self._lock:
            self._last = news if state in GOES_ON else None
            self._ask(news)
        if self._thread.ident is None:
            self._thread.start()

    def wait_for_press(self, within_s: float) -> bool:
        """Wait until a long press has agreed; return whether one did."""
        return self._agreed.wait(within_s)

    def close(self) -> None:
        """Tell nothing more."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)

    def _repeat(self) -> None:
        while not self._closed.wait(self._again_s):
            with self._lock:
                last = self._last
                try:
                    if last is not None:
                        self._ask(last)
                except PlantdError as error:
                    # A service that is being restarted; the next time may reach it.
                    logger.warning("the service was not told: %s", error)

    def _ask(self, news: StickNews) -> None:
        if self._post(news) == AGREED and news.state == OFFERED:
            self._agreed.set()
