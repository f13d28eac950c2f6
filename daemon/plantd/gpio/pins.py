"""The 40-pin header of a Jetson TX2: BOARD pin numbers -> chip label and line.

Source: the carrier's pinmux as in Jetson.GPIO's pin data, checked by hand against the TX2 header.
Other boards have other chips; there a line is named by its chip and number.
"""

from typing import Dict, List, NamedTuple, Optional

from plantd.errors import ConfigError

MAIN = "tegra-gpio"
ALWAYS_ON = "tegra-gpio-aon"
TX2_CHIPS = (MAIN, ALWAYS_ON)


class Pin(NamedTuple):
    """Where a header pin leads, and which way it can be used."""

    chip: str
    line: int
    can_read: bool = True
    can_write: bool = True


PINS: Dict[int, Pin] = {
    7: Pin(MAIN, 76),
    11: Pin(MAIN, 146, can_read=False),
    12: Pin(MAIN, 72),
    13: Pin(MAIN, 77),
    16: Pin(ALWAYS_ON, 40, can_write=False),
    18: Pin(MAIN, 161),
    19: Pin(MAIN, 109),
    21: Pin(MAIN, 108),
    23: Pin(MAIN, 107),
    24: Pin(MAIN, 110),
    29: Pin(MAIN, 78),
    31: Pin(ALWAYS_ON, 42),
    32: Pin(ALWAYS_ON, 41, can_read=False),
    33: Pin(MAIN, 69),
    35: Pin(MAIN, 75),
    36: Pin(MAIN, 147),
    37: Pin(MAIN, 68),
    38: Pin(MAIN, 74),
    40: Pin(MAIN, 73),
}

# On an I2C expander: too slow for edges, and its chip appears late.
EXPANDER_PINS = (15, 22)

# No other function by default, no level shifter in the way.
GOOD_BUTTON_PINS = (18, 19, 21, 31)


class Place(NamedTuple):
    """A line in the kernel's words."""

    chip: str
    line: int


def button_place(chip: str, pin: Optional[int], line: Optional[int]) -> Place:
    """Return where a button is: `line` of `chip` when a line is given, else the header's pin.

    Raises ConfigError naming the pins that do.
    """
    if line is not None:
        return Place(chip, line)
    good = ", ".join(str(number) for number in GOOD_BUTTON_PINS)
    if pin is None:
        raise ConfigError(["button.pin: neither `pin` nor `line` is set; good pins: " + good])
    found = _pin("button.pin", pin, "good pins for a button: " + good)
    if not found.can_read:
        raise ConfigError(
            ["button.pin: pin {} is output only; good pins for a button: {}".format(pin, good)]
        )
    return Place(found.chip, found.line)


def light_place(key: str, chip: str, pin: int) -> Place:
    """Return where a lamp is: the TX2 header's pin, or on any other chip its line `pin`.

    Raises ConfigError naming the pins that do.
    """
    if chip not in TX2_CHIPS:
        return Place(chip, pin)
    good = "pins that drive a lamp: " + ", ".join(str(number) for number in writable_pins())
    found = _pin(key, pin, good)
    if not found.can_write:
        raise ConfigError(["{}: pin {} is input only; {}".format(key, pin, good)])
    return Place(found.chip, found.line)


def writable_pins() -> List[int]:
    """Return the header pins that can be driven."""
    return [number for number, pin in sorted(PINS.items()) if pin.can_write]


def _pin(key: str, pin: int, good: str) -> Pin:
    if pin in EXPANDER_PINS:
        raise ConfigError(["{}: pin {} sits on an I2C expander; {}".format(key, pin, good)])
    found = PINS.get(pin)
    if found is None:
        raise ConfigError(["{}: pin {} of the TX2 header is no GPIO; {}".format(key, pin, good)])
    return found
