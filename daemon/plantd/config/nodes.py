"""YAML text to sections, keys and scalars, each with its line; nothing is interpreted yet.

PyYAML's loaders would give values without lines, take the last of two equal keys, and follow
aliases; so its nodes are read instead, and what a configuration never needs is refused.
"""

from typing import Any, Iterator, NamedTuple, Tuple

import yaml

from plantd.config.values import Scalar

# In PyYAML's events; every key of plantd in one file makes about 150.
EVENTS_MAX = 5000
DEPTH_MAX = 10
# The stubs of older PyYAML leave compose, parse and resolve untyped.
_yaml: Any = yaml
_TAG = "tag:yaml.org,2002:"


class BrokenYaml(Exception):
    """Text that is no YAML, or more of it than a configuration is; with the line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Entry(NamedTuple):
    """One key of a mapping; `value` is a yaml.Node."""

    name: str
    line: int
    value: Any


def root_of(text: str) -> Any:
    """Return the document's root node, None for an empty one; raise BrokenYaml."""
    try:
        _check_events(text)
        return _yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        # PyYAML's versions differ in which characters they take.
        line = text.count("\n", 0, error.position) + 1
        message = "the character U+{:04X} cannot be in it".format(error.character)
        raise BrokenYaml(line, message) from error
    except yaml.MarkedYAMLError as error:
        raise _broken(error) from error


def line_of(node: Any) -> int:
    """Return the line where a node begins, from 1."""
    return int(node.start_mark.line) + 1


def entries_of(mapping: Any) -> Iterator[Entry]:
    """Yield the keys of a mapping in the order of the file."""
    for key, value in mapping.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        yield Entry(name, line_of(key), value)


def is_mapping(node: Any) -> bool:
    """Return whether a node holds keys."""
    return isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map"


def is_null(node: Any) -> bool:
    """Return whether a node is empty, or null."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"


def scalar_of(node: Any) -> Scalar:
    """Return a node's text; a list or mapping has the kind "a list" or "keys of its own"."""
    if not isinstance(node, yaml.ScalarNode):
        what = "a list" if isinstance(node, yaml.SequenceNode) else "keys of its own"
        return Scalar(what, what)
    tag = str(node.tag)
    kind = tag[len(_TAG) :] if tag.startswith(_TAG) else tag
    return Scalar(str(node.value), kind, plain=not node.style)


def scalar_of_text(text: str, as_text: bool) -> Scalar:
    """Return what YAML takes an unquoted text for; `as_text` takes it literally."""
    if as_text:
        return Scalar(text, "str")
    tag = _yaml.resolver.Resolver().resolve(yaml.ScalarNode, text, (True, False))
    return Scalar(text, str(tag)[len(_TAG) :])


def _check_events(text: str) -> None:
    """Raise BrokenYaml for aliases, deep nesting, and more than any configuration holds."""
    depth = 0
    for count, event in enumerate(_yaml.parse(text, Loader=yaml.SafeLoader)):
        depth += _step(event)
        line = int(event.start_mark.line) + 1
        if count > EVENTS_MAX or depth > DEPTH_MAX:
            raise BrokenYaml(line, "this is more than any configuration of plantd holds")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BrokenYaml(line, "anchors and aliases (&x, *x) are not read; write values out")


def _step(event: Any) -> int:
    opens = isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent))
    closes = isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))
    return int(opens) - int(closes)


def _broken(error: Any) -> BrokenYaml:
    line, message = _place_and_problem(error)
    if "'\\t'" in message:
        message = "a tab is in the way; indent with spaces"
    return BrokenYaml(line, "this is not YAML: " + message)


def _place_and_problem(error: Any) -> Tuple[int, str]:
    mark = error.problem_mark or error.context_mark
    message = str(error.problem or error.context)
    if error.context and error.context != message:
        message = "{}, {}".format(error.context, message)
    return (int(mark.line) + 1 if mark else 1), message
