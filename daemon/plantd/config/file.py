"""A YAML file to the typed configuration: every problem at once, every value with its origin.

An origin is "FILE:LINE", "command line", "default", or "button.line is given": the default of
`button.pin` gives way where the file names a line instead.
"""

import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from plantd.config import Config, nodes
from plantd.config.keys import KEYS
from plantd.config.nodes import BrokenYaml, Entry
from plantd.config.rules import problems_between
from plantd.config.schema import SECTIONS
from plantd.config.values import Scalar, Unfit, value_of
from plantd.errors import ConfigError
from plantd.messages import nearest
from plantd.tree_reader import TreeReader, given_twice, stranger

DEFAULT_PATH = "/etc/plantd/plantd.yaml"
SIZE_MAX_BYTES = 1 << 20
COMMAND_LINE = "command line"
DEFAULT = "default"
AFTER_THE_FILE = 1 << 30
WHOLE = "the configuration"


class LoadedConfig(NamedTuple):
    """A good configuration.

    Attributes:
        config: what holds.
        origins: where each value comes from, by key: {"camera.fps": "/etc/plantd/plantd.yaml:7"}.
        path: the file; empty where none was read.
        complaint: why this is not what the configured file says; empty where it is.
    """

    config: Config
    origins: Mapping[str, str]
    path: str = ""
    complaint: str = ""


class Changes(NamedTuple):
    """Keys whose values differ, by what it takes."""

    live: Tuple[str, ...]
    restart: Tuple[str, ...]


def default_path(environment: Optional[Mapping[str, str]] = None) -> str:
    """Return PLANTD_CONFIG of the environment, or else /etc/plantd/plantd.yaml."""
    return (environment or {}).get("PLANTD_CONFIG") or DEFAULT_PATH


def load(path: Optional[str], overrides: Sequence[str] = ()) -> LoadedConfig:
    """Return the configuration in a file, with overrides such as "camera.fps=15" on top.

    Args:
        path: the file; None reads none, so that defaults and overrides are all there is.

    Raises ConfigError with every problem.
    """
    reader = _ConfigReader()
    if path is not None:
        try:
            reader.take_root(nodes.root_of(_text_of(path)), path)
        except BrokenYaml as error:
            raise ConfigError(["{}:{}: {}".format(path, error.line, error)]) from error
    for override in overrides:
        reader.take_override(override)
    return reader.finish(path or "")


def changes(old: Config, new: Config) -> Changes:
    """Return which keys differ: those that SIGHUP takes, and those that need a restart."""
    differ = [key for key in KEYS.values() if key.of(old) != key.of(new)]
    return Changes(
        live=tuple(key.path for key in differ if key.doc.live),
        restart=tuple(key.path for key in differ if not key.doc.live),
    )


class _ConfigReader(TreeReader):
    """Reads nodes instead of values, since these know their lines: values, origins, problems."""

    def __init__(self) -> None:
        super().__init__(WHOLE)
        self.values: Dict[str, Any] = {}
        self.origins: Dict[str, str] = {}
        self.bad: Set[str] = set()
        self._where = ""
        self._order: List[int] = []

    def report(self, key: str, sentence: str) -> None:
        """See TreeReader; the problem bears the line that is being read."""
        line = self._where.rpartition(":")[2]
        self._order.append(int(line) if line.isdigit() else AFTER_THE_FILE)
        self.problems.append("{}: {}: {}".format(self._where, key, sentence))
        self._distrust(key)

    def take_root(self, root: Any, path: str) -> None:
        """Take a whole document."""
        if root is None or nodes.is_null(root):
            return
        if not nodes.is_mapping(root):
            self._at(path, nodes.line_of(root))
            self.say("the file", _seen(root), "sections: " + ", ".join(SECTIONS))
            return
        for entry in self._once(root, "", path):
            self._take_section(entry, path)

    def take_override(self, override: str) -> None:
        """Take one "section.key=value" of the command line."""
        self._where = COMMAND_LINE
        name, equals, text = override.partition("=")
        key = KEYS.get(name.strip())
        if not equals:
            self.report(name, "has no value; expected SECTION.KEY=VALUE")
        elif key is None:
            hint = "" if nearest(name, KEYS) else "; expected SECTION.KEY=VALUE"
            self.report(name, stranger(name, WHOLE, KEYS) + hint)
        else:
            self._take_value(key.path, nodes.scalar_of_text(text, key.kind is str))

    def finish(self, path: str) -> LoadedConfig:
        """Return what was read; raise ConfigError when anything was wrong."""
        if self.values.get("button.line") is not None and "button.pin" not in self.values:
            self.values["button.pin"] = None
            self.origins["button.pin"] = "button.line is given"
        config = _config_of(self.values)
        for key, message in problems_between(config, self.bad):
            self._where = self.origins.get(key, path or DEFAULT)
            self.report(key, message)
        if self.problems:
            raise ConfigError([problem for _, problem in sorted(zip(self._order, self.problems))])
        origins = {key: self.origins.get(key, DEFAULT) for key in KEYS}
        return LoadedConfig(config, origins, path)

    def _take_section(self, entry: Entry, path: str) -> None:
        self._at(path, entry.line)
        if entry.name not in SECTIONS:
            self.report(entry.name, _unknown_section(entry.name))
        elif nodes.is_mapping(entry.value):
            for inner in self._once(entry.value, entry.name + ".", path):
                self._take_key(inner, entry.name, path)
        elif not nodes.is_null(entry.value):
            known = ", ".join(SECTIONS[entry.name].keys)
            self.say(entry.name, _seen(entry.value), "keys below it: " + known)

    def _take_key(self, entry: Entry, section: str, path: str) -> None:
        self._at(path, entry.line)
        name = section + "." + entry.name
        if name in KEYS:
            self._take_value(name, nodes.scalar_of(entry.value))
        else:
            self.report(name, _unknown_key(section, entry.name))

    def _take_value(self, name: str, scalar: Scalar) -> None:
        try:
            self.values[name] = value_of(KEYS[name], scalar)
            self.origins[name] = self._where
        except Unfit as error:
            self.report(name, str(error))

    def _once(self, mapping: Any, prefix: str, path: str) -> List[Entry]:
        """Return the entries of a mapping, reporting those that come a second time."""
        first: Dict[str, Entry] = {}
        for entry in nodes.entries_of(mapping):
            if entry.name in first:
                self._at(path, entry.line)
                self.report(prefix + entry.name, given_twice(first[entry.name].line))
            else:
                first[entry.name] = entry
        return list(first.values())

    def _at(self, path: str, line: int) -> None:
        self._where = "{}:{}".format(path, line)

    def _distrust(self, name: str) -> None:
        """Ask no rule about what was, or probably was, meant by `name`."""
        section, _, key = name.partition(".")
        meant = nearest(section, SECTIONS) or section
        known = SECTIONS[meant].keys if meant in SECTIONS else {}
        for inner in known if not key else (key, nearest(key, known) or key):
            self.bad.add(meant + "." + inner)


def _unknown_section(name: str) -> str:
    owners = [key.section for key in KEYS.values() if key.name == name]
    if owners:
        return "is a key of the section {}; put it below it".format(" or ".join(owners))
    if name in KEYS:
        section, _, key = name.partition(".")
        return "write '{}:' and below it, indented, '{}: ...'".format(section, key)
    return stranger(name, WHOLE, SECTIONS)


def _unknown_key(section: str, name: str) -> str:
    known = SECTIONS[section].keys
    owners = [key.section for key in KEYS.values() if key.name == name]
    if owners and nearest(name, known) is None:
        return stranger(name, section, ()) + "; it belongs to " + " or ".join(owners)
    return stranger(name, section, known)


def _seen(node: Any) -> str:
    return nodes.scalar_of(node).text[:40]


def _config_of(values: Mapping[str, Any]) -> Config:
    config = Config()
    for path, value in values.items():
        section, _, name = path.partition(".")
        changed = getattr(config, section)._replace(**{name: value})
        config = config._replace(**{section: changed})
    return config


def _text_of(path: str) -> str:
    """Return the file's text; raise ConfigError when it is none."""
    try:
        with open(path, "rb") as source:
            size = os.fstat(source.fileno()).st_size
            data = source.read(SIZE_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(["{}: {}".format(path, _unreadable(error))]) from error
    if len(data) > SIZE_MAX_BYTES:
        size = max(size, len(data))
        message = "has {} bytes; a configuration has at most {}".format(size, SIZE_MAX_BYTES)
        raise ConfigError(["{}: {}".format(path, message)])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError(["{}:1: is UTF-16; save it as UTF-8".format(path)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = "the byte 0x{:02x} is not UTF-8; save the file as UTF-8".format(data[error.start])
        raise ConfigError(["{}:{}: {}".format(path, line, byte)]) from error


def _unreadable(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file; 'plantd show-config --documented' prints one to start from"
    if isinstance(error, IsADirectoryError):
        return "is a directory; expected a YAML file"
    if isinstance(error, PermissionError):
        return "may not be read by this user; it should belong to root:plantd with mode 0640"
    return "cannot be read: {}".format(error.strerror)
