"""Thresholds for "edible" that keep a bound on poisonous plants called edible. Pure.

How this works. A shape says how the thresholds go together; along a shape one number, the cut,
moves them all from "never edible" to loose. The shape is chosen on photographs that are not used
again: as many edible plants as possible are answered while strangers stay within their limits. Then
the cuts are tested one after the other on the fitting photographs, the strictest first, until one
fails: the last that passed is taken. Testing in a fixed order costs nothing (every test may use the
whole error of 5 %), as long as the order did not come from these photographs.
Source: Angelopoulos et al., Learn then Test, 2021, fixed-sequence testing.

The cut is a raw logit of the poison head: so its temperature, which was fitted on the same
photographs, moves the numbers and no decision.
"""

import itertools
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy.special import expit, logit

from plantd import verdict
from plantd.errors import BundleError
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds, check_thresholds
from plantd_calibration import bounds
from plantd_calibration.scores import Scores, answers

CUTS = np.round(np.arange(-14.0, 6.01, 0.1), 1)
OFFSETS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
SPECIES_P = (0.2, 0.35, 0.5, 0.65, 0.8)
# Thresholds of the stranger score that are tried: quantiles of known plants.
KNOWN_QUANTILES = tuple(np.arange(0.0, 0.96, 0.025))


class Wish(NamedTuple):
    """What the thresholds are to keep.

    Attributes:
        alpha: rate of "edible" among poisonous plants; None asks for the smallest provable.
        confidence: of that bound.
        unknown, negative: shares of unknown plants and of non-plants that may be called edible.
        false_alarms: share of edible plants that each head may call poisonous.
    """

    alpha: Optional[float] = None
    confidence: float = 0.95
    unknown: float = 0.02
    negative: float = 0.005
    false_alarms: float = 0.03


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
    """What the shape is chosen on: known plants, unknown plants, pictures of no plant."""

    known: Judged
    unknown: Scores
    negative: Scores


class Shape(NamedTuple):
    """How the thresholds go together.

    Attributes:
        poison_temperature: turns the cut into the poison head's probability.
        poison_p, poisonous_mass: from here on the answer is poisonous.
        offset: of the mass's logit over the cut.
        species_p: least probability of the best species.
        score: standout or energy.
        known: its least value.
        quality: limits of the picture.
        last: the loosest cut that keeps the strangers within their limits.
    """

    poison_temperature: float
    poison_p: float
    poisonous_mass: float
    offset: float
    species_p: float
    score: str
    known: float
    quality: QualityLimits
    last: float

    def at(self, cut: float) -> Thresholds:
        """Return the thresholds at a cut, rounded to the careful side."""
        lower_p = min(float(expit(cut / self.poison_temperature)), self.poison_p)
        lower_mass = min(float(expit(cut + self.offset)), self.poisonous_mass)
        thresholds = Thresholds(
            poison_p=self.poison_p,
            poisonous_mass=self.poisonous_mass,
            edible_poison_p=floored(lower_p),
            edible_poisonous_mass=floored(lower_mass),
            species_p=self.species_p,
            quality=self.quality,
        )
        if self.score == "energy":
            return thresholds._replace(energy=self.known)
        return thresholds._replace(standout=self.known)


class Tested(NamedTuple):
    """One cut on the fitting photographs: poisonous groups called edible, and what that proves."""

    cut: float
    misses: int
    bound: float
    passed: bool


class Fitted(NamedTuple):
    """The thresholds and what was tested for them."""

    thresholds: Thresholds
    shape: Shape
    guarantee: verdict.Guarantee
    tested: Tuple[Tested, ...]


def fit(tuning: Tuning, fitting: Judged, wish: Wish, start: Shape, method: str) -> Fitted:
    """Return thresholds that keep the wish, with their guarantee.

    Args:
        start: temperature, score and quality limits; the rest is chosen here.
    Raises UsageError where the photographs cannot prove the wish, BundleError where no thresholds
    keep strangers within their limits.
    """
    n = groups_of(fitting)
    alpha = bounds.smallest_alpha(n, wish.confidence) if wish.alpha is None else wish.alpha
    bounds.check_wish(alpha, n, wish.confidence)
    shape = chosen_shape(tuning, wish, alpha, start)
    tested = fixed_sequence(shape, fitting, alpha, wish.confidence)
    passed = [one for one in tested if one.passed]
    thresholds = shape.at(passed[-1].cut)
    check_thresholds(thresholds)
    allowed = max(k for k in range(n) if bounds.upper_bound(k, n, wish.confidence) <= alpha)
    guarantee = verdict.Guarantee(
        alpha=alpha,
        n=n,
        bound=bounds.upper_bound(allowed, n, wish.confidence),
        confidence=wish.confidence,
        method=method,
    )
    return Fitted(thresholds, shape, guarantee, tuple(tested))


def fixed_sequence(shape: Shape, fitting: Judged, alpha: float, confidence: float) -> List[Tested]:
    """Return the tests in their order, the one that failed last; all passed ones keep alpha."""
    tested, n = [], groups_of(fitting)
    for cut in CUTS[shape.last + 1e-9 >= CUTS]:
        misses = missed_groups(fitting, shape.at(float(cut)))
        bound = bounds.upper_bound(misses, n, confidence)
        tested.append(Tested(float(cut), misses, bound, bound <= alpha))
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


def chosen_shape(tuning: Tuning, wish: Wish, alpha: float, start: Shape) -> Shape:
    """Return the shape that answers most edible plants of the tuning photographs."""
    harmless = tuning.known.scores.take(~tuning.known.poisonous)
    start = start._replace(
        poison_p=floored(float(np.quantile(harmless.poison_p, 1.0 - wish.false_alarms))),
        poisonous_mass=floored(float(np.quantile(harmless.mass, 1.0 - wish.false_alarms))),
    )
    best, most = None, 0
    for shape in _shapes(tuning.known.scores, start):
        last = _last_cut(tuning, wish, alpha, shape)
        answered = int((needed_cut(harmless, shape) < last).sum()) if last is not None else 0
        if last is not None and answered > most:
            best, most = shape._replace(last=last), answered
    if best is None:
        raise BundleError(
            "no thresholds keep the answer edible from strangers (at most {:g} of unknown plants, "
            "{:g} of pictures of no plant) and answer anything; allow more with --unknown-max or "
            "--negative-max, or train the heads better".format(wish.unknown, wish.negative)
        )
    return best


def needed_cut(scores: Scores, shape: Shape) -> np.ndarray:
    """Return (n,) the cut above which a photograph is called edible; infinite where it never is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = logit(scores.poison_p) * shape.poison_temperature
        needed = np.maximum(margin, logit(scores.mass) - shape.offset)
    never = (scores.poison_p >= shape.poison_p) | (scores.mass >= shape.poisonous_mass)
    never |= (scores.best_p < shape.species_p) | scores.best_poisonous
    never |= ~(getattr(scores, shape.score) >= shape.known)
    return np.where(never | ~scores.good | np.isnan(needed), np.inf, needed)


def floored(value: float) -> float:
    """Return a probability with six digits, rounded down."""
    return float(np.floor(value * 1e6) / 1e6)


def _shapes(known: Scores, start: Shape) -> Iterator[Shape]:
    values = getattr(known, start.score)
    least = sorted({float(np.round(np.quantile(values, q), 3)) for q in KNOWN_QUANTILES})
    for offset, species_p, value in itertools.product(OFFSETS, SPECIES_P, least):
        yield start._replace(offset=float(offset), species_p=species_p, known=value)


def _last_cut(tuning: Tuning, wish: Wish, alpha: float, shape: Shape) -> Optional[float]:
    """Return the loosest cut that keeps every limit on the tuning photographs."""
    bad = tuning.known.scores.take(tuning.known.poisonous)
    last = min(
        _kth(needed_cut(tuning.unknown, shape), wish.unknown),
        _kth(needed_cut(tuning.negative, shape), wish.negative),
        _kth(needed_cut(bad, shape), alpha),
    )
    below = CUTS[last >= CUTS]
    return float(below[-1]) if len(below) else None


def _kth(needed: np.ndarray, share: float) -> float:
    """Return the loosest cut at which no more than a share of the photographs is called edible."""
    allowed = int(share * len(needed) + 1e-9)
    return float(np.sort(needed)[allowed]) if allowed < len(needed) else float("inf")
