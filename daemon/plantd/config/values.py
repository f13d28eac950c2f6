"""One value of the configuration: from the file's text to its type, checked. Pure."""

import re
from typing import Any, Callable, Dict, NamedTuple, Pattern

from plantd.config.forms.broker import check_host, check_topic
from plantd.config.forms.camera_source import parse_source
from plantd.config.forms.hook import check_url, words_of
from plantd.config.forms.http_address import address_from_text
from plantd.config.schema.keys import FORMS, Key
from plantd.errors import ConfigError
from plantd.messages import did_you_mean
from plantd.place.gpsd_address import gpsd_address_from_text
from plantd.tree_reader import unfit

# A Unix socket's path and its closing NUL. Source: sun_path of sockaddr_un, unix(7).
SOCKET_PATH_BYTES = 107
LONGEST_SOCKET_NAME = "/plantd.sock"  # also button.sock; light.sock is shorter
SCHEMES = ("csi", "v4l2", "file", "test", "gst", "fake")

# YAML 1.1 reads 010 as 8 and 1:30 as 90, and 1e3 as text. Here a number is what it looks like.
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\Z")
_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z")
# Sections of which no value is quoted: what is said here goes on into journal, status and broker.
UNREPEATED = ("place",)
NOT_REPEATED = "what is not repeated here, since it may say where somebody is"
_UNQUOTED = ("bool", "int", "float", "timestamp")
_BOX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
# Wider than a box's name: what it was called to a broker before it had one stays good.
_CLIENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\Z")
_GROUP = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")


class Scalar(NamedTuple):
    """A value as the file gives it.

    Attributes:
        text: the characters, quotes and escapes resolved.
        kind: what YAML takes it for: str, int, float, bool, null, or another tag.
        plain: written without quotes.
    """

    text: str
    kind: str
    plain: bool = True


class Unfit(Exception):
    """A value that cannot be taken; the message is the rest of a problem's line."""


def value_of(key: Key, scalar: Scalar) -> Any:
    """Return the value for a key; raise Unfit with one sentence."""
    if scalar.kind == "null":
        if key.optional:
            return None
        hint = "remove the line for the default, {}".format(_shown(key.default))
        raise Unfit("has no value; expected {}; {}".format(key.expected, hint))
    kinds: Dict[type, Callable[[Key, Scalar], Any]] = {bool: _truth, str: _text}
    try:
        return kinds.get(key.kind, _number)(key, scalar)
    except Unfit as error:
        if key.section not in UNREPEATED:
            raise
        quoted = not scalar.plain and key.kind is not str
        hint = "; remove the quotes" if quoted else did_you_mean(scalar.text, key.doc.choices)
        raise Unfit(unfit(NOT_REPEATED, key.expected, hint)) from error


def _truth(key: Key, scalar: Scalar) -> bool:
    if scalar.kind != "bool":
        raise _unfit(key, scalar)
    return scalar.text.lower() in ("true", "yes", "on")


def _number(key: Key, scalar: Scalar) -> Any:
    pattern = _WHOLE if key.kind is int else _NUMBER
    if not (scalar.plain and pattern.match(scalar.text)):
        raise _unfit(key, scalar)
    value = key.kind(scalar.text)
    if not key.doc.low <= value <= key.doc.high:
        raise _unfit(key, scalar)
    return value


def _text(key: Key, scalar: Scalar) -> str:
    if scalar.kind != "str":
        raise _unfit(key, scalar)
    if not scalar.text.isprintable():
        raise Unfit("holds a line break or another character that cannot be printed")
    if key.doc.choices and scalar.text not in key.doc.choices:
        raise _unfit(key, scalar)
    if key.doc.form:
        CHECKS[key.doc.form](scalar.text)
    return scalar.text


def _unfit(key: Key, scalar: Scalar) -> Unfit:
    hint = did_you_mean(scalar.text, key.doc.choices)
    if not scalar.plain and key.kind is not str:
        hint = "; remove the quotes"
    elif scalar.kind in _UNQUOTED and key.kind is str and not key.doc.choices:
        hint = "; write '{}' in quotes if that is meant".format(scalar.text)
    return Unfit(unfit(_seen(scalar), key.expected, hint))


def _seen(scalar: Scalar) -> str:
    shown = _shown(scalar.text)
    if scalar.kind == "str":
        return shown if scalar.plain else "the text " + shown
    if scalar.kind == "bool":
        return scalar.text + ", which YAML reads as true or false"
    return scalar.text


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:50] + "...'"


def _path(text: str) -> None:
    if not text.startswith("/"):
        hint = "; ~ and variables are not expanded" if text[:1] in ("~", "$") else ""
        raise Unfit(unfit(_shown(text), FORMS["path"], hint))


def _path_or_empty(text: str) -> None:
    if text:
        _path(text)


def _socket_or_empty(text: str) -> None:
    _path_or_empty(text)
    size = len(text.encode("utf-8"))
    if size > SOCKET_PATH_BYTES:
        allowed = "a socket's path may have {}".format(SOCKET_PATH_BYTES)
        raise Unfit("has {} bytes; {}; choose a shorter one".format(size, allowed))


def _run_path(text: str) -> None:
    _path(text)
    size = len((text + LONGEST_SOCKET_NAME).encode("utf-8"))
    if size > SOCKET_PATH_BYTES:
        most = SOCKET_PATH_BYTES - len(LONGEST_SOCKET_NAME)
        raise Unfit(
            "has {} bytes; expected at most {}, for the sockets in it; choose a shorter one".format(
                size - len(LONGEST_SOCKET_NAME), most
            )
        )


def _parsed_or_empty(parse: Callable[[str], Any], expected: str) -> Callable[[str], None]:
    """Return the check of a text that is empty or that `parse` takes; it raises ValueError."""

    def check(text: str) -> None:
        try:
            if text:
                parse(text)
        except ValueError as error:
            told = "is {}: {}; expected {}".format(_shown(text), error, expected)
            raise Unfit(told) from error

    return check


def _topic(text: str) -> None:
    if not text:
        raise Unfit("is empty; expected a topic, such as plantd")
    CHECKS["topic_or_empty"](text)


def _name(text: str) -> None:
    if not text:
        raise Unfit("is empty; expected a chip's label, as 'gpiodetect' lists them")


def _group(text: str) -> None:
    if not _GROUP.match(text):
        raise Unfit(unfit(_shown(text), "a group's name, such as plantd"))


def _named_or_empty(pattern: Pattern[str], form: str) -> Callable[[str], None]:
    """Return the check of a text that is empty or a name of that pattern."""

    def check(text: str) -> None:
        if text and not pattern.match(text):
            raise Unfit(unfit(_shown(text), FORMS[form]))

    return check


def _source(text: str) -> None:
    scheme, colon, _ = text.partition(":")
    if text.startswith("/dev/"):
        raise Unfit("is {}; did you mean 'v4l2://{}'?".format(_shown(text), text))
    if text.startswith("/"):
        raise Unfit("is {}; did you mean 'file://{}'?".format(_shown(text), text))
    if not colon or scheme not in SCHEMES:
        expected = ", ".join(SCHEMES[:-2]) + "://... or gst:..."
        hint = did_you_mean(scheme, SCHEMES)
        raise Unfit(unfit(_shown(text), expected, hint))
    try:
        parse_source(text)
    except ConfigError as error:
        raise Unfit(error.problems[0]) from error


CHECKS: Dict[str, Callable[[str], None]] = {
    "source": _source,
    "path": _path,
    "path_or_empty": _path_or_empty,
    "run_path": _run_path,
    "socket_or_empty": _socket_or_empty,
    "address_or_empty": _parsed_or_empty(
        address_from_text, "an IP address of this box and a port, such as 10.42.0.1:8080"
    ),
    "command_or_empty": _parsed_or_empty(words_of, "such as '/usr/local/bin/tell \"the shed\"'"),
    "url_or_empty": _parsed_or_empty(
        check_url, "such as http://192.168.1.5:8123/api/webhook/plantd"
    ),
    "host_or_empty": _parsed_or_empty(
        check_host, "a name or an address alone, such as 192.168.1.5"
    ),
    "endpoint_or_empty": _parsed_or_empty(
        gpsd_address_from_text, "a host and a port, such as localhost:2947"
    ),
    "topic": _topic,
    "topic_or_empty": _parsed_or_empty(check_topic, "a topic, such as garden/plantd"),
    "name": _name,
    "group": _group,
    "client_or_empty": _named_or_empty(_CLIENT, "client_or_empty"),
    "box_or_empty": _named_or_empty(_BOX, "box_or_empty"),
}
assert set(CHECKS) == set(FORMS), "every form has its check"
