"""Reads a tree that YAML gave against what is expected, and collects every problem of it.

One form of sentence for whatever people write in YAML: "KEY is SEEN; expected EXPECTED". Bundles,
recipes, comparisons and metadata are read with it as they are; the configuration, which knows the
line of each key, says the same behind FILE:LINE.
"""

import math
import os
from typing import IO, Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple, Union

import yaml

from plantd.errors import BundleError
from plantd.messages import did_you_mean

Tree = Dict[str, Any]
YAML_MAX_BYTES = 4 << 20
_WORD_MAX = 1000
_NODES_MAX = 200000
_LISTED_MAX = 20
KINDS = {float: "a number", int: "a whole number", bool: "true or false"}


class BoundedLoader(yaml.SafeLoader):
    """YAML that does not grow when it is read, and says each thing once.

    A few hundred bytes of aliases of aliases are gigabytes once they are written out, and a number
    of a million digits takes minutes. Of two equal keys PyYAML takes the last. All of these raise
    yaml.YAMLError.
    """

    def get_single_node(self) -> Any:
        """Return the document's node, unless it is more than it seems."""
        node = super().get_single_node()
        if _weight(node, {}) > _NODES_MAX:
            raise yaml.YAMLError("its aliases stand for more than {} values".format(_NODES_MAX))
        repeated = sorted(set(_repeated(node)))
        if repeated:
            raise yaml.YAMLError("; ".join("line {}: {}".format(*each) for each in repeated))
        return node

    def compose_scalar_node(self, anchor: Any) -> Any:
        """Refuse a word without quotes that is longer than any word."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs
        if not event.style and len(event.value) > _WORD_MAX:
            raise yaml.composer.ComposerError(
                None, None, "a word of {} characters".format(len(event.value)), event.start_mark
            )
        return super().compose_scalar_node(anchor)


def _weight(node: Any, known: Dict[int, int]) -> int:
    """Return how many values a node stands for with all aliases written out."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = _NODES_MAX  # a node inside itself has no end
        pairs = isinstance(node, yaml.MappingNode)
        inside = [part for pair in node.value for part in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_weight(part, known) for part in inside)
    return known[id(node)]


def _repeated(node: Any) -> Iterator[Tuple[int, str]]:
    """Yield the line of each key that stands twice in one section, and a sentence about it."""
    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _repeated(part)
    if isinstance(node, yaml.MappingNode):
        first: Dict[Tuple[str, str], int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = (key.tag, str(key.value))
            if name in first:
                yield line, "{} {}".format(key.value, given_twice(first[name]))
            first.setdefault(name, line)
            yield from _repeated(value)


def unfit(seen: str, expected: str, hint: str = "") -> str:
    """Return what is said of a value that cannot be: "is 3; expected text"."""
    return "is {}; expected {}{}".format(seen, expected, hint)


def number_words(kind: Any, low: Any, high: Any, unit: str = "") -> str:
    """Return which numbers are expected: "a whole number of seconds from 1 to 60"."""
    of = " of " + unit if unit else ""
    return "{}{} from {:.12g} to {:.12g}".format(KINDS[kind], of, low, high)


def stranger(name: str, section: str, names: Iterable[str]) -> str:
    """Return what is said of a key that `section`, as sentences call it, does not have."""
    names = list(names)
    hint = did_you_mean(name, names)
    if not hint and 0 < len(names) <= _LISTED_MAX:
        hint = "; expected one of " + ", ".join(names)
    return "is not a key of {}{}".format(section, hint)


def given_twice(first_line: int) -> str:
    """Return what is said of a key that came before in its section."""
    return "is given twice, before on line {}".format(first_line)


def tree_from_yaml(source: IO[bytes]) -> Any:
    """Return the tree of one YAML document, whoever wrote it. Raises yaml.YAMLError alone."""
    data = source.read(YAML_MAX_BYTES + 1)
    if len(data) > YAML_MAX_BYTES:
        raise yaml.YAMLError("it has more than {} MiB".format(YAML_MAX_BYTES >> 20))
    try:
        return yaml.load(data, Loader=BoundedLoader)
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deeply") from error
    except (ValueError, OverflowError) as error:  # a date or a number that PyYAML cannot make
        raise yaml.YAMLError(str(error)) from error


def tree_from_yaml_file(path: Union[str, "os.PathLike[str]"]) -> Any:
    """Return the tree of a YAML file. Raises OSError and yaml.YAMLError."""
    with open(path, "rb") as source:
        return tree_from_yaml(source)


class TreeReader:
    """Collects problems, so that one run names all of them."""

    def __init__(self, kind: str = "a bundle") -> None:
        """Begin without problems; `kind` is what the tree describes, as sentences call it."""
        self.problems: List[str] = []
        self._kind = kind

    def report(self, key: str, sentence: str) -> None:
        """Add a problem: a sentence whose subject is `key`. Every problem passes here."""
        self.problems.append("{} {}".format(key, sentence))

    def say(self, key: str, seen: Any, expected: str) -> None:
        """Add a problem: what was seen at `key`, and what was expected."""
        self.report(key, unfit(repr(seen), expected))

    def section(self, tree: Any, key: str) -> Tree:
        """Return a section; an empty one, and a problem, for anything else."""
        if isinstance(tree, dict):
            return tree
        self.say(key, tree, "a section of keys")
        return {}

    def known(self, tree: Mapping[str, Any], names: Iterable[str], where: str = "") -> None:
        """Refuse every key of a section that is none of the names."""
        names = list(names)
        for key in (key for key in tree if key not in names):
            self.report("{}{}".format(where, key), stranger(str(key), self._kind, names))

    def value(self, tree: Tree, key: str, kind: Any, where: str = "") -> Any:
        """Return a value of that kind; None, and a problem, for another one or no finite number."""
        seen: Any = tree.get(key)
        if kind is float and isinstance(seen, int) and not isinstance(seen, bool):
            seen = float_of(seen)
        right = isinstance(seen, kind) and not (kind is not bool and isinstance(seen, bool))
        if right and not (kind is float and not math.isfinite(seen)):
            return seen
        expected = "a finite number" if right else KINDS.get(kind, "text")
        self.say(where + key, seen, expected)
        return None

    def number(
        self, tree: Tree, key: str, low: float, high: float, where: str = "", kind: Any = float
    ) -> Any:
        """Return a number from `low` to `high`; `low`, and a problem, for anything else."""
        seen = self.value(tree, key, kind, where)
        if seen is None:
            return kind(low)
        if not low <= seen <= high:
            self.say(where + key, seen, number_words(kind, low, high))
        return seen

    def text(self, tree: Tree, key: str, where: str = "") -> str:
        """Return a value that is no section, list or nothing, as text."""
        seen = tree.get(key)
        if seen is None or isinstance(seen, (dict, list)) or not str(seen):
            self.say(where + key, seen, "text")
            return ""
        return str(seen)

    def choice(self, tree: Tree, key: str, choices: Sequence[str], where: str) -> str:
        """Return one of the choices; the first, and a problem, for anything else."""
        seen = tree.get(key)
        if seen not in choices:
            self.say(where + key, seen, "one of " + ", ".join(choices))
            return choices[0]
        return str(seen)

    def done(self, source: str) -> None:
        """Raise BundleError with all problems of `source`, if there are any."""
        if self.problems:
            raise BundleError("{}: {}".format(source, "; ".join(self.problems)))


def float_of(seen: Union[int, float]) -> float:
    """Return a number as a float; a whole number too large for one is as infinite as any."""
    try:
        return float(seen)
    except OverflowError:
        return math.inf
