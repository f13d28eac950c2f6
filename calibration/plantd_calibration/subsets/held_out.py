"""Readings out of fold, brought to the photographs they are of; what does not fit is refused."""

from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

import numpy as np

from plantd.bundle import Bundle
from plantd.bundle.manifest import Manifest
from plantd.errors import BundleError
from plantd_calibration.data.photo_lists import path_of
from plantd_calibration.data.photos import Photo, fingerprint
from plantd_calibration.data.predictions import Predictions


class HeldOut(NamedTuple):
    """Raw logits in the order of the photographs: (n, labels) each, and how many folds."""

    poison: np.ndarray
    species: np.ndarray
    folds: int


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
    _check_numbers(given)
    seen = fingerprint(photos)
    if seen != given.recipe.data_fingerprint:
        raise BundleError(
            "{} was made from photographs with the fingerprint {}, these of train and val have {}; "
            "give the photographs it was made from, or make it again".format(
                given.path, given.recipe.data_fingerprint, seen
            )
        )
    return HeldOut(given.poison[rows], given.species[rows], given.recipe.folds)


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
                manifest.title, ", ".join(sorted(kinds))
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


def _check_numbers(given: Predictions) -> None:
    for name, values in (("poison", given.poison), ("species", given.species)):
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if len(bad):
            raise BundleError(
                "{}: {} of {} is not a finite number; a network that fails on a photograph says "
                "nothing about it: train that fold again".format(
                    given.path, name, given.file[bad[0]]
                )
            )
