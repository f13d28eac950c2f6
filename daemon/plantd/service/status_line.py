"""The service in one colour and in one line: what the light and `systemctl status` show at rest."""

from typing import Callable, Optional

from plantd.health.states import ComponentState, ComponentStates, State
from plantd.light.interface import Light, Pattern
from plantd.service.notify import Notifier

OF_A_FAILED_PRESS = (Pattern.NO_CAMERA, Pattern.FAULT)


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
        self._left: Optional[Pattern] = None

    def show_ready(self) -> None:
        """From now on the light shows how the parts are; tell systemd that the start is over."""
        self._ready = True
        self._light.show(self._calm())
        self._notifier.ready(self.line())

    def state_changed(self, _state: ComponentState) -> None:
        """Show the new state, once the service has started; the light knows what goes before."""
        if self._ready:
            self._light.show(self._calm())
        self._notifier.status(self.line())

    def look(self) -> None:
        """Take from the light what a press that failed left there; with every telemetry reading.

        Only what the look before saw too, so that somebody sees it.
        """
        showing, calm = self._light.showing(), self._calm()
        is_left = self._ready and showing in OF_A_FAILED_PRESS and showing != calm
        if is_left and showing == self._left:
            self._light.show(calm)
        self._left = showing if is_left else None

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
