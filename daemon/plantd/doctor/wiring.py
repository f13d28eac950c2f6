"""What there is to know about the configured button's pin, before anybody solders. Pure."""

from typing import List, Optional, Tuple

from plantd.config import ButtonConfig
from plantd.gpio.boards import BOARDS, Board, Pin
from plantd.gpio.pins import button_place

# Drivers whose levels are those of a wire.
WIRED = ("gpiochip", "jetson")
HELP = "docs/wiring.md draws it"


def wiring_lines(config: ButtonConfig) -> List[str]:
    """Return how the button is wired, and what its pin is besides; nothing for no wire.

    Raises ConfigError for a pin that cannot be a button.
    """
    if config.driver not in WIRED:
        return []
    board = BOARDS[config.board]
    found = _pin(config, board)
    if found is None:
        return [_circuit(config, None)]
    number, pin = found
    lines = [
        "{}; {}".format(_circuit(config, board if number in board.shifted_pins else None), HELP)
    ]
    told = "pin {} of a {} shares its line with: {}".format(number, board.title, pin.signal)
    if number in board.button_pins:
        return lines + ["{}; it does for a button".format(told)]
    good = ", ".join(str(each) for each in board.button_pins)
    return lines + ["{}; pins without such a bus: {}".format(told, good)]


def level_word(config: ButtonConfig, pressed: bool) -> str:
    """Return a level in words: "released (high)" where it is a wire's."""
    word = "pressed" if pressed else "released"
    if config.driver not in WIRED:
        return word
    return "{} ({})".format(word, "high" if pressed != config.active_low else "low")


def _circuit(config: ButtonConfig, shifted_on: Optional[Board]) -> str:
    to, pull = ("ground", "3.3 V") if config.active_low else ("3.3 V", "ground")
    circuit = (
        "from the pin through the button to {}, and a resistor from the pin to {}: no driver sets "
        "a pull-up or pull-down"
    ).format(to, pull)
    if shifted_on is None:
        return circuit
    return (
        circuit
        + "; 1 kOhm here, since 4.7 kOhm is too weak behind the level shifter of a "
        + ("{} and misses presses".format(shifted_on.title))
    )


def _pin(config: ButtonConfig, board: Board) -> Optional[Tuple[int, Pin]]:
    """Return the header's pin that the button is on; None on another line."""
    if config.driver == "jetson":
        pin = board.pins.get(config.pin or 0)
        return None if pin is None or config.pin is None else (config.pin, pin)
    place = button_place(config.board, config.chip, config.pin, config.line)
    for number, pin in sorted(board.pins.items()):
        if (pin.chip, pin.line) == (place.chip, place.line):
            return number, pin
    return None
