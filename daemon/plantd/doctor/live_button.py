"""`plantd doctor --button`: the button's line while somebody presses it, as the service reads it.

Nothing is set on the line: it is taken as the service takes it, with the same configuration, driver
and debouncing, and given back at the end.
"""

import time
from typing import Dict, List, Tuple

from plantd.api.client import Client
from plantd.button.choice import button_from_config, settings_of
from plantd.button.interface import LONG, Button
from plantd.button.strokes import Event, Stroke, Strokes
from plantd.config import ButtonConfig, Config
from plantd.doctor.live_report import LiveOptions, LiveReport
from plantd.doctor.probes import SOCKET_TIMEOUT_S
from plantd.doctor.wiring import level_word, wiring_lines
from plantd.errors import EX_OK, EX_UNAVAILABLE, AccessError, ButtonInUseError, PlantdError

LOOK_S = 0.1
# Who was asked to press and sees nothing happen for so long has a wire to look at.
QUIET_S = 10.0

QUIET = (
    "nothing changed yet: is the wire on this pin, does the button close, and is there a resistor? "
    "Held to ground for a moment, a pin with a pull-up shows a press"
)
AT_REST = (
    "it is pressed already: if nobody holds it, button.active_low is wrong, the button opens where "
    "it should close, or the resistor is missing"
)

Levels = List[Tuple[float, bool]]


def watch_button(config: Config, options: LiveOptions, report: LiveReport) -> int:
    """Tell levels and presses until their number, the time or Ctrl-C; return the exit code.

    It is 0 once enough presses counted (one, where no number was given) and the line is well.
    Raises ConfigError, and ButtonError where the line cannot be read: it says who holds it.
    """
    levels: Levels = []
    button = button_from_config(
        config.button, config.paths, lambda at, pressed: levels.append((at, pressed))
    )
    for line in wiring_lines(config.button):
        report.say("wiring", line)
    try:
        button.open()
    except ButtonInUseError as error:
        raise ButtonInUseError(_held_by(config, error)) from error
    with _Watch(config.button, button, report) as watch:
        watch.begin(levels)
        ends = options.ends_at(time.monotonic())
        while watch.presses != options.presses and time.monotonic() < ends:
            button.wait(max(0.0, min(LOOK_S, ends - time.monotonic())))
            watch.look(levels)
    enough = watch.presses >= (options.presses or 1)
    return EX_OK if enough and not watch.fault else EX_UNAVAILABLE


class _Watch:
    """What was seen of one open button; its end closes the button and tells the sum."""

    def __init__(self, config: ButtonConfig, button: Button, report: LiveReport) -> None:
        self._config = config
        self._button = button
        self._report = report
        self._strokes = Strokes(settings_of(config))
        self._began = time.monotonic()
        self._quiet = True
        self._bounces = 0
        self.presses = 0
        self.fault = ""

    def __enter__(self) -> "_Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._button.close()
        self._report.say(
            "sum",
            "{} presses{}".format(self.presses, "; " + self.fault if self.fault else ""),
            presses=self.presses,
            fault=self.fault,
        )

    def begin(self, levels: Levels) -> None:
        """Tell the line and the level that it was opened at."""
        status = self._button.status()
        self._report.say(
            "button",
            "{}, driver {}, debounced over {} ms; press it, Ctrl-C ends".format(
                status.line, status.driver, self._config.debounce_ms
            ),
            driver=status.driver,
            line=status.line,
        )
        pressed = levels[-1][1]
        self._report.say("level", level_word(self._config, pressed), pressed=pressed)
        if pressed:
            self._report.say("hint", AT_REST)
        self.look(levels)

    def look(self, levels: Levels) -> None:
        """Take the levels that have come and tell what is complete."""
        found: List[Event] = []
        for at, pressed in levels:
            found += self._strokes.feed(at, pressed)
        del levels[:]
        now = time.monotonic()
        for event in found + self._strokes.advance(now):
            self._quiet = False
            self._tell(event)
        self._tell_fault(self._button.status().detail)
        if self._quiet and now - self._began > QUIET_S:
            self._quiet = False
            self._report.say("hint", QUIET)

    def _tell(self, event: Event) -> None:
        if not isinstance(event, Stroke):
            self._report.say(
                "flicker",
                "{} changes within {:.1f} ms did not count: button.debounce_ms is {}; noise on the "
                "wire, or a contact that is worn".format(
                    event.changes, event.lasted_s * 1000.0, self._config.debounce_ms
                ),
                **event._asdict(),
            )
            return
        self._report.say("level", level_word(self._config, event.pressed), pressed=event.pressed)
        if event.pressed:
            self._bounces = event.bounces
        else:
            self._tell_release(event)

    def _tell_release(self, event: Stroke) -> None:
        facts: Dict[str, object] = {
            "held_s": round(event.lasted_s, 4),
            "bounces_down": self._bounces,
            "bounces_up": event.bounces,
        }
        if not event.counted:
            said = "released after {held_s:.3f} s; no press: it was down at the start, or stuck"
            self._report.say("released", said.format(**facts), **facts)
            return
        self.presses += 1
        said = "{}: held {held_s:.3f} s{}; bounces: {bounces_down} at first, {bounces_up} at last"
        kind = ", a long press" if event.counted == LONG else ""
        facts.update(number=self.presses, kind=event.counted)
        self._report.say("press", said.format(self.presses, kind, **facts), **facts)

    def _tell_fault(self, detail: str) -> None:
        if detail != self.fault:
            self.fault = detail
            self._report.say("fault" if detail else "well", detail or "the line is well again")


def _held_by(config: Config, error: ButtonInUseError) -> str:
    """Return one sentence on who holds the line and what helps."""
    try:
        Client(config.socket_path, SOCKET_TIMEOUT_S).get("/v1/hello")
    except AccessError:
        pass  # Somebody serves there: it is the service, whoever may ask it.
    except PlantdError:
        return str(error)
    return (
        "the button's line is held by the running plantd, whose presses `plantd-cli watch` shows; "
        "to see the line itself: sudo systemctl stop plantd, and start it again afterwards"
    )
