"""Every key of the configuration with its type, its default and its line of the table."""

from typing import Any, Dict, NamedTuple

from plantd.config import Config
from plantd.config.schema import SECTIONS
from plantd.config.schema.terms import Doc
from plantd.tree_reader import KINDS, number_words

FORMS = {
    "source": "a camera source",
    "path": "an absolute path",
    "run_path": "an absolute path, short enough for sockets",
    "path_or_empty": "an absolute path, or empty",
    "socket_or_empty": "an absolute path, or empty",
    "address_or_empty": "an IP address and a port, or empty",
    "command_or_empty": "a command's absolute path and its words, or empty",
    "url_or_empty": "an http or https URL, or empty",
    "host_or_empty": "a host's name or address, or empty",
    "topic": "a topic, without + and #",
    "topic_or_empty": "a topic, without + and #, or empty",
    "name": "a label",
    "endpoint_or_empty": "a host and a port, or empty",
    "group": "a group's name",
    "client_or_empty": "letters, digits, . _ and -, at most 64, or empty",
    "box_or_empty": "letters, digits, . _ and -, at most 63, or empty",
}
"""What a text can have to look like, in words."""

_UNITS = {
    "px": "pixels",
    "s": "seconds",
    "ms": "milliseconds",
    "mb": "megabytes",
    "days": "days",
    "fps": "frames a second",
    "c": "degrees Celsius",
}


class Key(NamedTuple):
    """One key with everything that is known about it.

    Attributes:
        section, name: where it stands in the file.
        kind: bool, int, float or str.
        optional: null is a value too.
        default: what holds when the file says nothing.
        doc: its line of the table.
    """

    section: str
    name: str
    kind: type
    optional: bool
    default: Any
    doc: Doc

    @property
    def path(self) -> str:
        """The key as messages call it: "camera.fps"."""
        return self.section + "." + self.name

    @property
    def unit(self) -> str:
        """The unit that the name ends in, in words; empty where it has none."""
        return _UNITS.get(self.name.rpartition("_")[2], "")

    def of(self, config: Config) -> Any:
        """Return the key's value in a configuration."""
        return getattr(getattr(config, self.section), self.name)

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.doc.choices:
            return "one of " + ", ".join(self.doc.choices)
        return self._kind_in_words + (", or null" if self.optional else "")

    @property
    def _kind_in_words(self) -> str:
        if self.kind is bool:
            return KINDS[bool]
        if self.kind is str:
            return FORMS.get(self.doc.form, "text")
        return number_words(self.kind, self.doc.low, self.doc.high, self.unit)


def _keys() -> Dict[str, Key]:
    keys = {}
    for section, defaults in zip(Config._fields, Config()):
        table = dict(SECTIONS[section].keys)
        for name, hint in type(defaults).__annotations__.items():
            kinds = getattr(hint, "__args__", None) or (hint,)
            optional = type(None) in kinds
            default = getattr(defaults, name)
            key = Key(section, name, kinds[0], optional, default, table.pop(name))
            keys[key.path] = key
        assert not table, "config.{} lacks {}".format(section, ", ".join(table))
    return keys


KEYS = _keys()
"""Every key by its path, in the order of the file."""
