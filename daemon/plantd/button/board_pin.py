"""A button read through Jetson.GPIO, for carriers whose pins only that library knows.

The level is polled: the library's edge detection has lost its thread and its edges before
(jetson-gpio #40, #76), and 200 looks a second are enough for a finger.
"""

from types import ModuleType
from typing import Optional

from plantd.button.line import Line, LineReading
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import ButtonError, ConfigError


class JetsonLine(Line):
    """One BOARD pin through Jetson.GPIO."""

    driver = "jetson"
    poll_s = 0.005

    def __init__(self, pin: int, active_low: bool, gpio: Optional[ModuleType] = None) -> None:
        """`gpio` stands in for the library; None imports it when the line is opened."""
        self._pin = pin
        self._active_low = active_low
        self._given = gpio
        self._gpio: Optional[ModuleType] = None

    @classmethod
    def from_config(cls, config: ButtonConfig, _paths: PathsConfig) -> "JetsonLine":
        """Return the configured pin. Raises ConfigError when none is set."""
        if config.pin is None:
            raise ConfigError(["button.pin: driver jetson needs the BOARD pin number, such as 18"])
        return cls(config.pin, config.active_low)

    @property
    def name(self) -> str:
        """The BOARD pin."""
        return "BOARD pin {}".format(self._pin)

    def open(self) -> bool:
        """Set the pin up as an input."""
        gpio = self._given or _library()
        try:
            gpio.setmode(gpio.BOARD)
            gpio.setup(self._pin, gpio.IN)
        except Exception as error:  # the library raises bare Exception, ValueError, RuntimeError
            raise ButtonError(
                "BOARD pin {} cannot be read through Jetson.GPIO: {}".format(self._pin, error)
            ) from error
        self._gpio = gpio
        return self._pressed(gpio)

    def fileno(self) -> Optional[int]:
        """Nothing to select on."""
        return None

    def look(self) -> LineReading:
        """Return the level now."""
        if self._gpio is None:
            return LineReading([], "the line is not open")
        try:
            return LineReading([self._pressed(self._gpio)])
        except Exception as error:  # noqa: BLE001 - look() never raises; a state, not an error
            return LineReading(
                [], "Jetson.GPIO cannot read BOARD pin {}: {}".format(self._pin, error)
            )

    def close(self) -> None:
        """Give the pin back."""
        if self._gpio is not None:
            self._gpio.cleanup(self._pin)
        self._gpio = None

    def _pressed(self, gpio: ModuleType) -> bool:
        return bool(gpio.input(self._pin)) != self._active_low


def _library() -> ModuleType:
    # Late: the library raises at import on a machine that is no Jetson.
    try:
        from Jetson import GPIO
    except ImportError as error:
        raise ButtonError(
            "Jetson.GPIO is not installed; driver jetson needs it: pip install Jetson.GPIO"
        ) from error
    except Exception as error:  # a bare Exception, or RuntimeError by version
        raise ButtonError("Jetson.GPIO refuses this machine: {}".format(error)) from error
    module: ModuleType = GPIO
    return module
