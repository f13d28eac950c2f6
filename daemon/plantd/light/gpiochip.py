"""Lamps and a buzzer on GPIO lines, each through its own transistor."""

from typing import Dict, List, NamedTuple, Tuple

from plantd.config import LightConfig, PathsConfig
from plantd.errors import ConfigError, PlantdError, UnavailableError
from plantd.gpio.lines import OutputLine
from plantd.gpio.pins import Place, output_place
from plantd.light.output import LightOutput, LightState
from plantd.light.patterns import BLUE, GREEN, RED, lit_of

BUZZER = "buzzer"


class Wire(NamedTuple):
    """What is connected where."""

    what: str
    place: Place


class GpiochipOutput(LightOutput):
    """One to three lamps, and a buzzer or none."""

    def __init__(self, wires: List[Wire], active_low: bool, abi: int = 1) -> None:
        self._wires = wires
        self._active_low = active_low
        self._abi = abi
        self._lines: Dict[str, OutputLine] = {}

    @classmethod
    def from_config(cls, config: LightConfig, _paths: PathsConfig) -> "GpiochipOutput":
        """Return the configured bulbs. Raises ConfigError for a pin that cannot drive one."""
        return cls(wires_from_config(config), config.active_low)

    def open(self) -> None:
        """Take every line, or none."""
        try:
            for what, place in self._wires:
                self._lines[what] = OutputLine(place.chip, place.line, self._active_low, self._abi)
        except PlantdError as error:
            self.close()
            raise UnavailableError("the light cannot be driven: {}".format(error)) from error

    def switch(self, scene: LightState) -> None:
        """Write every line."""
        lit = lit_of(scene.lamps, self._colours())
        for what, line in self._lines.items():
            line.write(scene.lamps.buzzer if what == BUZZER else what in lit)

    def close(self) -> None:
        """Dark, and the lines are given back."""
        for line in self._lines.values():
            try:
                line.write(False)
            except UnavailableError:
                continue  # the chip is gone, and its lamps with it
            finally:
                line.close()
        self._lines = {}

    def _colours(self) -> Tuple[str, ...]:
        return tuple(what for what in self._lines if what != BUZZER)


def wires_from_config(config: LightConfig) -> List[Wire]:
    """Return what is connected. Raises ConfigError listing every pin that does not do."""
    pins = [
        (RED, config.red_pin),
        (GREEN, config.green_pin),
        (BLUE, config.blue_pin),
        (BUZZER, config.buzzer_pin),
    ]
    wires: List[Wire] = []
    problems: List[str] = []
    for what, pin in pins:
        if pin is None:
            continue
        try:
            key = "light.{}_pin".format(what)
            wires.append(Wire(what, output_place(config.board, key, config.chip, pin)))
        except ConfigError as error:
            problems += error.problems
    if not problems and not any(wire.what != BUZZER for wire in wires):
        problems.append("light: driver gpiochip needs at least one of red_pin, green_pin, blue_pin")
    problems += _shared(wires)
    if problems:
        raise ConfigError(problems)
    return wires


def _shared(wires: List[Wire]) -> List[str]:
    """One line cannot be two lamps."""
    seen: Dict[Place, str] = {}
    problems = []
    for what, place in wires:
        if place in seen:
            problems.append("light.{}_pin: the same line as light.{}_pin".format(what, seen[place]))
        seen[place] = what
    return problems
