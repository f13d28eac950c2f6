"""Train and val as networks see them that did not see them: read from a file, or fitted again."""

from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.errors import BundleError
from plantd.heads import POISONOUS
from plantd_calibration.data.inference import AS_IS, MIRRORED, CachedInference, ModelOutputs
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.predictions import Predictions
from plantd_calibration.stats import bounds
from plantd_calibration.subsets import head_refit
from plantd_calibration.subsets.held_out import held_out
from plantd_calibration.subsets.subset import Part, truth


def part_held_out(
    bundle: Bundle,
    photos: Sequence[Photo],
    given: Predictions,
    data: Path,
    observer: CachedInference,
) -> Part:
    """Return the photographs with the readings of a file; the pictures are measured."""
    photos = sorted(photos, key=lambda photo: str(photo.path))
    found = held_out(given, bundle, photos, data)
    nothing = np.empty((len(photos), 0), np.float32)
    held = ModelOutputs(found.poison, found.species, nothing, observer.measured(photos))
    places, poisonous = truth(bundle, photos)
    return Part(photos, held, places, poisonous)


def check_unseen(fit: Part, report: Part) -> None:
    """Raise BundleError where the networks of the folds are clearly better than the shipped one.

    Networks trained on a part of the photographs cannot be better than one trained on all.
    """
    seen, fresh = (
        bounds.rate(int((p.observed.species.argmax(1) == p.places).sum()), len(p.places), 0.99)
        for p in (fit, report)
    )
    if bounds.surely_above(seen, fresh):
        raise BundleError(
            "the predictions name {:.3f} of train and val right, the bundle only {:.3f} of test; "
            "they come from networks that saw the photographs they answer for, and prove "
            "nothing".format(seen.share, fresh.share)
        )


def in_words(given: Predictions) -> str:
    """Return where the readings come from and what is assumed of them, for the guarantee."""
    return (
        "train and val out of fold, {} networks by the recipe of {} {}; the bound is the recipe's, "
        "and holds for the shipped network as far as that recipe on all folds makes one alike; "
        "labels are right to 95-97 %, wrong ones count as missed".format(
            given.recipe.folds, given.recipe.name, given.recipe.version
        )
    )


def refitted(
    bundle: Bundle, photos: Sequence[Photo], val: Part, observer: CachedInference
) -> Tuple[Part, int]:
    """Return train with what heads say that were fitted without each photograph's group."""
    manifest = bundle.manifest
    if {manifest.poison.kind, manifest.species.kind} != {"logits"}:
        raise BundleError("heads without logits cannot be fitted again: use --fit-on test-half")
    as_is, mirrored = (observer.observe(photos, change) for change in (AS_IS, MIRRORED))
    places, poisonous = truth(bundle, photos)
    # The poison head learned the data's flag; species.yaml may call more plants poisonous.
    flags = np.asarray([int(photo.poisonous) for photo in photos])
    groups = [photo.group for photo in photos]
    turned = _poison_order(bundle)
    shipped = val.observed._replace(poison=val.observed.poison[:, turned])
    fit = head_refit.Fit((as_is.features, mirrored.features), flags, places, groups)
    found = head_refit.out_of_fold(fit, shipped, val.places)
    held = as_is._replace(poison=found.poison[:, np.argsort(turned)], species=found.species)
    return Part(photos, held, places, poisonous), found.folds


def _poison_order(bundle: Bundle) -> List[int]:
    """Return the places of (edible, poisonous) in the poison head's output."""
    bad = bundle.manifest.poison.labels.index(POISONOUS)
    return [1 - bad, bad]
