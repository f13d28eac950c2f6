"""What was shown of the thresholds, one bound for each kind of photograph that must not be edible.

Independent photographs count once: groups of near-duplicates of plants that are known, the labels
of strangers. A group is missed when one photograph of it is called edible, so a bound speaks of the
worst photograph of each.
"""

from typing import List

import numpy as np

from plantd.answers import EDIBLE
from plantd.verdict import ErrorBound, Thresholds
from plantd_calibration.stats import bounds
from plantd_calibration.stats.labelled_scores import LabelledScores, groups_of, missed_groups
from plantd_calibration.stats.scores import answers

KNOWN_POISONOUS = "known_poisonous"
POISONOUS_STRANGERS = "poisonous_strangers"
OTHER_PLANTS = "other_plants"
NO_PLANTS = "no_plants"
FULL, PRECISIONS = "fp32", ("fp16", "int8")


def error_bound(
    about: str,
    judged: LabelledScores,
    thresholds: Thresholds,
    confidence: float,
    method: str,
    precision: str,
) -> ErrorBound:
    """Return what these photographs show: none of them may be called edible."""
    every = judged._replace(poisonous=np.ones(len(judged.groups), bool))
    groups, missed = groups_of(every), missed_groups(every, thresholds)
    called = int((answers(judged.scores, thresholds) == EDIBLE).sum())
    return ErrorBound(
        about=about,
        n=len(judged.groups),
        groups=groups,
        misses=called,
        upper_bound=bounds.upper_bound(missed, groups, confidence),
        confidence=confidence,
        method="exact binomial, {} of {} groups missed; {}".format(missed, groups, method),
        precision=precision,
    )


def of_strangers(
    unknown: LabelledScores,
    negative: LabelledScores,
    thresholds: Thresholds,
    confidence: float,
    precision: str,
) -> List[ErrorBound]:
    """Return the bounds of strangers that were kept apart; none of what has no photographs."""
    method = (
        "one group a label; kept apart from training and thresholds, read by the network that ships"
    )
    kinds = (
        (POISONOUS_STRANGERS, unknown.take(unknown.poisonous)),
        (OTHER_PLANTS, unknown),
        (NO_PLANTS, negative),
    )
    return [
        error_bound(about, judged, thresholds, confidence, method, precision)
        for about, judged in kinds
        if judged.groups
    ]


def precision_of(version: str) -> str:
    """Return the precision of a bundle's graph: its version ends in +PRECISION, or it is full."""
    told = version.rpartition("+")[2]
    return told if told in PRECISIONS else FULL
