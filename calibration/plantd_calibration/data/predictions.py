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

Of strangers that were learned from, read by networks that knew none of their kin, it may have

    stranger_file, stranger_poison, stranger_species    as above
    stranger_division                                   one text, JSON: see `stranger_photos`

`held_out` refuses everything that could make these readings say something about another model or
other photographs. What cannot be checked is assumed, and said wherever the bound is: that the
bundle's network was trained by the same recipe, on all folds.
Source: Vovk, Cross-conformal predictors, 2015; Barber et al., Predictive inference with the
jackknife+, 2021.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.errors import BundleError, NotFoundError
from plantd.system.json_text import tree_from_json
from plantd_calibration.data.stranger_photos import Division, division_from_tree

ARRAYS = ("file", "fold", "poison", "species", "labels", "poison_labels", "recipe")
STRANGERS = ("stranger_file", "stranger_poison", "stranger_species", "stranger_division")
UNPACKING = (zipfile.BadZipFile, zlib.error, AttributeError, TypeError)
RECIPE_KEYS = ("name", "version", "folds", "data_fingerprint")


class Recipe(NamedTuple):
    """Which training made the readings, and of which photographs."""

    name: str
    version: str
    folds: int
    data_fingerprint: str


class OfStrangers(NamedTuple):
    """Readings of strangers by networks that knew none of their kin.

    Attributes:
        division: what the training learned from and kept apart.
    """

    file: Tuple[str, ...]
    poison: np.ndarray
    species: np.ndarray
    division: Division


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
    strangers: Optional[OfStrangers] = None


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
    flat = [name for name in ("file", "labels", "poison_labels") if arrays[name].ndim != 1]
    if flat:
        raise BundleError("{}: {} is not a list".format(path, _and(flat)))
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
        strangers=_strangers(path, arrays, labels),
    )


def _strangers(
    path: Path, arrays: Dict[str, np.ndarray], labels: Tuple[int, int]
) -> Optional[OfStrangers]:
    if not any(name in arrays for name in STRANGERS):
        return None
    missing = [name for name in STRANGERS if name not in arrays]
    if missing:
        raise BundleError("{} lacks {}; expected {}".format(path, _and(missing), _and(STRANGERS)))
    file, poison, species, told = (arrays[name] for name in STRANGERS)
    for name, values, size in (("species", species, labels[0]), ("poison", poison, labels[1])):
        if values.shape != (len(file), size) or not np.isfinite(values).all():
            raise BundleError(
                "{}: stranger_{} has the shape {}; expected {} finite numbers for each of {} "
                "files".format(path, name, values.shape, size, len(file))
            )
    try:
        tree = tree_from_json(str(told[()]))
    except ValueError as error:
        raise BundleError("{}: stranger_division is not JSON: {}".format(path, error)) from error
    division = division_from_tree(tree, "{}: the division".format(path))
    return OfStrangers(tuple(map(str, file)), poison, species, division)


def _arrays(path: Path) -> Dict[str, np.ndarray]:
    try:
        # Opened here: of a damaged file numpy leaves its own open.
        with path.open("rb") as source, np.load(source, allow_pickle=False) as found:
            return {name: np.asarray(found[name]) for name in getattr(found, "files", ())}
    # RuntimeError: packed in a way that zipfile does not know, or with a password.
    except (OSError, ValueError, LookupError, RuntimeError, EOFError, *UNPACKING) as error:
        raise BundleError(
            "{} cannot be read: {}; expected one .npz of plain arrays".format(path, error)
        ) from error


def _recipe(path: Path, value: np.ndarray) -> Recipe:
    try:
        tree: Any = tree_from_json(str(value[()]))
    except ValueError as error:
        raise BundleError("{}: recipe is not JSON: {}".format(path, error)) from error
    missing = [key for key in RECIPE_KEYS if not isinstance(tree, dict) or key not in tree]
    if missing:
        raise BundleError("{}: recipe lacks {}".format(path, _and(missing)))
    folds = tree["folds"]
    if not isinstance(folds, int) or folds < 2:
        raise BundleError("{}: recipe says {!r} folds; expected two or more".format(path, folds))
    return Recipe(str(tree["name"]), str(tree["version"]), folds, str(tree["data_fingerprint"]))


def _and(names: Sequence[str]) -> str:
    return ", ".join(names)
