"""What holds between keys that name lines of a GPIO chip: button, lamps and display. Pure.

How this works: TAKERS says which parts take lines, and which keys say so. Of each line three things
are asked: that it can be (the board has it, and it can be read or driven), that its board is the
one of all who take lines, and that nobody further up the table takes it already.
"""

from typing import Callable, List, NamedTuple, Optional, Tuple

from plantd.config import Config, DisplayConfig
from plantd.config.displays import PANELS, is_on_spi
from plantd.errors import ConfigError
from plantd.gpio.pins import Place, button_place, input_place, output_place

LIGHT_PINS = ("red_pin", "green_pin", "blue_pin", "buzzer_pin")
LAMP_PINS = LIGHT_PINS[:3]
DISPLAY_PINS = ("dc_pin", "reset_pin", "busy_pin")
# Which signal of an e-ink each is, as data sheets call it: it needs them all.
_SIGNALS = {"dc_pin": "D/C", "reset_pin": "RST", "busy_pin": "BUSY"}


class Rule(NamedTuple):
    """One rule; `keys[0]` is the one a problem is reported at."""

    keys: Tuple[str, ...]
    problem: Callable[[Config], str]


class Taker(NamedTuple):
    """A part that may take lines.

    Attributes:
        section: of the configuration.
        pins: the keys that name its lines.
        told_by: the keys that say whether it takes any.
        counted_on: the keys, beside `board`, that say whose lines the numbers count.
        takes: whether it takes any.
        place: where the line of one of `pins` is, None where none is named; raises ConfigError
            where it cannot be.
    """

    section: str
    pins: Tuple[str, ...]
    told_by: Tuple[str, ...]
    counted_on: Tuple[str, ...]
    takes: Callable[[Config], bool]
    place: Callable[[Config, str], Optional[Place]]

    def keys(self, *names: str) -> Tuple[str, ...]:
        """Return keys of its section, by their whole names."""
        return tuple("{}.{}".format(self.section, name) for name in names)

    def board(self, config: Config) -> str:
        """Return whose header its pins are counted on."""
        return str(getattr(config, self.section).board)


def _button_place(config: Config, _pin: str) -> Optional[Place]:
    button = config.button
    if button.driver == "gpiochip":
        return button_place(button.board, button.chip, button.pin, button.line)
    try:
        return button_place(button.board, button.chip, button.pin, None)
    except ConfigError:
        return None  # the library of that driver knows by itself which pins do


def _output_place(section: str, chip: str) -> Callable[[Config, str], Optional[Place]]:
    def place(config: Config, pin: str) -> Optional[Place]:
        asked = getattr(config, section)
        number = getattr(asked, pin)
        if number is None:
            return None
        key = "{}.{}".format(section, pin)
        return output_place(asked.board, key, getattr(asked, chip), number)

    return place


def _display_place(config: Config, pin: str) -> Optional[Place]:
    display = config.display
    if pin != "busy_pin":
        return _output_place("display", "gpio_chip")(config, pin)
    if display.driver not in PANELS or display.busy_pin is None:
        return None
    return input_place(display.board, "display.busy_pin", display.gpio_chip, display.busy_pin)


_BUTTON = Taker(
    "button",
    ("pin",),
    ("driver",),
    ("chip", "line"),
    lambda config: config.button.driver in ("gpiochip", "jetson"),
    _button_place,
)
_LIGHT = Taker(
    "light",
    LIGHT_PINS,
    ("driver",),
    ("chip",),
    lambda config: config.light.driver == "gpiochip",
    _output_place("light", "chip"),
)
_DISPLAY = Taker(
    "display",
    DISPLAY_PINS,
    ("bus", "driver"),
    ("gpio_chip",),
    lambda config: is_on_spi(config.display),
    _display_place,
)
TAKERS = (_BUTTON, _LIGHT, _DISPLAY)


def display_lines(display: DisplayConfig) -> List[Tuple[str, Place]]:
    """Return which lines a display on SPI takes, by their keys, without those that cannot be."""
    return _lines_of(_DISPLAY, Config(display=display))


def _lines_of(taker: Taker, config: Config) -> List[Tuple[str, Place]]:
    """Return which lines a part takes, by their keys, without those that cannot be."""
    lines = []
    for pin in taker.pins if taker.takes(config) else ():
        try:
            place = taker.place(config, pin)
        except ConfigError:
            continue  # another rule tells
        if place is not None:
            lines.append((_key_of(taker, pin, config), place))
    return lines


def _key_of(taker: Taker, pin: str, config: Config) -> str:
    """Return the key that names a line: a button's is named by its pin or by its line."""
    by_line = config.button.driver == "gpiochip" and config.button.line is not None
    return "button.line" if taker is _BUTTON and by_line else taker.keys(pin)[0]


def _line_can_be(taker: Taker, pin: str) -> Rule:
    (key,) = taker.keys(pin)

    def problem(config: Config) -> str:
        try:
            if taker.takes(config):
                taker.place(config, pin)
        except ConfigError as error:
            told = error.problems[0]
            return told[len(key) + 2 :] if told.startswith(key + ": ") else told
        return ""

    return Rule((key, *taker.keys(*taker.told_by, "board", *taker.counted_on)), problem)


def _board_is_theirs(taker: Taker, others: Tuple[Taker, ...]) -> Rule:
    def problem(config: Config) -> str:
        board = taker.board(config)
        for other in others:
            if taker.takes(config) and other.takes(config) and other.board(config) != board:
                told = "is {}; {}.board is {}; expected one board for both"
                return told.format(board, other.section, other.board(config))
        return ""

    keys = [each.keys("board", *each.told_by) for each in (taker, *others)]
    return Rule(tuple(key for some in keys for key in some), problem)


def _line_has_no_other_use(taker: Taker, pin: str, others: Tuple[Taker, ...]) -> Rule:
    (own,) = taker.keys(pin)

    def problem(config: Config) -> str:
        lines = [line for each in (*others, taker) for line in _lines_of(each, config)]
        place = dict(lines).get(own)
        for key, taken in lines:
            if key == own:
                break
            if taken == place:
                told = "is line {} of {}, which {} takes already; expected a line of its own"
                return told.format(taken.line, taken.chip, key)
        return ""

    keys = [
        each.keys(*each.pins, *each.told_by, "board", *each.counted_on) for each in (taker, *others)
    ]
    return Rule((own, *(key for some in keys for key in some)), problem)


def _button_is_one_line(config: Config) -> str:
    button = config.button
    if button.driver == "gpiochip" and button.pin is not None and button.line is not None:
        return "is given beside button.line; expected one of them; set the other to null"
    if button.driver == "jetson" and button.pin is None:
        return "is null; driver jetson needs the BOARD number of the pin, such as 18"
    return ""


def _light_has_a_lamp(config: Config) -> str:
    lit = any(getattr(config.light, pin) is not None for pin in LAMP_PINS)
    if config.light.driver == "gpiochip" and not lit:
        return "is gpiochip; expected at least one of light.{}".format(", light.".join(LAMP_PINS))
    return ""


def _display_has_its_line(pin: str) -> Rule:
    def problem(config: Config) -> str:
        display = config.display
        if not is_on_spi(display) or getattr(display, pin) is not None:
            return ""
        if display.driver in PANELS:
            told = "is null; {} needs the pin that the panel's {} is wired to"
            return told.format(display.driver, _SIGNALS[pin])
        told = "is null; display.bus spi needs the pin that the display's D/C is wired to"
        return told if pin == "dc_pin" else ""

    return Rule(_DISPLAY.keys(pin, "bus", "driver"), problem)


_EACH = [(taker, TAKERS[:place]) for place, taker in enumerate(TAKERS)]
LINE_RULES = (
    Rule(("button.pin", "button.line", "button.driver"), _button_is_one_line),
    Rule(_LIGHT.keys("driver", *LAMP_PINS), _light_has_a_lamp),
    *(_display_has_its_line(pin) for pin in DISPLAY_PINS),
    *(_line_can_be(taker, pin) for taker in TAKERS for pin in taker.pins),
    *(_board_is_theirs(taker, others) for taker, others in _EACH if others),
    *(_line_has_no_other_use(taker, pin, others) for taker, others in _EACH for pin in taker.pins),
)
