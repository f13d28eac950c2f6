"""What a bundle is made from, read from one YAML file."""

from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Sequence, Set, Tuple

import yaml

from plantd.errors import ConfigError, NotFoundError, UsageError
from plantd.messages import yaml_problem
from plantd.tree_reader import tree_from_yaml_file
from plantd_calibration.data.stranger_photos import Division, read_division
from plantd_training.data.augment import Strengths, strengths_from_tree

OPTIONAL = {"staged", "whole", "also", "augment", "looks", "strangers"}
# Read from what a key names, not keys themselves.
READ = {"division"}


class Preprocessing(NamedTuple):
    """One way of bringing a photograph to size."""

    rule: str
    interpolation: str


class TestTimeAugmentation(NamedTuple):
    """The network looks twice at each picture: see network.with_test_time_augmentation."""

    side_px: int
    crop_px: int


class StagedRecipe(NamedTuple):
    """How the upper part is trained.

    Attributes:
        views: how many varied views of each photograph there are; epochs take them in turn,
            after the photograph as it is.
        rate: largest learning rate of AdamW, after a warm-up of one epoch; it falls as a cosine.
        decay: weight decay.
        smoothing: of the species labels.
        mixing: alpha of the Beta distribution by which pairs are mixed; 0 for none.
        dropout: before the heads.
        poison_share: weight of the poison head's loss beside the species head's.
        average: momentum of the average of the weights.
        seed: of everything drawn at random.
    """

    views: int
    epochs: int
    batch: int
    rate: float
    decay: float
    smoothing: float
    mixing: float
    dropout: float
    poison_share: float
    average: float
    seed: int


class WholeRecipe(NamedTuple):
    """How a whole network is trained, once a fold and once on all photographs.

    Attributes:
        canvas_px: side at which photographs are kept; views of `Recipe.side_px` are cut from them.
        answer_px: side at which the network is asked, where `looks` does not say it.
        rate: largest learning rate of AdamW, after `warmup` epochs; it falls as a cosine to almost
            nothing at `epochs`.
        averaged: epochs after the cosine, at the largest rate. The mean of the weights that they
            end with ships: it lies nearer the middle of what fits than any of them.
        decay: weight decay.
        smoothing: of the species labels.
        dropout: before the heads.
        poison_share: weight of the poison head's loss beside the species head's.
        batch_norm: whether batch norm learns too, or stays as ImageNet left it.
        depthwise: whether depthwise convolutions learn, or stay as ImageNet left them. They are few
            numbers, and on a processor most of the time backwards is theirs.
        frozen_stride: the trunk stays as ImageNet left it up to its last block at this stride; 0
            trains all of it. What is large and sees edges only need not be computed backwards.
        folds: photographs of train and val are read by a network that did not see them.
        seed: of everything drawn at random.
    """

    canvas_px: int
    answer_px: int
    epochs: int
    averaged: int
    warmup: int
    batch: int
    rate: float
    decay: float
    smoothing: float
    dropout: float
    poison_share: float
    batch_norm: bool
    depthwise: bool
    frozen_stride: int
    folds: int
    seed: int


class Recipe(NamedTuple):
    """The trunk, what is tried on val, and what the bundle is called.

    Attributes:
        preprocessings: each is tried; the one with the lowest species loss on val is taken.
        inverse_penalties: of the linear probes; each is tried for each head, likewise.
        staged: trains the upper part of the trunk from the probes on.
        whole: trains the whole network; with neither, the probes ship.
        also: further recipes with `whole` (files beside this one), whose networks answer together
            with this one's: their logits are averaged.
        looks: twice at each picture, or once at the side it was trained at.
        augment: how the views that `staged` learns from are varied.
        strangers: file beside the recipe: which strangers are learned from as labels of their own,
            and which are kept apart. Without it the network knows nothing but its plants.
        division: what that file says.
    """

    name: str
    version: str
    created: str
    trunk: str
    side_px: int
    preprocessings: Tuple[Preprocessing, ...]
    inverse_penalties: Tuple[float, ...]
    staged: Optional[StagedRecipe] = None
    whole: Optional[WholeRecipe] = None
    augment: Strengths = ()
    looks: Optional[TestTimeAugmentation] = None
    also: Tuple[Any, ...] = ()
    strangers: str = ""
    division: Optional[Division] = None

    @property
    def networks(self) -> Tuple["Recipe", ...]:
        """The recipes whose networks answer together."""
        return (self, *self.also)

    @property
    def plan(self) -> WholeRecipe:
        """The section `whole`, of a recipe that has one."""
        if self.whole is None:
            raise UsageError("recipe {} {} has no section whole".format(self.name, self.version))
        return self.whole

    @property
    def asked_px(self) -> int:
        """Side of the input of a network that was trained whole."""
        return self.looks.side_px if self.looks else self.plan.answer_px


KEYS = set(Recipe._fields) - READ


def looks_told(recipe: Recipe) -> List[str]:
    """Return what a card says about two looks; nothing where there is one."""
    if recipe.looks is None:
        return []
    return [
        "looks twice at each picture: at all of it, mirrored, and at its middle of {} px; the "
        "logits are averaged".format(recipe.looks.crop_px)
    ]


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a file; raise ConfigError with every key that is missing or wrong."""
    try:
        tree = tree_from_yaml_file(path)
    except FileNotFoundError as error:
        raise NotFoundError("there is no recipe {}".format(path)) from error
    except yaml.YAMLError as error:
        raise ConfigError(["{} is not YAML: {}".format(path, yaml_problem(error))]) from error
    found = set(tree if isinstance(tree, dict) else ())
    problems = _problems(found, KEYS - OPTIONAL, KEYS, "")
    for section, fields in (("staged", StagedRecipe._fields), ("whole", WholeRecipe._fields)):
        if section in found:
            keys = set(fields)
            problems += _problems(set(tree[section] or ()), keys, keys, section + ".")
    if "looks" in found:
        problems += _looks_problems(tree["looks"] or {})
    if problems:
        raise ConfigError(["{}: {}".format(path, problem) for problem in problems])
    recipe = _recipe(path, tree)
    others = tuple(read_recipe(path.with_name(str(name))) for name in tree.get("also") or ())
    _check_together(recipe, others, path)
    division = read_division(path.with_name(recipe.strangers)) if recipe.strangers else None
    return recipe._replace(also=others, division=division)


def _check_together(recipe: Recipe, others: Sequence[Recipe], path: Path) -> None:
    """Networks that answer together see one input, and were tried on the same folds."""
    problems = []
    for other in others:
        if recipe.whole is None or other.whole is None:
            problems.append("{}: also: {} has no section whole".format(path, other.name))
        elif _shared(other) != _shared(recipe):
            problems.append(
                "{}: also: {} differs in the first preprocessing, answer_px, folds, seed or "
                "strangers".format(path, other.name)
            )
    if problems:
        raise ConfigError(problems)


def _shared(recipe: Recipe) -> Tuple[Any, ...]:
    plan = recipe.plan
    asked = (recipe.preprocessings[0], recipe.asked_px, recipe.strangers)
    return (*asked, plan.folds, plan.seed)


def _looks_problems(looks: Any) -> List[str]:
    keys = set(TestTimeAugmentation._fields)
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
            whole=WholeRecipe(**tree["whole"]) if "whole" in tree else None,
            looks=TestTimeAugmentation(**tree["looks"]) if "looks" in tree else None,
            augment=strengths_from_tree(tree.get("augment") or {}, str(path)),
            strangers=str(tree.get("strangers") or ""),
        )
    except (TypeError, ValueError) as error:
        raise ConfigError(["{}: {}".format(path, error)]) from error
