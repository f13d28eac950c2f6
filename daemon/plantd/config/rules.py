"""What holds between the keys of the configuration. Pure.

How this works: each rule names the keys it reads, the one to blame first, and returns what is
wrong or an empty string. A rule is asked only when every key it reads has a good value of its own.
"""

from typing import Callable, Dict, List, NamedTuple, Set, Tuple

from plantd.config import ButtonConfig, Config, LightConfig
from plantd.config.camera_controls import ROTATIONS, controls_refused
from plantd.config.camera_source import parse_source
from plantd.errors import ConfigError
from plantd.gpio.pins import Place, button_place, light_place
from plantd.place.regions import REGIONS_WITH_SEASONS

LIGHT_PINS = ("red_pin", "green_pin", "blue_pin", "buzzer_pin")
LAMP_PINS = LIGHT_PINS[:3]
# Bits of a display's pixel.
DEPTHS = (1, 8, 24)
_LIGHT_KEYS = ("light.driver", "light.board", "light.chip") + tuple(
    "light." + pin for pin in LIGHT_PINS
)
_BUTTON_KEYS = ("button.pin", "button.line", "button.driver", "button.board", "button.chip")


class Rule(NamedTuple):
    """One rule; `keys[0]` is the one a problem is reported at."""

    keys: Tuple[str, ...]
    problem: Callable[[Config], str]


def problems_between(config: Config, bad: Set[str]) -> List[Tuple[str, str]]:
    """Return (key, message) for every rule that is broken.

    Args:
        bad: keys that have a problem of their own; rules that read them are not asked.
    """
    asked = [rule for rule in RULES if not bad.intersection(rule.keys)]
    answers = [(rule.keys[0], rule.problem(config)) for rule in asked]
    return [(key, problem) for key, problem in answers if problem]


def _button_is_one_line(config: Config) -> str:
    button = config.button
    if button.driver == "gpiochip" and button.pin is not None and button.line is not None:
        return "is given beside button.line; expected one of them; set the other to null"
    if button.driver == "jetson" and button.pin is None:
        return "is null; driver jetson needs the BOARD number of the pin, such as 18"
    if button.driver == "gpiochip":
        return _told(lambda: _button_place(button), "button.pin: ")
    return ""


def _camera_can_be_turned(config: Config) -> str:
    if config.camera.rotation in ROTATIONS:
        return ""
    return "is {}; expected 0, 90, 180 or 270".format(config.camera.rotation)


def _camera_takes_its_controls(config: Config) -> str:
    try:
        source = parse_source(config.camera.source)
    except ConfigError:
        return ""  # its own check tells
    refused = controls_refused(config.camera, source.kind)
    if not refused:
        return ""
    return "is {}, which cannot follow {}; leave {} out".format(
        config.camera.source,
        " and ".join("camera." + key for key in refused),
        "it" if len(refused) == 1 else "them",
    )


def _evdev_has_its_device(config: Config) -> str:
    if config.button.driver == "evdev" and not config.button.device:
        return "is empty; driver evdev needs the input device; 'ls /dev/input/by-id' lists them"
    return ""


def _long_press_has_its_time(config: Config) -> str:
    if config.button.long_press_action != "none" and not config.button.long_press_s:
        return "needs button.long_press_s, which is 0: no press is ever long; set it to 3, say"
    return ""


def _long_press_outlasts_debouncing(config: Config) -> str:
    long_s, stable_s = config.button.long_press_s, config.button.debounce_ms / 1000.0
    if 0 < long_s <= stable_s:
        return "is {} s; expected more than button.debounce_ms, {} s".format(long_s, stable_s)
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
    lines = []
    for pin in LIGHT_PINS:
        number = getattr(light, pin)
        try:
            if number is not None:
                place = light_place(light.board, "light." + pin, light.chip, number)
                lines.append(("light." + pin, place))
        except ConfigError:
            continue  # another rule tells
    return lines


def _request_outlasts_press(config: Config) -> str:
    request_s, press_s = config.api.request_timeout_s, config.camera.press_timeout_s
    if request_s <= press_s:
        return "is {} s; expected more than camera.press_timeout_s, {} s".format(request_s, press_s)
    return ""


def _commit_outlasted_by_request(config: Config) -> str:
    commit_s = config.record.commit_timeout_ms / 1000.0
    if commit_s >= config.api.request_timeout_s:
        return "is {} s; expected less than api.request_timeout_s, {} s".format(
            commit_s, config.api.request_timeout_s
        )
    return ""


def _places_differ(config: Config) -> str:
    if len(set(config.paths)) < len(config.paths):
        return "state, log, run and cache must be four directories; two of them are the same"
    return ""


def _display_can_be_turned(config: Config) -> str:
    if config.display.rotation in ROTATIONS:
        return ""
    return "is {}; expected 0, 90, 180 or 270".format(config.display.rotation)


def _display_has_a_depth(config: Config) -> str:
    if config.display.depth in DEPTHS:
        return ""
    return "is {}; expected 1, 8 or 24".format(config.display.depth)


def _tls_files_have_their_tls(config: Config) -> str:
    mqtt = config.mqtt
    given = [key for key in ("ca_file", "cert_file", "key_file") if getattr(mqtt, key)]
    if given and not mqtt.tls:
        return "is false; mqtt.{} needs it true".format(" and mqtt.".join(given))
    return ""


def _key_has_its_certificate(config: Config) -> str:
    if config.mqtt.key_file and not config.mqtt.cert_file:
        return "is given; expected mqtt.cert_file beside it, the certificate of that key"
    return ""


def _password_has_its_user(config: Config) -> str:
    if config.mqtt.password_file and not config.mqtt.username:
        return "is given; expected mqtt.username beside it: a password alone is not sent"
    return ""


def _position_is_whole(config: Config) -> str:
    if config.place.latitude is not None and config.place.longitude is None:
        return "is given; expected place.longitude beside it"
    return ""


def _longitude_has_its_latitude(config: Config) -> str:
    if config.place.longitude is not None and config.place.latitude is None:
        return "is given; expected place.latitude beside it"
    return ""


def _one_word_on_the_place(config: Config) -> str:
    if config.place.region != "none" and config.place.latitude is not None:
        return "is given beside place.latitude, which says more; remove one of them"
    return ""


def _season_has_its_place(config: Config) -> str:
    """A month says nothing where nobody knows whose summer it is."""
    place = config.place
    if not place.season or place.gpsd or place.latitude is not None:
        return ""
    if place.region == "none":
        return "is true; expected a place beside it: place.latitude and longitude, region or gpsd"
    if place.region not in REGIONS_WITH_SEASONS:
        told = "is true; {} is crossed by the tropics: expected place.latitude and longitude"
        return told.format(place.region)
    return ""


def _told(place: Callable[[], Place], prefix: str) -> str:
    """Return what `place` raises, without the key's name in front."""
    try:
        place()
    except ConfigError as error:
        problem = error.problems[0]
        return problem[len(prefix) :] if problem.startswith(prefix) else problem
    return ""


RULES = (
    Rule(("camera.rotation",), _camera_can_be_turned),
    Rule(
        ("camera.source", "camera.exposure_us", "camera.focus", "camera.white_balance"),
        _camera_takes_its_controls,
    ),
    Rule(_BUTTON_KEYS, _button_is_one_line),
    Rule(("button.device", "button.driver"), _evdev_has_its_device),
    Rule(("button.long_press_action", "button.long_press_s"), _long_press_has_its_time),
    Rule(("button.long_press_s", "button.debounce_ms"), _long_press_outlasts_debouncing),
    *(_lamp_rule(pin) for pin in LIGHT_PINS),
    Rule(("light.driver",) + tuple("light." + pin for pin in LAMP_PINS), _light_has_a_lamp),
    Rule(("light.board", "light.driver", "button.board", "button.driver"), _one_board),
    Rule(_LIGHT_KEYS + _BUTTON_KEYS, _every_line_has_one_use),
    Rule(("api.request_timeout_s", "camera.press_timeout_s"), _request_outlasts_press),
    Rule(("record.commit_timeout_ms", "api.request_timeout_s"), _commit_outlasted_by_request),
    Rule(("display.rotation",), _display_can_be_turned),
    Rule(("display.depth",), _display_has_a_depth),
    Rule(
        ("mqtt.tls", "mqtt.ca_file", "mqtt.cert_file", "mqtt.key_file"),
        _tls_files_have_their_tls,
    ),
    Rule(("mqtt.key_file", "mqtt.cert_file"), _key_has_its_certificate),
    Rule(("mqtt.password_file", "mqtt.username"), _password_has_its_user),
    Rule(("place.latitude", "place.longitude"), _position_is_whole),
    Rule(("place.longitude", "place.latitude"), _longitude_has_its_latitude),
    Rule(("place.region", "place.latitude"), _one_word_on_the_place),
    Rule(
        ("place.season", "place.region", "place.latitude", "place.gpsd"),
        _season_has_its_place,
    ),
    Rule(("paths.state", "paths.log", "paths.run", "paths.cache"), _places_differ),
)
