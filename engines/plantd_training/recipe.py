"""What a bundle is made from, read from one YAML file."""

from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Set, Tuple

import yaml

from plantd.errors import ConfigError, NotFoundError
from plantd_training.augment import Strengths, strengths_from_tree
from plantd_training.staged import StagedRecipe

OPTIONAL = {"staged", "augment", "looks"}


class Preprocessing(NamedTuple):
    """One way of bringing a photograph to size."""

    rule: str
    interpolation: str


class TwoLooks(NamedTuple):
    """The network looks twice at each picture: see network.answering_twice."""

    side_px: int
    crop_px: int


class Recipe(NamedTuple):
    """The trunk, what is tried on val, and what the bundle is called.

    Attributes:
        preprocessings: each is tried; the one with the lowest species loss on val is taken.
        inverse_penalties: of the linear probes; each is tried for each head, likewise.
        staged: trains the upper part of the trunk from the probes on; None ships the probes.
        looks: twice at each picture, or once at the side it was trained at.
        augment: how the views that `staged` learns from are varied.
    """

    name: str
    version: str
    created: str
    trunk: str
    side_px: int
    preprocessings: Tuple[Preprocessing, ...]
    inverse_penalties: Tuple[float, ...]
    staged: Optional[StagedRecipe] = None
    augment: Strengths = ()
    looks: Optional[TwoLooks] = None


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a file; raise ConfigError with every key that is missing or wrong."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError("there is no recipe {}".format(path)) from error
    except yaml.YAMLError as error:
        raise ConfigError(["{}: no YAML: {}".format(path, error)]) from error
    found = set(tree if isinstance(tree, dict) else ())
    problems = _problems(found, set(Recipe._fields) - OPTIONAL, set(Recipe._fields), "")
    if "staged" in found:
        keys = set(StagedRecipe._fields)
        problems += _problems(set(tree["staged"] or ()), keys, keys, "staged.")
    if "looks" in found:
        problems += _looks_problems(tree["looks"] or {})
    if problems:
        raise ConfigError(["{}: {}".format(path, problem) for problem in problems])
    return _recipe(path, tree)


def _looks_problems(looks: Any) -> List[str]:
    keys = set(TwoLooks._fields)
    problems = _problems(set(looks), keys, keys, "looks.")
    if not problems and not 0 < looks["side_px"] - looks["crop_px"] == _even(looks):
        problems.append("looks.crop_px: must be below side_px by an even number of pixels")
    return problems


def _even(looks: Any) -> int:
    return int(looks["side_px"] - looks["crop_px"]) // 2 * 2


def _problems(found: Set[str], wanted: Set[str], known: Set[str], where: str) -> List[str]:
    problems = ["{}{}: missing".format(where, key) for key in sorted(wanted - found)]
    return problems + ["{}{}: no such key".format(where, key) for key in sorted(found - known)]


def _recipe(path: Path, tree: Any) -> Recipe:
    try:
        return Recipe(
            name=str(tree["name"]),
            version=str(tree["version"]),
            created=str(tree["created"]),
            trunk=str(tree["trunk"]),
            side_px=int(tree["side_px"]),
            preprocessings=tuple(Preprocessing(**one) for one in tree["preprocessings"]),
            inverse_penalties=tuple(float(c) for c in tree["inverse_penalties"]),
            staged=StagedRecipe(**tree["staged"]) if "staged" in tree else None,
            looks=TwoLooks(**tree["looks"]) if "looks" in tree else None,
            augment=strengths_from_tree(tree.get("augment") or {}, str(path)),
        )
    except (TypeError, ValueError) as error:
        raise ConfigError(["{}: {}".format(path, error)]) from error
