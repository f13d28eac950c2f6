"""From the configuration to the button it names. Nothing is chosen by what happens to be there."""

from typing import Callable, Dict, Optional

from plantd.button.board_pin import JetsonLine
from plantd.button.debounce import DebounceSettings
from plantd.button.debounced import DebouncedButton, OnLevel
from plantd.button.fake import FakeLine
from plantd.button.gpiochip import GpiochipLine
from plantd.button.input_device import EvdevLine
from plantd.button.interface import Button
from plantd.button.line import Line
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import ConfigError

# A press this long is no finger; a configured long press must be over well before.
STUCK_S = 30.0

LINES: Dict[str, Callable[[ButtonConfig, PathsConfig], Line]] = {
    EvdevLine.driver: EvdevLine.from_config,
    FakeLine.driver: FakeLine.from_config,
    GpiochipLine.driver: GpiochipLine.from_config,
    JetsonLine.driver: JetsonLine.from_config,
}


def button_from_config(
    config: ButtonConfig, paths: PathsConfig, on_level: Optional[OnLevel] = None
) -> Button:
    """Return the configured button, closed; `on_level` as of DebouncedButton.

    Raises ConfigError for an unknown driver or pin.
    """
    line_from = LINES.get(config.driver)
    if line_from is None:
        known = ", ".join(sorted(LINES))
        raise ConfigError(
            ["button.driver: {!r} is not a button; expected one of {}".format(config.driver, known)]
        )
    return DebouncedButton(line_from(config, paths), settings_of(config), on_level=on_level)


def settings_of(config: ButtonConfig) -> DebounceSettings:
    """Return how the configuration wants the line debounced."""
    return DebounceSettings(
        stable_s=config.debounce_ms / 1000.0,
        long_press_s=config.long_press_s,
        stuck_s=max(STUCK_S, 3 * config.long_press_s),
    )
