"""What `plantd-train fit` and `compare` are told, read from one YAML file.

trunk: lite0            # lite0, lite1, lite2 or resnet50
weights: imagenet       # imagenet, random or a file
side_px: 224
frozen: true            # the trunk stays as it is
joint: true             # one trunk with both heads; false: a network a head, as in the study
heads: {poison: {...}, species: {...}}       see heads.py
augment: {flip: 1, crop: 0.45, mixup: 0.2}   see augment.py
balance: 0.3            # share of poisonous photographs in a batch; null as they come
epochs: 20
batch: 32
rate: 0.001
schedule: cosine        # cosine, step or constant
smoothing: 0.1          # of the species labels
poison_share: 0.5       # weight of the poison head's loss beside the species head's
patience: 5             # epochs without a better val loss; null trains to the end
seed: 1
"""

import difflib
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import yaml

from plantd import tensor
from plantd.errors import ConfigError, NotFoundError
from plantd_training import trunks
from plantd_training.data import augment
from plantd_training.data.augment import Strengths
from plantd_training.networks.heads import HeadShape, head_shape

SCHEDULES = ("cosine", "step", "constant")


class FitConfig(NamedTuple):
    """One training, whole. Units and meanings as in the table above."""

    trunk: str
    weights: str = trunks.IMAGENET
    side_px: int = 0
    rule: str = "center_crop"
    interpolation: str = "area"
    frozen: bool = True
    joint: bool = True
    poison_head: HeadShape = HeadShape()
    species_head: HeadShape = HeadShape()
    augment: Strengths = ()
    balance: Optional[float] = None
    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    schedule: str = "cosine"
    smoothing: float = 0.0
    poison_share: float = 0.5
    patience: Optional[int] = None
    seed: int = 1


NUMBERS: Dict[str, Tuple[float, float]] = {
    "balance": (0.0, 1.0),
    "batch": (1, 4096),
    "epochs": (1, 10000),
    "patience": (1, 10000),
    "poison_share": (0.0, 1000.0),
    "rate": (1e-9, 10.0),
    "seed": (0, 2**31 - 1),
    "side_px": (32, 1024),
    "smoothing": (0.0, 0.9),
}
WHOLE = ("batch", "epochs", "patience", "seed", "side_px")
OPTIONAL = ("balance", "patience")
CHOICES = {
    "trunk": trunks.NAMES,
    "rule": tensor.RULES,
    "interpolation": tuple(tensor.INTERPOLATIONS),
    "schedule": SCHEDULES,
}
SECTIONS = ("heads", "augment")
KEYS = tuple(key for key in FitConfig._fields if not key.endswith("_head")) + ("heads",)


def read_config(path: Path) -> FitConfig:
    """Return the configuration in a file; raise ConfigError naming every problem at once."""
    return config_from_tree(read_tree(path), str(path))


def read_tree(path: Path) -> Dict[str, Any]:
    """Return the keys of a YAML file; raise NotFoundError or ConfigError."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError("there is no configuration {}".format(path)) from error
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(["{}: no YAML: {}".format(path, error)]) from error
    if not isinstance(tree, dict):
        raise ConfigError(["{}: expected keys, as in trunk: lite0".format(path)])
    return tree


def config_from_tree(tree: Dict[str, Any], where: str) -> FitConfig:
    """Return the configuration of plain keys and values; see `read_config`."""
    problems = ["{}: {}".format(key, _stranger(key)) for key in tree if key not in KEYS]
    values = {key: value for key, value in tree.items() if key in KEYS and key not in SECTIONS}
    if "trunk" not in values:
        problems.append("trunk: missing; expected one of {}".format(", ".join(trunks.NAMES)))
    problems += [found for key, value in values.items() for found in _problem(key, value)]
    values.update(_heads(tree.get("heads"), problems))
    try:
        values["augment"] = augment.strengths_from_tree(tree.get("augment") or {}, "augment")
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(["{}: {}".format(where, problem) for problem in problems])
    config = FitConfig(**values)
    return config if config.side_px else config._replace(side_px=_side(config))


def tree_from_config(config: FitConfig) -> Dict[str, Any]:
    """Return plain keys and values; `config_from_tree` gives the same configuration for them."""
    tree = {key: value for key, value in config._asdict().items() if not key.endswith("_head")}
    tree["augment"] = dict(config.augment)
    tree["heads"] = {
        name: dict(shape._asdict(), widths=list(shape.widths))
        for name, shape in (("poison", config.poison_head), ("species", config.species_head))
    }
    return tree


def _side(config: FitConfig) -> int:
    return trunks.natural_side_px(config.trunk)


def _heads(tree: Any, problems: List[str]) -> Dict[str, HeadShape]:
    given = tree if isinstance(tree, dict) else {}
    if tree and not given:
        problems.append("heads: {!r} is no section of keys".format(tree))
    for stranger in sorted(set(given) - {"poison", "species"}):
        problems.append("heads.{}: no such head; there are poison and species".format(stranger))
    return {
        name + "_head": head_shape(given.get(name), "heads." + name, problems)
        for name in ("poison", "species")
    }


def _problem(key: str, value: Any) -> List[str]:
    if key in CHOICES and value not in CHOICES[key]:
        return ["{}: {!r} is none of {}".format(key, value, ", ".join(CHOICES[key]))]
    if key in ("frozen", "joint") and not isinstance(value, bool):
        return ["{}: {!r} is neither true nor false".format(key, value)]
    if key in NUMBERS and not (value is None and key in OPTIONAL):
        return _number_problem(key, value)
    return []


def _number_problem(key: str, value: Any) -> List[str]:
    lowest, highest = NUMBERS[key]
    kinds = int if key in WHOLE else (int, float)
    if isinstance(value, kinds) and not isinstance(value, bool) and lowest <= value <= highest:
        return []
    what = "a whole number" if key in WHOLE else "a number"
    return ["{}: {!r} is not {} from {:g} to {:g}".format(key, value, what, lowest, highest)]


def _stranger(key: str) -> str:
    near = difflib.get_close_matches(str(key), KEYS, 1)
    return "no such key" + ("; did you mean {}?".format(near[0]) if near else "")
