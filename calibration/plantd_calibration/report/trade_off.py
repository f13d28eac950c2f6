"""What a looser or stricter promise would buy, on photographs nobody chose the rule on."""

from typing import List, NamedTuple

from plantd_calibration.report.outcomes import Reported, missed, outcome
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.thresholds import fit
from plantd_calibration.thresholds.calibrate import Calibration
from plantd_calibration.thresholds.fit import Fitted

# Shares of edible plants that the points aim to call edible.
AIMS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Point(NamedTuple):
    """One rule: what is proven for it, what it answers and what it lets through.

    Attributes:
        misses: poisonous fitting groups that are called edible.
        bound: what that proves: the upper bound of the rate of "edible" among poisonous plants.
        edible: edible plants of the report that are called edible.
        answered: edible plants of the report that are called edible or poisonous.
        missed: poisonous groups of the report that are called edible.
        unknown, negative: of the other halves, called edible.
    """

    misses: int
    bound: float
    edible: Rate
    answered: Rate
    missed: Rate
    unknown: Rate
    negative: Rate


def trade_off(calibration: Calibration, seen: Reported, strangers_limited: bool) -> List[Point]:
    """Return one point for each share of edible plants that is aimed at, by its bound.

    Each bound is that of its own point, as if it had been the only one.

    Args:
        strangers_limited: with the limits on strangers, or as if strangers did not matter.
    """
    fitted, targets = calibration.fitted, calibration.request.targets._replace(alpha=None)
    if not strangers_limited:
        targets = targets._replace(unknown=1.0, negative=1.0)
    found: List[Fitted] = []
    for aim in AIMS:
        one = fit.fit(
            calibration.tuning,
            calibration.judged,
            targets._replace(called_edible=aim),
            fitted.shape.score,
            fitted.shape.quality,
            "",
        )
        # From where the strangers' limits bind, every aim gives the same rule.
        if not found or one.thresholds != found[-1].thresholds:
            found.append(one)
    points = [_point(one, seen) for one in found]
    return sorted(points, key=lambda point: (point.bound, point.edible.k))


def _point(fitted: Fitted, seen: Reported) -> Point:
    harmless = outcome("", seen.known.take(~seen.known.poisonous), fitted.thresholds)
    unknown, negative = (
        outcome("", one, fitted.thresholds).edible for one in (seen.unknown, seen.negative)
    )
    return Point(
        misses=fitted.tested[-1].misses,
        bound=fitted.guarantee.bound,
        edible=harmless.edible,
        answered=harmless.answered,
        missed=missed(seen.known, fitted.thresholds),
        unknown=unknown,
        negative=negative,
    )
