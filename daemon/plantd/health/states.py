"""How each part of the service is, and how the service is in all: the states of DESIGN's Life.

HEALTHY, DEGRADED (works, but not as it should), RECOVERING (mends itself), FAILED (cannot answer).
"""

import threading
from typing import Callable, Dict, List, NamedTuple

HEALTHY = "HEALTHY"
DEGRADED = "DEGRADED"
RECOVERING = "RECOVERING"
FAILED = "FAILED"
STATES = (HEALTHY, DEGRADED, RECOVERING, FAILED)


class PartState(NamedTuple):
    """One part: its state, what is wrong in one sentence, and what helps."""

    part: str
    state: str
    detail: str = ""


class Parts:
    """The states by part. Safe from any thread."""

    def __init__(self, changed: Callable[[PartState], None]) -> None:
        """Args: called, in the thread that sets it, for each state that differs from the last."""
        self._changed = changed
        self._lock = threading.Lock()
        self._states: Dict[str, PartState] = {}

    def set(self, part: str, state: str, detail: str = "") -> None:
        """Take the state of one part."""
        new = PartState(part, state, detail)
        with self._lock:
            old = self._states.get(part)
            self._states[part] = new
        if old != new and not (old is None and state == HEALTHY):
            self._changed(new)

    def all(self) -> List[PartState]:
        """Return every part, worst first."""
        with self._lock:
            states = list(self._states.values())
        return sorted(states, key=lambda each: (-STATES.index(each.state), each.part))

    def worst(self) -> PartState:
        """Return the state of the whole: that of its worst part."""
        states = self.all()
        return states[0] if states else PartState("service", HEALTHY)

    def degraded(self) -> List[str]:
        """Return one sentence for each part that is not as it should be."""
        return [
            "{}: {}".format(each.part, each.detail or each.state)
            for each in self.all()
            if each.state != HEALTHY
        ]
