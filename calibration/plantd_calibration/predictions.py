"""What K networks of one recipe say of the photographs that each of them did not see.

How this works. The training splits train and val into folds of whole groups, trains one network
without each fold and writes what that network says of the fold into one file:

    file           (n,) text: as in the data's manifest.csv
    fold           (n,) integers: the network that answered did not see this fold
    poison         (n, labels) float32, raw logits
    species        (n, labels) float32, raw logits
    labels         (labels,) text: the species, in the order of the bundle's output
    poison_labels  (labels,) text
    recipe         one text, JSON: name, version, folds, data_fingerprint

Everything that could make these readings say something about another model or other photographs
is refused. What cannot be checked is assumed, and said wherever the bound is: that the bundle's
network was trained by the same recipe, on all folds.
Source: Vovk, Cross-conformal predictors, 2015; Barber et al., Predictive inference with the
jackknife+, 2021.
"""

import json
import zipfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.errors import BundleError, NotFoundError
from plantd.manifest import Manifest
from plantd_calibration.photos import Photo, fingerprint, path_of

ARRAYS = ("file", "fold", "poison", "species", "labels", "poison_labels", "recipe")
RECIPE_KEYS = ("name", "version", "folds", "data_fingerprint")


class Recipe(NamedTuple):
    """Which training made the readings, and of which photographs."""

    name: str
    version: str
    folds: int
    data_fingerprint: str


class Predictions(NamedTuple):
    """The file, as it was written."""

    path: Path
    file: Tuple[str, ...]
    fold: np.ndarray
    poison: np.ndarray
    species: np.ndarray
    labels: Tuple[str, ...]
    poison_labels: Tuple[str, ...]
    recipe: Recipe


class HeldOut(NamedTuple):
    """Raw logits in the order of the photographs: (n, labels) each, and how many folds."""

    poison: np.ndarray
    species: np.ndarray
    folds: int


def read_predictions(path: Path) -> Predictions:
    """Return the readings of a file.

    Raises NotFoundError where there is none, BundleError where it is not such a file.
    """
    if not path.is_file():
        raise NotFoundError(
            "there is no {}; expected out-of-fold readings, as the training writes them".format(
                path
            )
        )
    arrays = _arrays(path)
    missing = [name for name in ARRAYS if name not in arrays]
    if missing:
        raise BundleError("{} lacks {}; expected {}".format(path, _and(missing), _and(ARRAYS)))
    n, labels = len(arrays["file"]), (len(arrays["labels"]), len(arrays["poison_labels"]))
    for name, shape in (
        ("fold", (n,)),
        ("species", (n, labels[0])),
        ("poison", (n, labels[1])),
    ):
        if arrays[name].shape != shape:
            raise BundleError(
                "{}: {} has the shape {}; expected {} for {} files".format(
                    path, name, arrays[name].shape, shape, n
                )
            )
    return Predictions(
        path=path,
        file=tuple(map(str, arrays["file"])),
        fold=arrays["fold"],
        poison=arrays["poison"],
        species=arrays["species"],
        labels=tuple(map(str, arrays["labels"])),
        poison_labels=tuple(map(str, arrays["poison_labels"])),
        recipe=_recipe(path, arrays["recipe"]),
    )


def held_out(given: Predictions, bundle: Bundle, photos: Sequence[Photo], data: Path) -> HeldOut:
    """Return the readings of these photographs (all of train and val), in their order.

    Args:
        data: the folder the photographs' manifest lies in.
    Raises BundleError for anything that does not fit: labels, recipe, photographs, folds, numbers.
    """
    _check_labels(given, bundle.manifest)
    _check_recipe(given, bundle.manifest)
    rows = _rows(given, photos, data)
    _check_folds(given, photos, rows)
    for name, values in (("poison", given.poison), ("species", given.species)):
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if len(bad):
            raise BundleError(
                "{}: {} of {} is no finite number; a network that fails on a photograph says "
                "nothing about it: train that fold again".format(
                    given.path, name, given.file[bad[0]]
                )
            )
    seen = fingerprint(photos)
    if seen != given.recipe.data_fingerprint:
        raise BundleError(
            "{} was made from photographs with the fingerprint {}, these of train and val have {}; "
            "give the photographs it was made from, or make it again".format(
                given.path, given.recipe.data_fingerprint, seen
            )
        )
    return HeldOut(given.poison[rows], given.species[rows], given.recipe.folds)


def _arrays(path: Path) -> Dict[str, np.ndarray]:
    try:
        with np.load(str(path), allow_pickle=False) as found:
            return {name: found[name] for name in getattr(found, "files", ())}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise BundleError(
            "{} cannot be read: {}; expected one .npz of plain arrays".format(path, error)
        ) from error


def _recipe(path: Path, value: np.ndarray) -> Recipe:
    try:
        tree: Any = json.loads(str(value[()]))
    except ValueError as error:
        raise BundleError("{}: recipe is no JSON: {}".format(path, error)) from error
    missing = [key for key in RECIPE_KEYS if not isinstance(tree, dict) or key not in tree]
    if missing:
        raise BundleError("{}: recipe lacks {}".format(path, _and(missing)))
    folds = tree["folds"]
    if not isinstance(folds, int) or folds < 2:
        raise BundleError("{}: recipe says {!r} folds; expected two or more".format(path, folds))
    return Recipe(str(tree["name"]), str(tree["version"]), folds, str(tree["data_fingerprint"]))


def _check_labels(given: Predictions, manifest: Manifest) -> None:
    for what, seen, expected in (
        ("species", given.labels, manifest.species.labels),
        ("poison labels", given.poison_labels, manifest.poison.labels),
    ):
        if seen == expected:
            continue
        pairs = [pair for pair in zip(seen, expected) if pair[0] != pair[1]]
        odd = "{!r} where the bundle has {!r}".format(*pairs[0]) if pairs else "another number"
        raise BundleError(
            "{}: its {} {} are not the {} of {}: {}; one order of labels holds for all of a "
            "model".format(given.path, len(seen), what, len(expected), manifest.title, odd)
        )
    kinds = {manifest.species.kind, manifest.poison.kind}
    if kinds != {"logits"}:
        raise BundleError(
            "{} gives {}, and out-of-fold readings are logits; use --fit-on test-half".format(
                manifest.title, _and(sorted(kinds))
            )
        )


def _check_recipe(given: Predictions, manifest: Manifest) -> None:
    """A bundle in another precision is the same training: its version ends in +PRECISION."""
    version = manifest.version.partition("+")[0]
    if (given.recipe.name, given.recipe.version) != (manifest.name, version):
        raise BundleError(
            "{} comes from the recipe of {} {}, the bundle is {}; a bound holds for the recipe it "
            "was found with: give the readings of this bundle's own training".format(
                given.path, given.recipe.name, given.recipe.version, manifest.title
            )
        )


def _rows(given: Predictions, photos: Sequence[Photo], data: Path) -> List[int]:
    """Return each photograph's row; every photograph has one, and every row a photograph."""
    places: Dict[Path, int] = {}
    for row, file in enumerate(given.file):
        path = path_of(file, data)
        if path in places:
            raise BundleError("{} lists {} twice".format(given.path, file))
        places[path] = row
    wanted = {photo.path for photo in photos}
    strange = [given.file[row] for path, row in places.items() if path not in wanted]
    if strange:
        raise BundleError(
            "{} reads {} of train and val of {}: {}; readings of other photographs, least of all "
            "of test, may not be fitted on".format(
                given.path, _others(len(strange)), data, strange[0]
            )
        )
    absent = [photo.path.name for photo in photos if photo.path not in places]
    if absent:
        raise BundleError(
            "{} lacks {} of the {} photographs of train and val, such as {}; leaving some out "
            "would choose among them".format(given.path, len(absent), len(photos), absent[0])
        )
    return [places[photo.path] for photo in photos]


def _others(count: int) -> str:
    return "a photograph that is none" if count == 1 else "{} photographs, none".format(count)


def _check_folds(given: Predictions, photos: Sequence[Photo], rows: Sequence[int]) -> None:
    found = np.unique(given.fold)
    if len(found) != given.recipe.folds:
        raise BundleError(
            "{} has {} folds, its recipe says {}".format(given.path, len(found), given.recipe.folds)
        )
    folds: Dict[str, int] = {}
    for photo, row in zip(photos, rows):
        fold = int(given.fold[row])
        if folds.setdefault(photo.group, fold) != fold:
            raise BundleError(
                "{}: the group {} of {} lies in the folds {} and {}; a network that saw a "
                "near-duplicate has seen the photograph".format(
                    given.path, photo.group, photo.path.name, folds[photo.group], fold
                )
            )


def _and(names: Sequence[str]) -> str:
    return ", ".join(names)
