"""The service in one colour and in one line: what the light and `systemctl status` show at rest."""

import threading
from typing import Callable, Optional

from plantd.health.states import ComponentState, ComponentStates, State
from plantd.light.interface import Light, Pattern
from plantd.service.notify import Notifier


class StatusDisplay:
    """Keeps both true: told of each change of a part's state, in the thread that met it."""

    def __init__(
        self,
        states: ComponentStates,
        model_title: Callable[[], str],
        light: Light,
        notifier: Notifier,
        stick: Callable[[], Optional[Pattern]] = lambda: None,
    ) -> None:
        """Args: what is shown; where; what a stick asks to be shown."""
        self._parts = states
        self._model_title = model_title
        self._light = light
        self._notifier = notifier
        self._stick = stick
        self._ready = False
        self._lock = threading.Lock()

    def show_ready(self) -> None:
        """From now on the light shows how the parts are; tell systemd that the start is over."""
        self._ready = True
        self._show_calm()
        self._notifier.ready(self.line())

    def state_changed(self, _state: ComponentState) -> None:
        """Show the new state, once the service has started; the light knows what goes before."""
        if self._ready:
            self._show_calm()
        self._notifier.status(self.line())

    def _show_calm(self) -> None:
        # Looked at and shown in one: of two parts that change at once, the last to come sees both.
        with self._lock:
            self._light.show(self._calm())

    def _calm(self) -> Pattern:
        """Return the pattern at rest: a stick's only where nothing is wrong."""
        calm = calm_pattern(self._parts)
        return (self._stick() or calm) if calm == Pattern.READY else calm

    def line(self) -> str:
        """Return the line."""
        return status_line(self._parts, self._model_title())


def calm_pattern(states: ComponentStates) -> Pattern:
    """Return what the light shows while nothing happens."""
    by_part = {each.part: each.state for each in states.all()}
    if by_part.get("engine", State.HEALTHY) == State.FAILED:
        return Pattern.FAULT
    lost = by_part.get("camera", State.HEALTHY) in (State.RECOVERING, State.FAILED)
    return Pattern.NO_CAMERA if lost else Pattern.READY


def status_line(states: ComponentStates, model_title: str) -> str:
    """Return state, model, and what is wrong, if anything is."""
    worst = states.worst()
    wrong = worst.state != State.HEALTHY and worst.detail
    trouble = "; {}: {}".format(worst.part, worst.detail) if wrong else ""
    return "{}, {}{}".format(worst.state.value, model_title or "no model", trouble)
