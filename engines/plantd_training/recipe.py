"""What a bundle is made from, read from one YAML file."""

from pathlib import Path
from typing import Any, NamedTuple, Tuple

import yaml

from plantd.errors import ConfigError, NotFoundError


class Preprocessing(NamedTuple):
    """One way of bringing a photograph to size."""

    rule: str
    interpolation: str


class ProbeRecipe(NamedTuple):
    """A linear probe: the trunk, what is tried on val, and what the bundle is called.

    Attributes:
        preprocessings: each is tried; the one with the lowest species loss on val is taken.
        inverse_penalties: each is tried for each head, likewise.
    """

    name: str
    version: str
    created: str
    trunk: str
    side_px: int
    preprocessings: Tuple[Preprocessing, ...]
    inverse_penalties: Tuple[float, ...]


def read_recipe(path: Path) -> ProbeRecipe:
    """Return the recipe in a file; raise ConfigError with every key that is missing or wrong."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError("there is no recipe {}".format(path)) from error
    except yaml.YAMLError as error:
        raise ConfigError(["{}: no YAML: {}".format(path, error)]) from error
    found, expected = set(tree if isinstance(tree, dict) else ()), set(ProbeRecipe._fields)
    problems = ["{}: {}: missing".format(path, key) for key in sorted(expected - found)]
    problems += ["{}: {}: no such key".format(path, key) for key in sorted(found - expected)]
    if problems:
        raise ConfigError(problems)
    return _recipe(path, tree)


def _recipe(path: Path, tree: Any) -> ProbeRecipe:
    try:
        return ProbeRecipe(
            name=str(tree["name"]),
            version=str(tree["version"]),
            created=str(tree["created"]),
            trunk=str(tree["trunk"]),
            side_px=int(tree["side_px"]),
            preprocessings=tuple(Preprocessing(**one) for one in tree["preprocessings"]),
            inverse_penalties=tuple(float(c) for c in tree["inverse_penalties"]),
        )
    except (TypeError, ValueError) as error:
        raise ConfigError(["{}: {}".format(path, error)]) from error
