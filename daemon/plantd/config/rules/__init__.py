"""What holds between the keys of the configuration. Pure.

How this works: each rule names the keys it reads, the one to blame first, and returns what is
wrong or an empty string. A rule is asked only when every key it reads has a good value of its own.
"""

from typing import List, Set, Tuple

from plantd.config import Config
from plantd.config.camera_controls import ROTATIONS, controls_refused
from plantd.config.displays import OLD_CHIPS, PANELS, PAPER_HEIGHT_MIN_PX, PNG, RED, RED_HT
from plantd.config.forms.camera_source import parse_source
from plantd.config.rules.lines import LINE_RULES, Rule
from plantd.errors import ConfigError
from plantd.place.regions import REGIONS_WITH_SEASONS

# Bits of a display's pixel.
DEPTHS = (1, 8, 24)


def problems_between(config: Config, bad: Set[str]) -> List[Tuple[str, str]]:
    """Return (key, message) for every rule that is broken.

    Args:
        bad: keys that have a problem of their own; rules that read them are not asked.
    """
    asked = [rule for rule in RULES if not bad.intersection(rule.keys)]
    answers = [(rule.keys[0], rule.problem(config)) for rule in asked]
    return [(key, problem) for key, problem in answers if problem]


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


def _drawn_paper_is_high_enough(config: Config) -> str:
    display = config.display
    is_drawn = display.driver == PNG and display.paper
    if not is_drawn or display.height_px >= PAPER_HEIGHT_MIN_PX:
        return ""
    told = "is {}; an answer and of when it is need {} pixels or more on paper"
    return told.format(display.height_px, PAPER_HEIGHT_MIN_PX)


def _display_has_its_ink(config: Config) -> str:
    panel = PANELS.get(config.display.driver)
    if panel is None or config.display.colour != RED_HT or panel.module == OLD_CHIPS:
        return ""
    old = ", ".join(name for name, each in PANELS.items() if each.module == OLD_CHIPS)
    return "is {}; {} has it not, only {}; expected {}".format(
        RED_HT, config.display.driver, old, RED
    )


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


RULES = (
    Rule(("camera.rotation",), _camera_can_be_turned),
    Rule(
        ("camera.source", "camera.exposure_us", "camera.focus", "camera.white_balance"),
        _camera_takes_its_controls,
    ),
    Rule(("button.device", "button.driver"), _evdev_has_its_device),
    Rule(("button.long_press_action", "button.long_press_s"), _long_press_has_its_time),
    Rule(("button.long_press_s", "button.debounce_ms"), _long_press_outlasts_debouncing),
    *LINE_RULES,
    Rule(("api.request_timeout_s", "camera.press_timeout_s"), _request_outlasts_press),
    Rule(("record.commit_timeout_ms", "api.request_timeout_s"), _commit_outlasted_by_request),
    Rule(("display.rotation",), _display_can_be_turned),
    Rule(("display.depth",), _display_has_a_depth),
    Rule(("display.colour", "display.driver"), _display_has_its_ink),
    Rule(("display.height_px", "display.paper", "display.driver"), _drawn_paper_is_high_enough),
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
