"""What `plantd-train fit` and `compare` are told, read from one YAML file.

trunk: lite0            # lite0, lite1, lite2, resnet50 or tiny
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

from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

from plantd import tensor
from plantd.errors import ConfigError
from plantd.tree_reader import TreeReader
from plantd_calibration.data import yaml_file
from plantd_training import trunks
from plantd_training.data import augment
from plantd_training.data.augment import Strengths
from plantd_training.networks.heads import HeadShape, read_head_shape

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
SWITCHES = ("frozen", "joint")
HEADS = ("poison", "species")
KEYS = tuple(key for key in FitConfig._fields if not key.endswith("_head")) + ("heads",)


def read_config(path: Path) -> FitConfig:
    """Return the configuration in a file; raise ConfigError naming every problem at once."""
    return config_from_tree(read_tree(path), str(path))


def read_tree(path: Path) -> Dict[str, Any]:
    """Return the keys of a YAML file; raise NotFoundError or ConfigError."""
    tree = yaml_file.read_tree(path, "configuration")
    if not isinstance(tree, dict):
        raise ConfigError(["{}: expected keys, as in trunk: lite0".format(path)])
    return tree


def config_from_tree(tree: Dict[str, Any], where: str) -> FitConfig:
    """Return the configuration of plain keys and values; see `read_config`."""
    reader = TreeReader("a training")
    reader.known(tree, KEYS)
    values = _scalars(reader, {"trunk": None, **tree})
    heads = reader.section(tree.get("heads") or {}, "heads")
    reader.known(heads, HEADS, "heads.")
    for name in HEADS:
        values[name + "_head"] = read_head_shape(reader, heads.get(name), "heads." + name)
    values["augment"] = augment.read_strengths(reader, tree.get("augment") or {}, "augment")
    if reader.problems:
        raise ConfigError(["{}: {}".format(where, problem) for problem in reader.problems])
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


def _scalars(reader: TreeReader, tree: Dict[str, Any]) -> Dict[str, Any]:
    """Return what the file says of CHOICES, SWITCHES, NUMBERS and the weights."""
    values: Dict[str, Any] = {}
    for key in (key for key in tree if key in KEYS):
        if key in CHOICES:
            values[key] = reader.choice(tree, key, CHOICES[key], "")
        elif key in SWITCHES:
            values[key] = reader.value(tree, key, bool)
        elif key in NUMBERS and tree[key] is None and key in OPTIONAL:
            values[key] = None
        elif key in NUMBERS:
            kind = int if key in WHOLE else float
            values[key] = reader.number(tree, key, *NUMBERS[key], kind=kind)
        elif key == "weights":
            values[key] = reader.text(tree, key)
    return values
