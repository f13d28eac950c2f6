"""Thresholds for "edible" that keep a bound on poisonous plants called edible. Pure.

How this works. A shape says how the thresholds go together; along its path they move step by step
from "hardly ever edible" to loose. Everything about the shape, and the step that is aimed at, is
chosen on edible plants and strangers alone. The poisonous photographs then speak once:

    without a wish   at the step that is aimed at, the strictest one at which the wished share of
                     edible plants is still called edible. The poisonous groups that are called
                     edible there are counted, and alpha is what the count proves. Nothing was
                     chosen among several counts, so the exact bound of one binomial holds.
    with an alpha    the steps are tested from the strictest on until one fails; the last that
                     passed is taken. Testing in a fixed order costs nothing (every test may use the
                     whole error of 5 %). Source: Angelopoulos et al., Learn then Test, 2021,
                     fixed-sequence testing.

Either way misses are allowed: some labels are wrong, and a plant that is edible under a poisonous
label must not close the way for all others. It counts as a miss all the same.
"""

from typing import List, NamedTuple, Tuple

from plantd import verdict
from plantd.errors import BundleError, UsageError
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds, check_thresholds
from plantd_calibration.stats import bounds
from plantd_calibration.stats.labelled_scores import LabelledScores, groups_of, missed_groups
from plantd_calibration.subsets.targets import Targets
from plantd_calibration.thresholds.path import ThresholdPath, Tuning, choose_path


class Tested(NamedTuple):
    """One step on the fitting photographs: poisonous groups called edible, and what it proves."""

    step: int
    misses: int
    bound: float
    passed: bool


class Fitted(NamedTuple):
    """The thresholds and what was tested for them."""

    thresholds: Thresholds
    shape: ThresholdPath
    guarantee: verdict.Guarantee
    tested: Tuple[Tested, ...]


def fit(
    tuning: Tuning,
    fitting: LabelledScores,
    targets: Targets,
    score: str,
    quality: QualityLimits,
    method: str,
) -> Fitted:
    """Return thresholds that keep the wish, with their guarantee.

    Args:
        fitting: the poisonous ones among them are what the guarantee rests on.
        score, quality: which score tells strangers, and what a good picture is.
        method: how the fitting photographs came about, for the guarantee.
    Raises UsageError where the photographs cannot prove the wish, BundleError where no thresholds
    keep it.
    """
    n = groups_of(fitting)
    if targets.alpha is not None:
        bounds.check_wish(targets.alpha, n, targets.confidence)
    elif n == 0:
        raise UsageError("no fitting photograph is poisonous; without one nothing can be promised")
    shape = choose_path(tuning, targets, score, quality)
    if targets.alpha is None:
        return _counted(shape, fitting, targets, method)
    return _tested(shape, fitting, targets, targets.alpha, method)


def fixed_sequence(
    shape: ThresholdPath, fitting: LabelledScores, alpha: float, confidence: float
) -> List[Tested]:
    """Return the tests in their order, the one that failed last; all passed ones keep alpha."""
    tested, n = [], groups_of(fitting)
    for step in range(shape.last + 1):
        misses = missed_groups(fitting, shape.at(step))
        bound = bounds.upper_bound(misses, n, confidence)
        tested.append(Tested(step, misses, bound, bound <= alpha))
        if not tested[-1].passed:
            break
    return tested


def _counted(
    shape: ThresholdPath, fitting: LabelledScores, targets: Targets, method: str
) -> Fitted:
    """One step was chosen without the poisonous photographs; they say what it lets through."""
    n, thresholds = groups_of(fitting), shape.at(shape.aimed)
    check_thresholds(thresholds)
    misses = missed_groups(fitting, thresholds)
    bound = bounds.upper_bound(misses, n, targets.confidence)
    name = "exact binomial, {} missed, at thresholds chosen on edible plants and strangers".format(
        misses
    )
    guarantee = verdict.Guarantee(
        alpha=bound,
        n=n,
        bound=bound,
        confidence=targets.confidence,
        method="{}; {}".format(name, method),
    )
    return Fitted(thresholds, shape, guarantee, (Tested(shape.aimed, misses, bound, True),))


def _tested(
    shape: ThresholdPath, fitting: LabelledScores, targets: Targets, alpha: float, method: str
) -> Fitted:
    n, tested = groups_of(fitting), fixed_sequence(shape, fitting, alpha, targets.confidence)
    passed = [one for one in tested if one.passed]
    if not passed:
        raise BundleError(
            "alpha {:g} is not kept: the strictest thresholds already call {} of {} poisonous "
            "groups edible, which proves {:.4f}; allow a larger --alpha, or look at those "
            "photographs: their labels may be wrong".format(
                alpha, tested[0].misses, n, tested[0].bound
            )
        )
    thresholds = shape.at(passed[-1].step)
    check_thresholds(thresholds)
    allowed = max(k for k in range(n) if bounds.upper_bound(k, n, targets.confidence) <= alpha)
    name = "learn then test, fixed sequence, exact binomial, {} missed".format(passed[-1].misses)
    guarantee = verdict.Guarantee(
        alpha=alpha,
        n=n,
        bound=bounds.upper_bound(allowed, n, targets.confidence),
        confidence=targets.confidence,
        method="{}; {}".format(name, method),
    )
    return Fitted(thresholds, shape, guarantee, tuple(tested))
