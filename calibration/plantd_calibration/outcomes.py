"""What a rule does to photographs nobody chose it on: rates with exact intervals."""

from typing import List, NamedTuple

import numpy as np

from plantd import verdict
from plantd.quality import Quality
from plantd.verdict import Thresholds
from plantd_calibration import bounds, fitting
from plantd_calibration.bounds import Rate
from plantd_calibration.confidence import Calibration
from plantd_calibration.judged import Judged, groups_of, missed_groups
from plantd_calibration.scores import answers, readings

# Shares of edible plants that the curve's points aim to answer.
ANSWERED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Outcome(NamedTuple):
    """One kind of picture: how many there are and what they were called."""

    name: str
    n: int
    edible: Rate
    poisonous: Rate
    unsure: Rate


class Point(NamedTuple):
    """One point of the trade-off: what is proven, and what it costs and lets through.

    Attributes:
        bound: proven upper bound of the rate of "edible" among poisonous plants.
        answered: edible plants of the report that are called edible.
        missed: poisonous groups of the report that are called edible.
        unknown, negative: of the other halves, called edible.
    """

    bound: float
    answered: Rate
    missed: Rate
    unknown: Rate
    negative: Rate


class Called(NamedTuple):
    """One poisonous photograph of the report and its verdict."""

    file: str
    label: str
    answer: str
    rule: str
    poison_p: float
    mass: float
    best: str
    best_p: float
    standout: float


class Material(NamedTuple):
    """The report's photographs in columns."""

    report: Judged
    unknown: Judged
    negative: Judged


def material(calibration: Calibration) -> Material:
    """Return what is reported on, with the calibrated heads and picture limits."""
    parts, limits = calibration.parts, calibration.study.limits
    return Material(
        *(
            part.judged(calibration.both, limits)
            for part in (parts.report, parts.unknown, parts.negative)
        )
    )


def outcomes(seen: Material, thresholds: Thresholds, report: str) -> List[Outcome]:
    """Return what the thresholds do to each kind of picture of the report."""
    bad = seen.report.poisonous
    kinds = (
        ("{}, edible plants".format(report), seen.report.take(~bad)),
        ("{}, poisonous plants".format(report), seen.report.take(bad)),
        ("unknown plants, other half", seen.unknown),
        ("no plants, other half", seen.negative),
    )
    return [_outcome(name, judged, thresholds) for name, judged in kinds]


def missed(judged: Judged, thresholds: Thresholds) -> Rate:
    """Return the poisonous groups of which a photograph is called edible."""
    k, n = missed_groups(judged, thresholds), groups_of(judged)
    return bounds.rate(k, n)


def curve(calibration: Calibration, seen: Material, strangers_limited: bool) -> List[Point]:
    """Return the trade-off: one point for each share of edible plants that is aimed at.

    Each bound is that of its own point, as if it had been the only one.

    Args:
        strangers_limited: with the limits on strangers, or as if strangers did not matter.
    """
    fitted, wish = calibration.fitted, calibration.request.wish._replace(alpha=None)
    if not strangers_limited:
        wish = wish._replace(unknown=1.0, negative=1.0)
    found: List[fitting.Fitted] = []
    for share in ANSWERED:
        one = fitting.fit(
            calibration.tuning,
            calibration.judged,
            wish._replace(answered=share),
            fitted.shape.score,
            fitted.shape.quality,
            "",
        )
        # From where the strangers' limits bind, every aim gives the same rule.
        if not found or one.thresholds != found[-1].thresholds:
            found.append(one)
    return [_point(one, seen) for one in found]


def called(calibration: Calibration) -> List[Called]:
    """Return every poisonous photograph of the report with its verdict, the worst first."""
    part, thresholds = calibration.parts.report, calibration.fitted.thresholds
    read = readings(part.observed.poison, part.observed.species, calibration.both)
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


def _outcome(name: str, judged: Judged, thresholds: Thresholds) -> Outcome:
    given, n = answers(judged.scores, thresholds), len(judged.poisonous)
    order = (verdict.EDIBLE, verdict.POISONOUS, verdict.UNSURE)
    return Outcome(name, n, *(bounds.rate(int((given == answer).sum()), n) for answer in order))


def _point(fitted: fitting.Fitted, seen: Material) -> Point:
    harmless = seen.report.take(~seen.report.poisonous)
    sets = (harmless, seen.unknown, seen.negative)
    answered, unknown, negative = (_outcome("", one, fitted.thresholds).edible for one in sets)
    return Point(
        bound=fitted.guarantee.bound,
        answered=answered,
        missed=missed(seen.report, fitted.thresholds),
        unknown=unknown,
        negative=negative,
    )
