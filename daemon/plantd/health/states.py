"""How each part of the service is, and how the service is in all."""

import threading
from enum import Enum
from typing import Callable, Dict, List, NamedTuple

from plantd.system.callbacks import guarded


class State(Enum):
    """From good to bad; the values are the words of the API and of the log.

    DEGRADED works, but not as it should; RECOVERING mends itself; FAILED cannot answer.
    """

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    RECOVERING = "RECOVERING"
    FAILED = "FAILED"


_BADNESS = [state.value for state in State]


def badness(word: str) -> int:
    """Return how bad a state is by its word; one that is no state's is worse than all."""
    return _BADNESS.index(word) if word in _BADNESS else len(_BADNESS)


class ComponentState(NamedTuple):
    """One part: its state, what is wrong in one sentence, and what helps."""

    part: str
    state: State
    detail: str = ""


class ComponentStates:
    """The states by part. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: Dict[str, ComponentState] = {}
        self._listeners: List[Callable[[ComponentState], None]] = []

    def listen(self, changed: Callable[[ComponentState], None]) -> None:
        """Call `changed`, in the thread that sets it, for each state that differs from the last.

        A bug in it is logged and does not reach that thread.
        """
        self._listeners.append(guarded(changed, "who is told of states"))

    def set(self, part: str, state: State, detail: str = "") -> None:
        """Take the state of one part."""
        new = ComponentState(part, state, detail)
        with self._lock:
            old = self._states.get(part)
            self._states[part] = new
        if old != new and not (old is None and state == State.HEALTHY):
            for tell in self._listeners:
                tell(new)

    def all(self) -> List[ComponentState]:
        """Return every part, worst first."""
        with self._lock:
            states = list(self._states.values())
        return sorted(states, key=lambda each: (-badness(each.state.value), each.part))

    def worst(self) -> ComponentState:
        """Return the state of the whole: that of its worst part."""
        states = self.all()
        return states[0] if states else ComponentState("service", State.HEALTHY)

    def degraded(self) -> List[str]:
        """Return one sentence for each part that is not as it should be."""
        return [
            "{}: {}".format(each.part, each.detail or each.state.value)
            for each in self.all()
            if each.state != State.HEALTHY
        ]
