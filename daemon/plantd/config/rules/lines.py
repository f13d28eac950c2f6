"""What holds between keys that name lines of a GPIO chip: button, light and display. Pure."""

from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from plantd.config import ButtonConfig, Config, DisplayConfig, LightConfig
from plantd.errors import ConfigError
from plantd.gpio.pins import Place, button_place, light_place

LIGHT_PINS = ("red_pin", "green_pin", "blue_pin", "buzzer_pin")
LAMP_PINS = LIGHT_PINS[:3]
_LIGHT_KEYS = ("light.driver", "light.board", "light.chip") + tuple(
    "light." + pin for pin in LIGHT_PINS
)
DISPLAY_PINS = ("dc_pin", "reset_pin")
_DISPLAY_KEYS = ("display.bus", "display.driver", "display.board", "display.gpio_chip") + tuple(
    "display." + pin for pin in DISPLAY_PINS
)
_BUTTON_KEYS = ("button.pin", "button.line", "button.driver", "button.board", "button.chip")


class Rule(NamedTuple):
    """One rule; `keys[0]` is the one a problem is reported at."""

    keys: Tuple[str, ...]
    problem: Callable[[Config], str]


def _button_is_one_line(config: Config) -> str:
    button = config.button
    if button.driver == "gpiochip" and button.pin is not None and button.line is not None:
        return "is given beside button.line; expected one of them; set the other to null"
    if button.driver == "jetson" and button.pin is None:
        return "is null; driver jetson needs the BOARD number of the pin, such as 18"
    if button.driver == "gpiochip":
        return _told(lambda: _button_place(button), "button.pin: ")
    return ""


def _lamp_rule(pin: str) -> Rule:
    def problem(config: Config) -> str:
        number = getattr(config.light, pin)
        if config.light.driver != "gpiochip" or number is None:
            return ""
        key = "light." + pin
        light = config.light
        return _told(lambda: light_place(light.board, key, light.chip, number), key + ": ")

    return Rule(("light." + pin, "light.driver", "light.board", "light.chip"), problem)


def _light_has_a_lamp(config: Config) -> str:
    lit = any(getattr(config.light, pin) is not None for pin in LAMP_PINS)
    if config.light.driver == "gpiochip" and not lit:
        return "is gpiochip; expected at least one of light.{}".format(", light.".join(LAMP_PINS))
    return ""


def _one_board(config: Config) -> str:
    on_pins = config.button.driver in ("gpiochip", "jetson") and config.light.driver == "gpiochip"
    if on_pins and config.light.board != config.button.board:
        return "is {}; button.board is {}; expected one board for both".format(
            config.light.board, config.button.board
        )
    return ""


def _every_line_has_one_use(config: Config) -> str:
    if config.light.driver != "gpiochip":
        return ""
    users: Dict[Place, List[str]] = {}
    for user, place in _button_line(config.button) + _light_lines(config.light):
        users.setdefault(place, []).append(user)
    shared = [" and ".join(names) for names in users.values() if len(names) > 1]
    return "the same line is used twice: " + "; ".join(shared) if shared else ""


def _button_line(button: ButtonConfig) -> List[Tuple[str, Place]]:
    try:
        if button.driver == "gpiochip":
            place = _button_place(button)
        elif button.driver == "jetson" and button.pin is not None:
            place = _button_place(button._replace(line=None))
        else:
            return []
    except ConfigError:
        return []  # another rule tells
    return [("button.pin" if button.line is None else "button.line", place)]


def _button_place(button: ButtonConfig) -> Place:
    return button_place(button.board, button.chip, button.pin, button.line)


def _light_lines(light: LightConfig) -> List[Tuple[str, Place]]:
    numbers = {"light." + pin: getattr(light, pin) for pin in LIGHT_PINS}
    return _lines_of(light.board, light.chip, numbers)


def _lines_of(
    board: str, chip: Optional[str], numbers: Dict[str, Optional[int]]
) -> List[Tuple[str, Place]]:
    """Return which lines outputs take, by their keys, without those that cannot be."""
    lines = []
    for key, number in numbers.items():
        try:
            if number is not None:
                lines.append((key, light_place(board, key, chip, number)))
        except ConfigError:
            continue  # another rule tells
    return lines


def is_on_spi(display: DisplayConfig) -> bool:
    """Whether a display is driven that hangs on an SPI bus."""
    return display.bus == "spi" and display.driver not in ("none", "png")


def _display_has_its_line(config: Config) -> str:
    if is_on_spi(config.display) and config.display.dc_pin is None:
        return "is null; display.bus spi needs the pin that the display's D/C is wired to"
    return ""


def _display_pin_rule(pin: str) -> Rule:
    key = "display." + pin

    def problem(config: Config) -> str:
        display, number = config.display, getattr(config.display, pin)
        if not is_on_spi(display) or number is None:
            return ""
        place = "{}: ".format(key)
        return _told(lambda: light_place(display.board, key, display.gpio_chip, number), place)

    return Rule(
        (key, "display.bus", "display.driver", "display.board", "display.gpio_chip"), problem
    )


def _displays_board_is_the_others(config: Config) -> str:
    others = {
        "button.board": (config.button.driver in ("gpiochip", "jetson"), config.button.board),
        "light.board": (config.light.driver == "gpiochip", config.light.board),
    }
    told = "is {}; {} is {}; expected one board for both"
    for key, (is_used, board) in others.items():
        if is_on_spi(config.display) and is_used and board != config.display.board:
            return told.format(config.display.board, key, board)
    return ""


def _displays_lines_have_no_other_use(config: Config) -> str:
    others = _button_line(config.button)
    if config.light.driver == "gpiochip":
        others += _light_lines(config.light)
    for user, place in display_lines(config.display):
        for other, its_place in [*others, *display_lines(config.display)]:
            if place == its_place and user != other:
                return "the same line is used twice: {} and {}".format(user, other)
    return ""


def display_lines(display: DisplayConfig) -> List[Tuple[str, Place]]:
    """Return which lines a display on SPI takes, by their keys, without those that cannot be."""
    pins = DISPLAY_PINS if is_on_spi(display) else ()
    numbers = {"display." + pin: getattr(display, pin) for pin in pins}
    return _lines_of(display.board, display.gpio_chip, numbers)


def _told(place: Callable[[], Place], prefix: str) -> str:
    """Return what `place` raises, without the key's name in front."""
    try:
        place()
    except ConfigError as error:
        problem = error.problems[0]
        return problem[len(prefix) :] if problem.startswith(prefix) else problem
    return ""


LINE_RULES = (
    Rule(_BUTTON_KEYS, _button_is_one_line),
    *(_lamp_rule(pin) for pin in LIGHT_PINS),
    Rule(("light.driver",) + tuple("light." + pin for pin in LAMP_PINS), _light_has_a_lamp),
    Rule(("light.board", "light.driver", "button.board", "button.driver"), _one_board),
    Rule(_LIGHT_KEYS + _BUTTON_KEYS, _every_line_has_one_use),
    Rule(("display.dc_pin", "display.bus", "display.driver"), _display_has_its_line),
    *(_display_pin_rule(pin) for pin in DISPLAY_PINS),
    Rule(
        ("display.board", "display.bus", "display.driver", "button.board", "button.driver")
        + ("light.board", "light.driver"),
        _displays_board_is_the_others,
    ),
    Rule(
        ("display.dc_pin",) + _DISPLAY_KEYS + _LIGHT_KEYS + _BUTTON_KEYS,
        _displays_lines_have_no_other_use,
    ),
)
