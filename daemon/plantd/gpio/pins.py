"""Which line of which chip a pin of the configured board's header is, and why some do not do."""

from typing import List, NamedTuple, Optional

from plantd.errors import ConfigError
from plantd.gpio.boards import BOARDS, Board, Pin


class Place(NamedTuple):
    """A line in the kernel's words."""

    chip: str
    line: int


def button_place(board: str, chip: str, pin: Optional[int], line: Optional[int]) -> Place:
    """Return where a button is: `line` of `chip` when a line is given, else the header's pin.

    Raises ConfigError naming the pins that do.
    """
    if line is not None:
        return Place(chip, line)
    known = BOARDS[board]
    good = ", ".join(str(number) for number in known.button_pins)
    if pin is None:
        raise ConfigError(["button.pin: neither `pin` nor `line` is set; good pins: " + good])
    found = _pin(known, "button.pin", pin, "good pins for a button: " + good)
    if not found.can_read:
        raise ConfigError(
            ["button.pin: pin {} is output only; good pins for a button: {}".format(pin, good)]
        )
    return Place(found.chip, found.line)


def output_place(board: str, key: str, chip: Optional[str], pin: int) -> Place:
    """Return where an output is: the header's pin, or on another chip its line `pin`.

    Raises ConfigError naming the pins that do.
    """
    known = BOARDS[board]
    if chip is not None and chip not in known.chips:
        return Place(chip, pin)
    good = "pins that can be driven: " + ", ".join(str(number) for number in writable_pins(known))
    found = _pin(known, key, pin, good)
    if not found.can_write:
        raise ConfigError(["{}: pin {} is input only; {}".format(key, pin, good)])
    return Place(found.chip, found.line)


def input_place(board: str, key: str, chip: Optional[str], pin: int) -> Place:
    """Return where a signal is that is read: the header's pin, or on another chip its line `pin`.

    Raises ConfigError naming the pins that do.
    """
    known = BOARDS[board]
    if chip is not None and chip not in known.chips:
        return Place(chip, pin)
    readable = sorted(number for number, found in known.pins.items() if found.can_read)
    good = "pins that can be read: " + ", ".join(str(number) for number in readable)
    found = _pin(known, key, pin, good)
    if not found.can_read:
        raise ConfigError(["{}: pin {} is output only; {}".format(key, pin, good)])
    return Place(found.chip, found.line)


def writable_pins(board: Board) -> List[int]:
    """Return the header pins that can be driven."""
    return [number for number, pin in sorted(board.pins.items()) if pin.can_write]


def _pin(board: Board, key: str, pin: int, good: str) -> Pin:
    if pin in board.expander_pins:
        raise ConfigError(["{}: pin {} sits on an I2C expander; {}".format(key, pin, good)])
    found = board.pins.get(pin)
    if found is None:
        raise ConfigError(
            ["{}: pin {} of a {} is not a GPIO; {}".format(key, pin, board.title, good)]
        )
    return found
