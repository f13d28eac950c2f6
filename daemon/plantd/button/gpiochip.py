"""A button on a GPIO chip's line, between the line and ground or supply, with its own resistor."""

from typing import Optional

from plantd.button.line import Line, LineReading
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import (
    ButtonError,
    ButtonInUseError,
    InUseError,
    PlantdError,
    UnavailableError,
)
from plantd.gpio.lines import InputLine
from plantd.gpio.pins import Place, button_place


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
        place = button_place(config.board, config.chip, config.pin, config.line)
        return cls(place, config.active_low)

    @property
    def name(self) -> str:
        """Chip label and line."""
        return "{} line {}".format(self._place.chip, self._place.line)

    def open(self) -> bool:
        """Take the line."""
        try:
            self._input = InputLine(self._place.chip, self._place.line, self._abi)
            return self._pressed(self._input)
        except InUseError as error:
            raise ButtonInUseError("the button cannot be read: {}".format(error)) from error
        except PlantdError as error:
            raise ButtonError("the button cannot be read: {}".format(error)) from error

    def fileno(self) -> Optional[int]:
        """Readable on an edge."""
        return None if self._input is None else self._input.fileno()

    def look(self) -> LineReading:
        """Take the edges, then read the level: what a dropped edge would have told is seen, too.

        The kernel keeps 16 edges a line, and drops what comes after.
        """
        if self._input is None:
            return LineReading([], "the line is not open")
        try:
            edges = self._input.edges()
            levels = [edge.high != self._active_low for edge in edges]
            now = self._pressed(self._input)
        except UnavailableError as error:
            return LineReading([], str(error))
        return LineReading(levels + [now], ages_s=[edge.age_s for edge in edges] + [0.0])

    def close(self) -> None:
        """Give the line back."""
        if self._input is not None:
            self._input.close()
        self._input = None

    def _pressed(self, line: InputLine) -> bool:
        return line.read() != self._active_low
