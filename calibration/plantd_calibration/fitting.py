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

import itertools
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd import verdict
from plantd.errors import BundleError, UsageError
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds, check_thresholds
from plantd_calibration import bounds
from plantd_calibration.scores import Scores, answers

# Each head may refuse the same share of edible plants: one level for both, from strict to loose.
LEVELS = np.round(np.arange(0.02, 1.0, 0.005), 3)
SPECIES_P = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
# Thresholds of the stranger score that are tried: quantiles of known plants.
KNOWN_QUANTILES = tuple(np.arange(0.0, 0.96, 0.0125))


class Wish(NamedTuple):
    """What the thresholds are to keep.

    Attributes:
        alpha: rate of "edible" among poisonous plants; None asks for what the aimed step proves.
        confidence: of that bound.
        unknown, negative: shares of unknown plants and of non-plants that may be called edible.
        false_alarms: share of edible plants that each head may call poisonous.
        answered: share of edible plants that should be called edible. The usual one is the
            project's aim of 0.6 and what chance may take from it on some 500 other photographs.
    """

    alpha: Optional[float] = None
    confidence: float = 0.95
    unknown: float = 0.02
    negative: float = 0.005
    false_alarms: float = 0.03
    answered: float = 0.63


class Judged(NamedTuple):
    """Photographs in columns: are they truly poisonous, and to which groups do they belong?"""

    scores: Scores
    poisonous: np.ndarray
    groups: Sequence[str]

    def take(self, chosen: np.ndarray) -> "Judged":
        """Return the photographs at these places."""
        names = [name for name, wanted in zip(self.groups, chosen) if wanted]
        return Judged(self.scores.take(chosen), self.poisonous[chosen], names)


class Tuning(NamedTuple):
    """What the shape is chosen on: edible plants, unknown plants, pictures of no plant."""

    edible: Scores
    unknown: Scores
    negative: Scores


class Shape(NamedTuple):
    """How the thresholds go together.

    Attributes:
        poison_p, poisonous_mass: from here on the answer is poisonous.
        path: for each step both heads' thresholds of "edible", the strictest first.
        species_p: least probability of the best species.
        score: standout or energy.
        known: its least value.
        quality: limits of the picture.
        last: the loosest step that keeps the strangers within their limits.
        aimed: the strictest step that answers enough edible plants; `last` where none does.
    """

    poison_p: float
    poisonous_mass: float
    path: Tuple[Tuple[float, float], ...]
    species_p: float
    score: str
    known: float
    quality: QualityLimits
    last: int
    aimed: int

    def at(self, step: int) -> Thresholds:
        """Return the thresholds of a step."""
        lower_p, lower_mass = self.path[step]
        thresholds = Thresholds(
            poison_p=self.poison_p,
            poisonous_mass=self.poisonous_mass,
            edible_poison_p=lower_p,
            edible_poisonous_mass=lower_mass,
            species_p=self.species_p,
            quality=self.quality,
        )
        if self.score == "energy":
            return thresholds._replace(energy=self.known)
        return thresholds._replace(standout=self.known)


class Tested(NamedTuple):
    """One step on the fitting photographs: poisonous groups called edible, and what it proves."""

    step: int
    misses: int
    bound: float
    passed: bool


class Fitted(NamedTuple):
    """The thresholds and what was tested for them."""

    thresholds: Thresholds
    shape: Shape
    guarantee: verdict.Guarantee
    tested: Tuple[Tested, ...]


def fit(
    tuning: Tuning, fitting: Judged, wish: Wish, score: str, quality: QualityLimits, method: str
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
    if wish.alpha is not None:
        bounds.check_wish(wish.alpha, n, wish.confidence)
    elif n == 0:
        raise UsageError("no fitting photograph is poisonous; without one nothing can be promised")
    shape = chosen_shape(tuning, wish, score, quality)
    if wish.alpha is None:
        return _counted(shape, fitting, wish, method)
    return _tested(shape, fitting, wish, wish.alpha, method)


def fixed_sequence(shape: Shape, fitting: Judged, alpha: float, confidence: float) -> List[Tested]:
    """Return the tests in their order, the one that failed last; all passed ones keep alpha."""
    tested, n = [], groups_of(fitting)
    for step in range(shape.last + 1):
        misses = missed_groups(fitting, shape.at(step))
        bound = bounds.upper_bound(misses, n, confidence)
        tested.append(Tested(step, misses, bound, bound <= alpha))
        if not tested[-1].passed:
            break
    return tested


def missed_groups(judged: Judged, thresholds: Thresholds) -> int:
    """Return how many poisonous groups have a photograph that is called edible."""
    edible = (answers(judged.scores, thresholds) == verdict.EDIBLE) & judged.poisonous
    return len({name for name, missed in zip(judged.groups, edible) if missed})


def groups_of(judged: Judged) -> int:
    """Return how many independent poisonous photographs there are."""
    return len({name for name, bad in zip(judged.groups, judged.poisonous) if bad})


def chosen_shape(tuning: Tuning, wish: Wish, score: str, quality: QualityLimits) -> Shape:
    """Return the best shape for edible plants and strangers; see `_worth`."""
    shapes = [_within_limits(tuning, wish, each) for each in _shapes(tuning, wish, score, quality)]
    worths = [(_worth(tuning, wish, shape), shape) for shape in shapes if shape is not None]
    # Worths are never equal: the last two entries name the shape.
    best = min(worths, default=None, key=lambda one: one[0])
    if best is None or not answered_by(tuning.edible, best[1], best[1].last):
        raise BundleError(
            "no thresholds keep the answer edible from strangers (at most {:g} of unknown plants, "
            "{:g} of pictures of no plant) and answer anything; allow more with --unknown-max or "
            "--negative-max, or train the heads better".format(wish.unknown, wish.negative)
        )
    return best[1]


def needed_step(scores: Scores, shape: Shape) -> np.ndarray:
    """Return (n,) the first step at which each photograph is called edible; len(path) for never."""
    lower_p, lower_mass = np.asarray(shape.path).T
    # "Edible" asks for less than a threshold; so the first step whose threshold is larger.
    needed = np.maximum(
        np.searchsorted(lower_p, scores.poison_p, side="right"),
        np.searchsorted(lower_mass, scores.mass, side="right"),
    )
    possible = (scores.poison_p < shape.poison_p) & (scores.mass < shape.poisonous_mass)
    possible &= (scores.best_p >= shape.species_p) & ~scores.best_poisonous & scores.good
    possible &= getattr(scores, shape.score) >= shape.known
    return np.where(possible, needed, len(shape.path))


def answered_by(scores: Scores, shape: Shape, step: int) -> int:
    """Return how many photographs a step calls edible."""
    return int((needed_step(scores, shape) <= step).sum())


def floored(value: float) -> float:
    """Return a probability with nine digits, rounded down."""
    return float(np.floor(value * 1e9) / 1e9)


def _counted(shape: Shape, fitting: Judged, wish: Wish, method: str) -> Fitted:
    """One step was chosen without the poisonous photographs; they say what it lets through."""
    n, thresholds = groups_of(fitting), shape.at(shape.aimed)
    check_thresholds(thresholds)
    misses = missed_groups(fitting, thresholds)
    bound = bounds.upper_bound(misses, n, wish.confidence)
    name = "exact binomial, {} missed, at thresholds chosen on edible plants and strangers".format(
        misses
    )
    guarantee = verdict.Guarantee(
        alpha=bound,
        n=n,
        bound=bound,
        confidence=wish.confidence,
        method="{}; {}".format(name, method),
    )
    return Fitted(thresholds, shape, guarantee, (Tested(shape.aimed, misses, bound, True),))


def _tested(shape: Shape, fitting: Judged, wish: Wish, alpha: float, method: str) -> Fitted:
    n, tested = groups_of(fitting), fixed_sequence(shape, fitting, alpha, wish.confidence)
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
    allowed = max(k for k in range(n) if bounds.upper_bound(k, n, wish.confidence) <= alpha)
    name = "learn then test, fixed sequence, exact binomial, {} missed".format(passed[-1].misses)
    guarantee = verdict.Guarantee(
        alpha=alpha,
        n=n,
        bound=bounds.upper_bound(allowed, n, wish.confidence),
        confidence=wish.confidence,
        method="{}; {}".format(name, method),
    )
    return Fitted(thresholds, shape, guarantee, tuple(tested))


def _shapes(tuning: Tuning, wish: Wish, score: str, quality: QualityLimits) -> Iterator[Shape]:
    edible = tuning.edible
    alarms = [
        floored(float(np.quantile(values, 1.0 - wish.false_alarms, method="lower")))
        for values in (edible.poison_p, edible.mass)
    ]
    # Quantiles are values that were seen: so no temperature changes what a level means.
    levels = LEVELS[1.0 - wish.false_alarms >= LEVELS]
    columns = [
        np.quantile(values, levels, method="lower") for values in (edible.poison_p, edible.mass)
    ]
    path = tuple((floored(float(p)), floored(float(mass))) for p, mass in zip(*columns))
    values = getattr(edible, score)
    least = sorted({float(np.round(np.quantile(values, q), 3)) for q in KNOWN_QUANTILES})
    for species_p, known in itertools.product(SPECIES_P, least):
        yield Shape(alarms[0], alarms[1], path, species_p, score, known, quality, 0, 0)


def _within_limits(tuning: Tuning, wish: Wish, shape: Shape) -> Optional[Shape]:
    """Return the shape with its last and its aimed step; None where no step keeps the limits."""
    steps = len(shape.path)
    last = min(
        _loosest(needed_step(tuning.unknown, shape), wish.unknown, steps),
        _loosest(needed_step(tuning.negative, shape), wish.negative, steps),
    )
    if last < 0:
        return None
    needed = np.sort(needed_step(tuning.edible, shape))
    place = int(np.ceil(wish.answered * len(needed))) - 1
    enough = int(needed[place]) if 0 <= place < len(needed) else steps
    return shape._replace(last=last, aimed=min(enough, last))


def _loosest(needed: np.ndarray, share: float, steps: int) -> int:
    """Return the loosest step at which no more than a share is called edible; -1 for none."""
    allowed = int(share * len(needed) + 1e-9)
    return int(np.sort(needed)[allowed]) - 1 if allowed < len(needed) else steps - 1


def _worth(tuning: Tuning, wish: Wish, shape: Shape) -> Tuple[float, ...]:
    """Return what to minimise, in this order.

    Edible plants that are missing to the wished share; strangers called edible; the step: the
    stricter, the less of the poisonous plants comes through. The rest only settles ties.
    """
    missing = wish.answered * len(tuning.edible.mass)
    missing = max(0.0, missing - answered_by(tuning.edible, shape, shape.aimed))
    strangers = sum(
        answered_by(each, shape, shape.aimed) for each in (tuning.unknown, tuning.negative)
    )
    return (missing, strangers, shape.aimed, -shape.known, -shape.species_p)
