"""A button on a GPIO chip's line, between the line and ground or supply, with its own resistor."""

from typing import List, Optional

from plantd.button.line import Line, Seen
from plantd.button.pins import Place, button_place
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import ButtonError, PlantdError, UnavailableError
from plantd.gpio_lines import InputLine


class GpiochipLine(Line):
    """One line of one chip."""

    driver = "gpiochip"

    def __init__(self, place: Place, active_low: bool, abi: int = 1) -> None:
        self._place = place
        self._active_low = active_low
        self._abi = abi
        self._input: Optional[InputLine] = None

    @classmethod
    def from_config(cls, config: ButtonConfig, _paths: PathsConfig) -> "GpiochipLine":
        """Return the configured line. Raises ConfigError for a pin that cannot be a button."""
        return cls(button_place(config.chip, config.pin, config.line), config.active_low)

    @property
    def name(self) -> str:
        """Chip label and line."""
        return "{} line {}".format(self._place.chip, self._place.line)

    def open(self) -> bool:
        """Take the line."""
        try:
            self._input = InputLine(self._place.chip, self._place.line, self._abi)
            return self._pressed(self._input)
        except PlantdError as error:
            raise ButtonError("the button cannot be read: {}".format(error)) from error

    def fileno(self) -> Optional[int]:
        """Readable on an edge."""
        return None if self._input is None else self._input.fileno()

    def look(self) -> Seen:
        """Count the edges; the level that holds now is the last one's, the others alternate."""
        if self._input is None:
            return Seen([], "the line is not open")
        try:
            edges = self._input.edges()
            return Seen(alternating(max(1, edges), self._pressed(self._input)))
        except UnavailableError as error:
            return Seen([], str(error))

    def close(self) -> None:
        """Give the line back."""
        if self._input is not None:
            self._input.close()
        self._input = None

    def _pressed(self, line: InputLine) -> bool:
        return line.read() != self._active_low


def alternating(count: int, last: bool) -> List[bool]:
    """Return `count` levels that change every time and end on `last`."""
    return [last if left % 2 == 0 else not last for left in range(count - 1, -1, -1)]
