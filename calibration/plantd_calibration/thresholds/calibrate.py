"""The calibration of a bundle, from photographs to thresholds with a guarantee.

How this works: `parts` says which photographs serve what; temperatures, picture limits and the
score that tells strangers come first, and `fitting` chooses and tests thresholds on what they give.
"""

from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.quality import QualityLimits
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.data.inference import CachedInference
from plantd_calibration.data.photos import fingerprint, in_split
from plantd_calibration.stats.labelled_scores import LabelledScores
from plantd_calibration.stats.scores import Heads, logits_of
from plantd_calibration.subsets.partition import Partition, parts_of
from plantd_calibration.subsets.request import OUT_OF_FOLD, Material, Request
from plantd_calibration.subsets.subset import deadly, truth
from plantd_calibration.thresholds import fit as fitting
from plantd_calibration.thresholds import ood_scores, picture_limits
from plantd_calibration.thresholds.corruption_results import Worsened, worsened
from plantd_calibration.thresholds.fit import Fitted
from plantd_calibration.thresholds.head_temperatures import HeadReport, heads_with_temperatures
from plantd_calibration.thresholds.path import Tuning

# Worsening all photographs in some forty ways would take many times as long for the same limits.
WORSENED = 80


class Calibration(NamedTuple):
    """Everything a calibration found.

    Attributes:
        names: of the fitting and of the report photographs, in words.
        data_fingerprint: of the photographs the thresholds were fitted on.
        learned_strangers: whether strangers were learned from, and others kept apart.
    """

    parts: Partition
    both: Heads
    heads: Tuple[HeadReport, ...]
    study: picture_limits.Study
    separations: List[ood_scores.Separation]
    fitted: Fitted
    tuning: Tuning
    judged: LabelledScores
    worsened: List[Worsened]
    names: Tuple[str, str]
    data_fingerprint: str
    request: Request
    learned_strangers: bool = False


def calibrate(
    bundle: Bundle,
    material: Material,
    request: Request,
    cache: Path,
    cluster: Optional[Cluster] = None,
) -> Calibration:
    """Return the calibration; nothing is written but what is kept in `cache`.

    Args:
        cluster: shares the photographs that have to be looked at.
    """
    observer = CachedInference(bundle, cache, cluster)
    parts, names = parts_of(bundle, material, request, observer)
    heads, both = heads_with_temperatures(bundle, parts)
    study = _study(observer, parts)
    separations = _separations(bundle, material, request, observer, parts)
    tuning = _tuning(parts, both, study.limits)
    judged = parts.fitting.judged(both, study.limits)
    score = ood_scores.best_on_device(separations)
    fitted = fitting.fit(tuning, judged, request.targets, score, study.limits, names[0])
    return Calibration(
        parts=parts,
        both=both,
        heads=heads,
        study=study,
        separations=separations,
        fitted=fitted,
        tuning=tuning,
        judged=judged,
        worsened=worsened(observer, parts.report, both, study.limits, fitted.thresholds),
        names=names,
        data_fingerprint=fingerprint(parts.fitting.photos),
        request=request,
        learned_strangers=bool(material.strangers),
    )


def _tuning(parts: Partition, both: Heads, limits: QualityLimits) -> Tuning:
    val, unknown, negative = (
        part.judged(both, limits) for part in (parts.val, parts.tune_unknown, parts.tune_negative)
    )
    harmless = ~val.poisonous
    return Tuning(
        val.scores.take(harmless),
        unknown.scores,
        negative.scores,
        ~deadly(both.species, parts.val)[harmless],
        unknown.poisonous,
    )


def _study(observer: CachedInference, parts: Partition) -> picture_limits.Study:
    """The poisonous photographs choose nothing, no limit of a picture either."""
    val, fit = (~part.poisonous for part in (parts.val, parts.fitting))
    places = np.flatnonzero(val)
    places = places[:: max(1, len(places) // WORSENED)]
    clean = [parts.val.observed.quality[val], parts.fitting.observed.quality[fit]]
    photos = [parts.val.photos[place] for place in places]
    return picture_limits.study(observer, photos, parts.val.places[places], np.concatenate(clean))


def _separations(
    bundle: Bundle,
    material: Material,
    request: Request,
    observer: CachedInference,
    parts: Partition,
) -> List[ood_scores.Separation]:
    known = ood_scores.Known(np.empty((0, 0)), np.empty(0, int))
    # Features that the trunk was trained to give for these photographs say nothing about others.
    if request.predictions is None and request.fit_on == OUT_OF_FOLD:
        train = in_split(material.labelled, "train")
        known = ood_scores.Known(observer.observe(train).features, truth(bundle, train)[0])
    head = bundle.manifest.species
    plants = [label not in head.background for label in head.labels]
    tune, report = (
        [
            part.observed._replace(species=logits_of(part.observed.species, head)[:, plants])
            for part in triple
        ]
        for triple in (
            (parts.val, parts.tune_unknown, parts.tune_negative),
            (parts.report, parts.unknown, parts.negative),
        )
    )
    may_pass = (request.targets.unknown, request.targets.negative)
    return ood_scores.separations(tune, report, known, head.kind, may_pass)
