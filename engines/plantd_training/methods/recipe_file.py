"""Reads a recipe from one YAML file.

name: plants70            of the bundle
version: 1.2.3
created: "2026-01-01"
trunk: lite2              lite0, lite1, lite2, tiny
weights: imagenet         of the trunk to begin with: imagenet or random
side_px: 208              of the pictures that are learned from
method: finetune          finetune, partial_finetune or linear_probe
finetune: {...}           the method's settings, in a section of its name: see recipe.py
augment: {flip: 1}        see data/augment.py
test_time_augmentation: {side_px: 256, crop_px: 224}
also: [other.yaml]        networks that answer together with this one's; finetune only
strangers: strangers.yaml which strangers are learned from; finetune only
"""

from pathlib import Path
from typing import Any, Dict, Iterable, Optional, Sequence, Tuple

from plantd import tensor
from plantd.errors import ConfigError
from plantd.tree_reader import Tree, TreeReader
from plantd_calibration.data.stranger_photos import read_division
from plantd_calibration.data.yaml_file import read_tree
from plantd_training import trunks
from plantd_training.data.augment import read_strengths
from plantd_training.methods.recipe import (
    FINETUNE,
    METHODS,
    Preprocessing,
    Recipe,
    TestTimeAugmentation,
    asked_px,
    finetune_of,
)
from plantd_training.trunks import lite

# (lowest, highest) of what a section says in numbers.
NUMBERS: Dict[str, Tuple[float, float]] = {
    "answer_px": (32, 1024),
    "average": (0.0, 1.0),
    "averaged": (0, 10000),
    "batch": (1, 4096),
    "canvas_px": (32, 1024),
    "crop_px": (32, 1024),
    "decay": (0.0, 10.0),
    "dropout": (0.0, 0.99),
    "epochs": (1, 10000),
    "folds": (2, 100),
    "frozen_stride": (0, 32),
    "inverse_penalty": (1e-9, 1e9),
    "mixing": (0.0, 10.0),
    "poison_share": (0.0, 1000.0),
    "rate": (1e-9, 10.0),
    "seed": (0, 2**31 - 1),
    "side_px": (32, 1024),
    "smoothing": (0.0, 0.9),
    "views": (1, 1000),
    "warmup": (0, 10000),
}
TEXTS = ("name", "version", "created")
CHOICES: Dict[str, Sequence[str]] = {
    "trunk": sorted(lite.VARIANTS),
    "weights": (trunks.IMAGENET, trunks.RANDOM),
    "method": list(METHODS),
}
NEEDED = (*TEXTS, "trunk", "side_px", "method")
WHOLE = {name for name in NUMBERS if name.endswith("_px")} | {
    *("averaged", "batch", "epochs", "folds", "frozen_stride", "seed", "views", "warmup")
}
SWITCHES = {"batch_norm", "depthwise"}
KEYS = sorted(({*Recipe._fields} - {"settings", "division"}) | {*METHODS})


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a file; raise ConfigError naming every problem at once."""
    recipe, others = recipe_from_tree(read_tree(path, "recipe"), str(path))
    also = tuple(read_recipe(path.with_name(name)) for name in others)
    _check_together(recipe, also, path)
    division = read_division(path.with_name(recipe.strangers)) if recipe.strangers else None
    return recipe._replace(also=also, division=division)


def recipe_from_tree(tree: Any, where: str) -> Tuple[Recipe, Tuple[str, ...]]:
    """Return a recipe without the files it names, and the names in `also`; see `read_recipe`."""
    reader = TreeReader("a recipe")
    said = reader.section(tree, "the recipe")
    reader.known(said, KEYS)
    _refuse_missing(reader, said, NEEDED, "")
    values: Dict[str, Any] = {
        key: reader.text(said, key) for key in (*TEXTS, "strangers") if key in said
    }
    values.update(
        {key: reader.choice(said, key, names, "") for key, names in CHOICES.items() if key in said}
    )
    if "side_px" in said:
        values["side_px"] = _value(reader, said, "side_px", "")
    if values.get("method") in said:
        values["settings"] = _settings(reader, said, values["method"])
    elif "method" in said:
        reader.report(values["method"], "is missing: the settings of the method")
    values["augment"] = read_strengths(reader, said.get("augment") or {}, "augment")
    if "test_time_augmentation" in said:
        values["test_time_augmentation"] = _test_time(reader, said["test_time_augmentation"])
    others = _list(reader, said.get("also", []), "also", str, "a list of files beside this one")
    if reader.problems:
        raise ConfigError(["{}: {}".format(where, problem) for problem in reader.problems])
    return Recipe(**values), others


def _settings(reader: TreeReader, said: Tree, method: str) -> Any:
    """Return the section of the method; what other methods' sections say is refused."""
    for other in sorted(set(METHODS) - {method}):
        if other in said:
            reader.report(other, "is not the method; expected {} alone".format(method))
    kind, where = METHODS[method], method + "."
    section = reader.section(said.get(method), method)
    reader.known(section, kind._fields, where)
    _refuse_missing(reader, section, set(kind._fields) - set(kind._field_defaults), where)
    wanted = (name for name in kind._fields if name in section)
    values = {name: _value(reader, section, name, where) for name in wanted}
    return values if reader.problems else kind(**values)


def _refuse_missing(reader: TreeReader, section: Tree, names: Iterable[str], where: str) -> None:
    for name in sorted(set(names) - set(section)):
        reader.report(where + name, "is missing")


def _value(reader: TreeReader, section: Tree, name: str, where: str) -> Any:
    if name in SWITCHES:
        return reader.value(section, name, bool, where)
    if name in NUMBERS:
        kind = int if name in WHOLE else float
        return reader.number(section, name, *NUMBERS[name], where=where, kind=kind)
    if name == "preprocessing":
        return _preprocessing(reader, section[name], where + name)
    seen = section.get(name)
    if name == "inverse_penalties":
        expected = "a list of numbers above 0"
        return tuple(map(float, _list(reader, seen, where + name, (int, float), expected)))
    found = _list(reader, seen, where + name, dict, "a list of {rule, interpolation}")
    return tuple(_preprocessing(reader, one, where + name) for one in found)


def _preprocessing(reader: TreeReader, tree: Any, where: str) -> Preprocessing:
    section, within = reader.section(tree, where), where + "."
    reader.known(section, Preprocessing._fields, within)
    return Preprocessing(
        reader.choice(section, "rule", tensor.RULES, within),
        reader.choice(section, "interpolation", list(tensor.INTERPOLATIONS), within),
    )


def _list(reader: TreeReader, seen: Any, where: str, kind: Any, expected: str) -> Tuple[Any, ...]:
    right = isinstance(seen, list) and all(_is_one(one, kind) for one in seen)
    if right and (seen or where == "also"):
        return tuple(seen)
    reader.say(where, seen, expected)
    return ()


def _is_one(one: Any, kind: Any) -> bool:
    is_number = kind not in (str, dict)
    return isinstance(one, kind) and not (is_number and (isinstance(one, bool) or not one > 0))


def _test_time(reader: TreeReader, tree: Any) -> Optional[TestTimeAugmentation]:
    where = "test_time_augmentation"
    section, within = reader.section(tree, where), where + "."
    names = TestTimeAugmentation._fields
    reader.known(section, names, within)
    _refuse_missing(reader, section, names, within)
    sides = [_value(reader, section, name, within) for name in names if name in section]
    if len(sides) < len(names):
        return None
    told = TestTimeAugmentation(*sides)
    if told.side_px <= told.crop_px or (told.side_px - told.crop_px) % 2:
        reader.say(within + "crop_px", told.crop_px, "an even number of pixels below side_px")
    return told


def _check_together(recipe: Recipe, others: Sequence[Recipe], path: Path) -> None:
    """Networks that answer together see one input, and were tried on the same folds."""
    problems = []
    alone = [one for one in (recipe, *others) if one.method != FINETUNE]
    for other in others:
        if alone:
            problems.append("also: {} has the method {}".format(alone[0].name, alone[0].method))
        elif _shared(other) != _shared(recipe):
            problems.append(
                "also: {} differs in preprocessing, answer_px, folds, seed or strangers".format(
                    other.name
                )
            )
    if recipe.strangers and recipe.method != FINETUNE:
        problems.append("strangers: the method {} learns from none".format(recipe.method))
    if problems:
        raise ConfigError(["{}: {}".format(path, problem) for problem in problems])


def _shared(recipe: Recipe) -> Tuple[Any, ...]:
    plan = finetune_of(recipe)
    return (plan.preprocessing, asked_px(recipe), recipe.strangers, plan.folds, plan.seed)
