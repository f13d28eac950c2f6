"""YAML files to the typed configuration: every problem at once, every value with its origin.

How this works: layers lie upon each other, key by key, and the one above wins: the defaults, the
site's file (`site.yaml` beside the box's own, where there is one), the box's own file, the command
line. An origin is "FILE:LINE", "command line", "default", or "button.line is given": of the pin
and the line of the button the one that a lower layer names gives way, and so it is with the region
and the position where the box stands; gpsd goes beside either.
"""

import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from plantd.config import Config, nodes
from plantd.config.file_text import text_of_file
from plantd.config.nodes import BrokenYaml, Entry
from plantd.config.rules import problems_between
from plantd.config.schema import SECTIONS
from plantd.config.schema.keys import KEYS
from plantd.config.strangers import WHOLE, bare, seen, unknown_key, unknown_section
from plantd.config.values import UNREPEATED, Scalar, Unfit, value_of
from plantd.errors import ConfigError
from plantd.messages import nearest
from plantd.tree_reader import TreeReader, given_twice, stranger

DEFAULT_PATH = "/etc/plantd/plantd.yaml"
SITE = "site.yaml"
# What no two boxes may share.
OF_ONE_BOX = ("box.name", "mqtt.name")
COMMAND_LINE = "command line"
DEFAULT = "default"
# Of these two the one above silences the one below.
_ONE_WORD = (
    ("button.line", "button.pin"),
    ("button.pin", "button.line"),
    ("place.region", "place.latitude"),
    ("place.region", "place.longitude"),
    ("place.latitude", "place.region"),
    ("place.longitude", "place.region"),
)
AFTER_THE_FILE = 1 << 30


class LoadedConfig(NamedTuple):
    """A good configuration.

    Attributes:
        config: what holds.
        origins: where each value comes from, by key: {"camera.fps": "/etc/plantd/plantd.yaml:7"}.
        path: the box's own file; empty where none was read.
        complaint: why this is not what the configured file says; empty where it is.
        site: the site's file below it; empty where there is none.
    """

    config: Config
    origins: Mapping[str, str]
    path: str = ""
    complaint: str = ""
    site: str = ""

    @property
    def files(self) -> str:
        """What was read, in words; empty where nothing was."""
        return "{} over {}".format(self.path, self.site) if self.site else self.path


class Changes(NamedTuple):
    """Keys whose values differ, by what it takes."""

    live: Tuple[str, ...]
    restart: Tuple[str, ...]


def default_path(environment: Optional[Mapping[str, str]] = None) -> str:
    """Return PLANTD_CONFIG of the environment, or else /etc/plantd/plantd.yaml."""
    return (environment or {}).get("PLANTD_CONFIG") or DEFAULT_PATH


def path_in_use(asked: Optional[str], environment: Mapping[str, str]) -> Optional[str]:
    """Return the box's own file: the one asked for, or the default one; None where none is.

    Only the one that is looked for by itself may be missing, and not where a site's file would lie
    below it: what that says is not to be passed over in silence.
    """
    path = asked or default_path(environment)
    return path if asked or os.path.exists(path) or site_of(path) else None


def site_of(path: str) -> str:
    """Return the site's file that lies beside the box's own; empty where there is none."""
    site = os.path.join(os.path.dirname(path), SITE)
    return site if os.path.lexists(site) and site != path else ""


def load(path: Optional[str], overrides: Sequence[str] = ()) -> LoadedConfig:
    """Return the configuration in a file, with overrides such as "camera.fps=15" on top.

    Args:
        path: the box's own file, over the site's beside it; None reads none, so that defaults and
            overrides are all there is.

    Raises ConfigError with every problem of both files.
    """
    reader = _ConfigReader()
    site = site_of(path) if path is not None else ""
    if site:
        reader.take_file(site, OF_ONE_BOX)
    if path is not None:
        reader.take_file(path)
    for override in overrides:
        reader.take_override(override)
    return reader.finish(path or "")._replace(site=site)


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
        self._order: List[Tuple[int, int]] = []
        self._files: List[str] = []
        self._unreadable = False
        self._not_here: Sequence[str] = ()

    def report(self, key: str, sentence: str) -> None:
        """See TreeReader; the problem bears the line that is being read."""
        self._note("{}: {}: {}".format(self._where, key, sentence))
        self._distrust(key)

    def take_file(self, path: str, not_here: Sequence[str] = ()) -> None:
        """Take a file above what was taken before.

        Args:
            not_here: keys that this file may not give.
        """
        self._files.append(path)
        self._not_here = not_here
        try:
            self.take_root(nodes.root_of(text_of_file(path)), path)
        except BrokenYaml as error:
            self._at(path, error.line)
            self._give_up("{}: {}".format(self._where, error))
        except ConfigError as error:
            self._where = path
            self._give_up(error.problems[0])

    def take_root(self, root: Any, path: str) -> None:
        """Take a whole document."""
        if root is None or nodes.is_null(root):
            return
        if not nodes.is_mapping(root):
            self._at(path, nodes.line_of(root))
            self.say("the file", bare(seen(root)), "sections: " + ", ".join(SECTIONS))
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
        for given, other in _ONE_WORD:
            self._make_way(given, other)
        config = _config_of(self.values)
        # A file that could not be read may say what a rule misses.
        for key, message in [] if self._unreadable else problems_between(config, self.bad):
            self._where = self.origins.get(key, path or DEFAULT)
            self.report(key, message)
        if self.problems:
            raise ConfigError([problem for _, problem in sorted(zip(self._order, self.problems))])
        origins = {key: self.origins.get(key, DEFAULT) for key in KEYS}
        return LoadedConfig(config, origins, path)

    def _make_way(self, given: str, other: str) -> None:
        """Let the one of two keys give way that a lower layer names, or none but the default."""
        told = self.values.get(given) not in (None, _nothing(given))
        if not told or self._layer(other) >= self._layer(given):
            return
        if KEYS[other].of(_config_of(self.values)) != _nothing(other):
            self.values[other] = _nothing(other)
            self.origins[other] = given + " is given"

    def _layer(self, key: str) -> int:
        """Return how high the layer lies that gives a key; -1 is the default's."""
        return self._place(self.origins[key])[0] if key in self.origins else -1

    def _place(self, where: str) -> Tuple[int, int]:
        """Return layer and line of an origin, or of a place that is being read."""
        file, _, line = where.rpartition(":")
        if file in self._files and line.isdigit():
            return self._files.index(file), int(line)
        if where in self._files:
            return self._files.index(where), 0
        return len(self._files), AFTER_THE_FILE

    def _note(self, problem: str) -> None:
        self._order.append(self._place(self._where))
        self.problems.append(problem)

    def _give_up(self, problem: str) -> None:
        self._unreadable = True
        self._note(problem)

    def _take_section(self, entry: Entry, path: str) -> None:
        self._at(path, entry.line)
        if entry.name not in SECTIONS:
            self.report(entry.name, unknown_section(entry.name))
        elif nodes.is_mapping(entry.value):
            for inner in self._once(entry.value, entry.name + ".", path):
                self._take_key(inner, entry.name, path)
        elif not nodes.is_null(entry.value):
            known = ", ".join(SECTIONS[entry.name].keys)
            told = "a text" if entry.name in UNREPEATED else seen(entry.value)
            self.say(entry.name, told, "keys below it: " + known)

    def _take_key(self, entry: Entry, section: str, path: str) -> None:
        self._at(path, entry.line)
        name = section + "." + entry.name
        if name in self._not_here:
            self.report(name, "is each box's own; expected in the box's own file, not the site's")
        elif name in KEYS:
            self._take_value(name, nodes.scalar_of(entry.value))
        else:
            self.report(_told(section, entry.name), unknown_key(section, entry.name))

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
                told = _told(prefix.rstrip("."), entry.name)
                self.report(told, given_twice(first[entry.name].line))
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


def _told(section: str, name: str) -> str:
    """Return what a key is called in a problem; without a section it is one itself."""
    told = bare(name) if section in UNREPEATED else name
    return section + "." + told if section else told


def _nothing(key: str) -> Any:
    """Return the value of a key that says nothing."""
    return None if KEYS[key].optional else KEYS[key].default


def _config_of(values: Mapping[str, Any]) -> Config:
    config = Config()
    for path, value in values.items():
        section, _, name = path.partition(".")
        changed = getattr(config, section)._replace(**{name: value})
        config = config._replace(**{section: changed})
    return config
