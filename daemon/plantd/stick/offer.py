"""What a stick offers, from the service's side: shown by the light, agreed to by a long press.

How this works: a program of its own looks at the stick (`plantd.stick`) and tells here what it
finds; while it offers or installs it tells so again every few seconds. Whoever is silent for
LEASE_S has gone, with its stick or by a signal, and what it offered goes with it.

    offered      long press that began after it     agreed
    agreed       told the same again                agreed: so the program learns of it
    any          another state is told              that one
    offered, agreed, installing    LEASE_S silent   withdrawn
"""

import logging
import threading
import time
from typing import Any, Callable, Dict, Optional

from plantd.api.stick_news import (
    AGREED,
    INSTALLING,
    OFFERED,
    REFUSED,
    WITHDRAWN,
    StickNews,
)
from plantd.button.interface import Press
from plantd.errors import BusyError, UnavailableError
from plantd.health.states import ComponentStates, State
from plantd.light.interface import Light, Pattern

logger = logging.getLogger(__name__)

LEASE_S = 15.0
LIVE = (OFFERED, AGREED, INSTALLING)
PART = "stick"
_PATTERNS = {OFFERED: Pattern.OFFER, AGREED: Pattern.STARTING, INSTALLING: Pattern.STARTING}


class StickOffer:
    """See the module's text. Safe from any thread."""

    def __init__(
        self,
        light: Light,
        states: ComponentStates,
        long_press_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: what shows it; who is told; from when on a press is long, 0 for never; a clock."""
        self._light = light
        self._states = states
        self._long_press_s = long_press_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._now: Optional[StickNews] = None
        self._offered_at = 0.0
        self._heard_at = 0.0

    def tell(self, told: StickNews) -> StickNews:
        """Take what is told; return how it is now. Raises BusyError, UnavailableError."""
        self.look()
        with self._lock:
            before, at = self._now, self._monotonic()
            self._make_sure_it_may_be(told, before)
            new = told
            if told.state == OFFERED and before is not None and before.name == told.name:
                new = before if before.state in (OFFERED, AGREED) else told
            if new.state == OFFERED and new is not before:
                self._offered_at = at
            self._now, self._heard_at = new, at
        self._tell(before, new)
        return new

    def agree(self, press: Press) -> bool:
        """Take a long press; return whether it was one for a stick."""
        self.look()
        with self._lock:
            before = self._now
            if before is None or before.state != OFFERED or press.pressed_at < self._offered_at:
                return False
            new = before._replace(state=AGREED, detail="a long press has agreed")
            self._now = new
        self._tell(before, new)
        return True

    def look(self) -> None:
        """Let go of what nobody offers any more."""
        with self._lock:
            before = self._now
            live = before is not None and before.state in LIVE
            if before is None or not live or self._monotonic() - self._heard_at < LEASE_S:
                return
            detail = "the stick was taken out, or who looked at it has ended: plantd-cli model list"
            new = before._replace(state=WITHDRAWN, detail=detail)
            self._now = new
        self._tell(before, new)

    def pattern(self) -> Optional[Pattern]:
        """Return what the light is to show for it while nothing else happens; None for nothing."""
        now = self._now
        return _PATTERNS.get(now.state) if now is not None else None

    def to_json(self) -> Optional[Dict[str, Any]]:
        """Return what the status says; None where there was no stick."""
        now = self._now
        return None if now is None else now.to_json()

    def _make_sure_it_may_be(self, told: StickNews, before: Optional[StickNews]) -> None:
        if before is not None and before.state in LIVE and before.name != told.name:
            raise BusyError(
                "{} is {} already, from another stick".format(before.name, before.state)
            )
        if told.state == OFFERED and not self._long_press_s:
            raise UnavailableError(
                "nobody can agree to {}: button.long_press_s is 0, so that no press is long; set "
                "it to 3, say, and restart plantd".format(told.name)
            )

    def _tell(self, before: Optional[StickNews], new: StickNews) -> None:
        if new == before:
            return
        if before is None:
            self._states.set(PART, State.HEALTHY)  # a part's first healthy state is no event
        logger.info("stick: %s: %s: %s", new.name, new.state, new.detail)
        self._states.set(PART, State.HEALTHY, "{} {}: {}".format(new.name, new.state, new.detail))
        if new.state == REFUSED:
            self._light.show(Pattern.REFUSED)
