"""What a rule does to photographs nobody chose it on: rates with exact intervals."""

from typing import List, NamedTuple

import numpy as np

from plantd import verdict
from plantd.quality import Quality
from plantd.verdict import Thresholds
from plantd_calibration.stats import bounds
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.stats.labelled_scores import LabelledScores, groups_of, missed_groups
from plantd_calibration.stats.scores import Heads, answers, readings
from plantd_calibration.subsets.subset import Part
from plantd_calibration.thresholds.calibrate import Calibration


class Outcome(NamedTuple):
    """One kind of picture: how many there are and what they were called.

    Attributes:
        answered: called edible or poisonous.
    """

    name: str
    n: int
    edible: Rate
    poisonous: Rate
    answered: Rate
    unsure: Rate


class Called(NamedTuple):
    """One poisonous photograph and its verdict."""

    file: str
    label: str
    answer: str
    rule: str
    poison_p: float
    mass: float
    best: str
    best_p: float
    standout: float


class Reported(NamedTuple):
    """The photographs of the report in columns; `known` are those of the model's species."""

    known: LabelledScores
    unknown: LabelledScores
    negative: LabelledScores


def reported(calibration: Calibration) -> Reported:
    """Return what is reported on, with the calibrated heads and picture limits."""
    parts, limits = calibration.parts, calibration.study.limits
    return Reported(
        *(
            part.judged(calibration.both, limits)
            for part in (parts.report, parts.unknown, parts.negative)
        )
    )


def outcomes(seen: Reported, thresholds: Thresholds, report: str) -> List[Outcome]:
    """Return what the thresholds do to each kind of picture of the report."""
    bad = seen.known.poisonous
    kinds = (
        ("{}, edible plants".format(report), seen.known.take(~bad)),
        ("{}, poisonous plants".format(report), seen.known.take(bad)),
        ("unknown plants, other half", seen.unknown),
        ("no plants, other half", seen.negative),
    )
    return [outcome(name, judged, thresholds) for name, judged in kinds]


def missed(judged: LabelledScores, thresholds: Thresholds) -> Rate:
    """Return the poisonous groups of which a photograph is called edible."""
    k, n = missed_groups(judged, thresholds), groups_of(judged)
    return bounds.rate(k, n)


def called(part: Part, both: Heads, thresholds: Thresholds) -> List[Called]:
    """Return every poisonous photograph of a part with its verdict, the worst first."""
    read = readings(part.observed.poison, part.observed.species, both)
    found = []
    for place in np.flatnonzero(part.poisonous):
        reading, photo = read[place], part.photos[place]
        quality = Quality(*part.observed.quality[place])
        decision = verdict.decide(reading, quality, thresholds)
        found.append(
            Called(
                photo.path.name,
                photo.label,
                decision.answer,
                decision.rule,
                reading.poison_p,
                reading.poisonous_mass,
                reading.best.label,
                reading.best.p,
                reading.standout,
            )
        )
    worst = {verdict.EDIBLE: 0, verdict.UNSURE: 1, verdict.POISONOUS: 2}
    return sorted(found, key=lambda one: (worst[one.answer], one.label, one.file))


def outcome(name: str, judged: LabelledScores, thresholds: Thresholds) -> Outcome:
    """Return what the thresholds call photographs of one kind."""
    given, n = answers(judged.scores, thresholds), len(judged.poisonous)
    edible, poisonous, unsure = (
        int((given == answer).sum())
        for answer in (verdict.EDIBLE, verdict.POISONOUS, verdict.UNSURE)
    )
    counts = (edible, poisonous, edible + poisonous, unsure)
    return Outcome(name, n, *(bounds.rate(count, n) for count in counts))
