"""The calibration of a bundle, from photographs to thresholds with a guarantee.

How this works, and which photographs serve what. Training was fitted to train and chosen on val.

    quality limits      a part of val, worsened on purpose, and all of train and val as they are
    temperatures        the fitting photographs (species: the edible ones only)
    shape of the rule   edible plants of val, and the tuning halves of unknown plants and non-plants
    guarantee           the poisonous fitting photographs: out of fold, or one half of test
    what is reported    test (or its other half), and the other halves of the strangers

With predictions of networks that did not see them, train and val together are the fitting
photographs and stand for val too; the shipped network, trained on all of them, is asked about the
strangers and test. Its temperatures come from the predictions: no photograph is left that it did
not see and that is not for the report.

The poisonous fitting photographs choose nothing; see `fitting`.
"""

import logging
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.errors import BundleError
from plantd.heads import POISONOUS
from plantd.quality import QualityLimits
from plantd_calibration import (
    bounds,
    fitting,
    picture_limits,
    predictions,
    refitting,
    strangers,
    temperature,
)
from plantd_calibration.fitting import Fitted, Judged, Tuning, Wish
from plantd_calibration.observing import AS_IS, MIRRORED, Observed, Observer
from plantd_calibration.photos import Photo, fingerprint, halves, in_split
from plantd_calibration.predictions import Predictions
from plantd_calibration.scores import Heads, logits_of, readings, scores_of
from plantd_calibration.temperature import Reliability

logger = logging.getLogger(__name__)

OUT_OF_FOLD = "out-of-fold"
TEST_HALF = "test-half"
FIT_ON = (OUT_OF_FOLD, TEST_HALF)
# Worsening all photographs in some twenty ways would take many times as long for the same limits.
WORSENED = 200


class Material(NamedTuple):
    """The photographs: labelled ones, unknown plants, pictures of no plant."""

    labelled: Sequence[Photo]
    unknown: Sequence[Photo]
    negative: Sequence[Photo]


class Request(NamedTuple):
    """What is asked.

    Attributes:
        fit_on: out-of-fold or test-half.
        seed: of the halves.
        predictions: out-of-fold readings of train and val, in place of `fit_on`.
        data: where the labelled photographs' manifest lies; asked for by predictions only.
    """

    wish: Wish = Wish()
    fit_on: str = OUT_OF_FOLD
    seed: int = 1
    predictions: Optional[Predictions] = None
    data: Path = Path()


class Part(NamedTuple):
    """Photographs with what the model says of them, raw.

    Attributes:
        places: (n,) of the species in the labels; -1 for strangers.
        poisonous: (n,) bool: truly, by the data's flag or by species.yaml.
    """

    photos: Sequence[Photo]
    observed: Observed
    places: np.ndarray
    poisonous: np.ndarray

    def judged(self, both: Heads, limits: QualityLimits) -> Judged:
        """Return the columns the rule is tried on."""
        read = readings(self.observed.poison, self.observed.species, both)
        scores = scores_of(read, self.observed.quality, limits)
        return Judged(scores, self.poisonous, [photo.group for photo in self.photos])


class Parts(NamedTuple):
    """Every part of the material; `fitting` is what the guarantee rests on."""

    val: Part
    fitting: Part
    report: Part
    tune_unknown: Part
    tune_negative: Part
    unknown: Part
    negative: Part


class HeadReport(NamedTuple):
    """One head: its temperature, and its reliability before and after on two sets."""

    name: str
    temperature: float
    fitting: Tuple[Reliability, Reliability]
    report: Tuple[Reliability, Reliability]


class Calibration(NamedTuple):
    """Everything a calibration found.

    Attributes:
        names: of the fitting and of the report photographs, in words.
        data_fingerprint: of the photographs the thresholds were fitted on.
    """

    parts: Parts
    both: Heads
    heads: Tuple[HeadReport, ...]
    study: picture_limits.Study
    separations: List[strangers.Separation]
    fitted: Fitted
    tuning: Tuning
    judged: Judged
    names: Tuple[str, str]
    data_fingerprint: str
    request: Request


def calibrate(bundle: Bundle, material: Material, request: Request, cache: Path) -> Calibration:
    """Return the calibration; nothing is written but what is kept in `cache`."""
    observer = Observer(bundle, cache)
    parts, names = _parts(bundle, material, request, observer)
    heads, both = _temperatures(bundle, parts)
    study = _study(observer, parts)
    refitted = request.predictions is None and request.fit_on == OUT_OF_FOLD
    separations = _separations(bundle, material, observer, parts, refitted)
    val = parts.val.judged(both, study.limits)
    tuning = Tuning(
        val.scores.take(~val.poisonous),
        parts.tune_unknown.judged(both, study.limits).scores,
        parts.tune_negative.judged(both, study.limits).scores,
    )
    judged = parts.fitting.judged(both, study.limits)
    score = strangers.best_on_device(separations)
    return Calibration(
        parts=parts,
        both=both,
        heads=heads,
        study=study,
        separations=separations,
        fitted=fitting.fit(tuning, judged, request.wish, score, study.limits, names[0]),
        tuning=tuning,
        judged=judged,
        names=names,
        data_fingerprint=fingerprint(parts.fitting.photos),
        request=request,
    )


def _parts(
    bundle: Bundle, material: Material, request: Request, observer: Observer
) -> Tuple[Parts, Tuple[str, str]]:
    splits = {name: in_split(material.labelled, name) for name in ("train", "val", "test")}
    val = _part(bundle, splits["val"], observer)
    if request.predictions is not None:
        fit = _held_out(bundle, splits["train"] + splits["val"], request, observer)
        val, report = fit, _part(bundle, splits["test"], observer)
        _check_unseen(fit, report)
        names = (_in_words(request.predictions), "test")
    elif request.fit_on == OUT_OF_FOLD:
        fit, folds = _out_of_fold(bundle, splits["train"], val, observer)
        report = _part(bundle, splits["test"], observer)
        names = ("{} folds over train, heads fitted again without them".format(folds), "test")
    else:
        first, second = halves(splits["test"], request.seed)
        fit, report = (_part(bundle, photos, observer) for photos in (first, second))
        names = ("one half of test", "the other half of test")
    unknown, negative = (
        [_part(bundle, photos, observer) for photos in halves(folder, request.seed)]
        for folder in (material.unknown, material.negative)
    )
    return Parts(val, fit, report, unknown[0], negative[0], unknown[1], negative[1]), names


def _part(bundle: Bundle, photos: Sequence[Photo], observer: Observer) -> Part:
    places, poisonous = truth(bundle, photos)
    return Part(photos, observer.observe(photos), places, poisonous)


def truth(bundle: Bundle, photos: Sequence[Photo]) -> Tuple[np.ndarray, np.ndarray]:
    """Return (n,) places of the species, -1 for strangers, and (n,) bool: truly poisonous.

    Raises BundleError for a label that the bundle does not have.
    """
    labels = bundle.manifest.species.labels
    unlisted = sorted({photo.label for photo in photos} - set(labels) - {""})
    if unlisted:
        raise BundleError(
            "the photographs show {}, which {} does not know; calibrate with the photographs of "
            "its species".format(", ".join(unlisted), bundle.manifest.title)
        )
    flags = dict(zip(labels, bundle.species_head.poisonous))
    places = [labels.index(photo.label) if photo.label else -1 for photo in photos]
    bad = [photo.poisonous or flags.get(photo.label, False) for photo in photos]
    return np.asarray(places, int), np.asarray(bad, bool)


def _held_out(
    bundle: Bundle, photos: Sequence[Photo], request: Request, observer: Observer
) -> Part:
    """Return train and val as networks see them that did not see them; the pictures as they are."""
    assert request.predictions is not None
    photos = sorted(photos, key=lambda photo: str(photo.path))
    found = predictions.held_out(request.predictions, bundle, photos, request.data)
    as_is = observer.observe(photos)
    places, poisonous = truth(bundle, photos)
    held = as_is._replace(poison=found.poison, species=found.species)
    return Part(photos, held, places, poisonous)


def _check_unseen(fit: Part, report: Part) -> None:
    """Networks trained on a part of the photographs cannot be clearly better than the shipped."""
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


def _in_words(given: Predictions) -> str:
    return (
        "train and val out of fold, {} networks by the recipe of {} {}; the bound is the recipe's, "
        "and holds for the shipped network as far as that recipe on all folds makes one alike; "
        "labels are right to 95-97 %, wrong ones count as missed".format(
            given.recipe.folds, given.recipe.name, given.recipe.version
        )
    )


def _out_of_fold(
    bundle: Bundle, photos: Sequence[Photo], val: Part, observer: Observer
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
    fit = refitting.Fit((as_is.features, mirrored.features), flags, places, groups)
    found = refitting.out_of_fold(fit, shipped, val.places)
    held = as_is._replace(poison=found.poison[:, np.argsort(turned)], species=found.species)
    return Part(photos, held, places, poisonous), found.folds


def _poison_order(bundle: Bundle) -> List[int]:
    """Return the places of (edible, poisonous) in the poison head's output."""
    bad = bundle.manifest.poison.labels.index(POISONOUS)
    return [1 - bad, bad]


def _temperatures(bundle: Bundle, parts: Parts) -> Tuple[Tuple[HeadReport, ...], Heads]:
    """Return both heads with temperatures, and how reliable they are before and after."""
    poison, species = bundle.manifest.poison, bundle.species_head
    bad = poison.labels.index(POISONOUS)
    reports = []
    for name, head in (("poison", poison), ("species", species)):
        sets = []
        for part in (parts.fitting, parts.report):
            flags = np.asarray([photo.poisonous for photo in part.photos])
            target = np.where(flags, bad, 1 - bad) if name == "poison" else part.places
            sets.append((logits_of(getattr(part.observed, name), head), target))
        logits, target = sets[0]
        # The poisonous ones are seen once, by the tests; the poison head's temperature, which needs
        # them, changes no decision (see fitting).
        chosen = ~parts.fitting.poisonous if name == "species" else slice(None)
        fitted = round(temperature.fit(logits[chosen], target[chosen]), 4)
        pairs = [
            (temperature.reliability(*one, 1.0), temperature.reliability(*one, fitted))
            for one in sets
        ]
        reports.append(HeadReport(name, fitted, pairs[0], pairs[1]))
    both = Heads(
        poison._replace(temperature=reports[0].temperature),
        species._replace(temperature=reports[1].temperature),
    )
    return tuple(reports), both


def _study(observer: Observer, parts: Parts) -> picture_limits.Study:
    val = parts.val
    every = max(1, len(val.photos) // WORSENED)
    clean = [val.observed.quality, parts.fitting.observed.quality]
    return picture_limits.study(
        observer, val.photos[::every], val.places[::every], np.concatenate(clean)
    )


def _separations(
    bundle: Bundle, material: Material, observer: Observer, parts: Parts, refitted: bool
) -> List[strangers.Separation]:
    known = strangers.Known(np.empty((0, 0)), np.empty(0, int))
    # Features that the trunk was trained to give for these photographs say nothing about others.
    if refitted:
        train = in_split(material.labelled, "train")
        known = strangers.Known(observer.observe(train).features, truth(bundle, train)[0])
    head = bundle.manifest.species
    tune, report = (
        [part.observed._replace(species=logits_of(part.observed.species, head)) for part in triple]
        for triple in (
            (parts.val, parts.tune_unknown, parts.tune_negative),
            (parts.report, parts.unknown, parts.negative),
        )
    )
    return strangers.separations(tune, report, known, head.kind)
