"""How the thresholds of "edible" go together, chosen on edible plants and strangers alone. Pure.

How this works. A shape fixes everything but one number: along its path both heads' thresholds move
step by step from "hardly ever edible" to loose. Of all shapes the one is taken that calls enough
edible plants edible, lets the fewest strangers through, and does so at the strictest step.

    step            0     1     2    ...   aimed   ...   last   ...   loosest
    called edible   few   more, never fewer than a step before ...
                                           |             |
                      enough edible plants are called    no more strangers pass than may

Thresholds only grow along the path, so what a step calls edible the next one calls edible too. Two
things rest on that. A photograph is described by one number, the first step that calls it edible
(`needed_step`): a step's counts are comparisons with it, and trying all shapes is cheap. And the
steps are nested rules, so that they may be tested in their order on the poisonous photographs
(`fit`). A change that lets a threshold fall along the path breaks both, and no count shows it.
"""

import functools
import itertools
from typing import Iterator, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.errors import BundleError
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds
from plantd_calibration.stats.scores import Scores
from plantd_calibration.subsets.targets import Targets

# Each head may refuse the same share of edible plants: one level for both, from strict to loose.
LEVELS = np.round(np.arange(0.02, 1.0, 0.005), 3)
SPECIES_P = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
# Thresholds of the stranger score that are tried: quantiles of known plants.
KNOWN_QUANTILES = tuple(np.arange(0.0, 0.96, 0.0125))


class Tuning(NamedTuple):
    """What the shape is chosen on: edible plants, unknown plants, pictures of no plant."""

    edible: Scores
    unknown: Scores
    negative: Scores


class ThresholdPath(NamedTuple):
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


def choose_path(
    tuning: Tuning, targets: Targets, score: str, quality: QualityLimits
) -> ThresholdPath:
    """Return the best shape for edible plants and strangers; see `_worth`."""
    candidates = [
        _candidate(tuning, targets, each) for each in _shapes(tuning, targets, score, quality)
    ]
    # Worths are never equal: the last two entries name the shape.
    best = min((one for one in candidates if one), default=None, key=lambda one: one[0])
    if best is None or not called_edible_by(tuning.edible, best[1], best[1].last):
        raise BundleError(
            "no thresholds keep the answer edible from strangers (at most {:g} of unknown plants, "
            "{:g} of pictures of no plant) and answer anything; allow more with --unknown-max or "
            "--negative-max, or train the heads better".format(targets.unknown, targets.negative)
        )
    return best[1]


def needed_step(scores: Scores, shape: ThresholdPath) -> np.ndarray:
    """Return (n,) the first step at which each photograph is called edible; len(path) for never."""
    lower_p, lower_mass = _columns(shape.path)
    # "Edible" asks for less than a threshold; so the first step whose threshold is larger.
    needed = np.maximum(
        np.searchsorted(lower_p, scores.poison_p, side="right"),
        np.searchsorted(lower_mass, scores.mass, side="right"),
    )
    possible = (scores.poison_p < shape.poison_p) & (scores.mass < shape.poisonous_mass)
    possible &= (scores.best_p >= shape.species_p) & ~scores.best_poisonous & scores.good
    possible &= getattr(scores, shape.score) >= shape.known
    return np.where(possible, needed, len(shape.path))


def called_edible_by(scores: Scores, shape: ThresholdPath, step: int) -> int:
    """Return how many photographs a step calls edible."""
    return int((needed_step(scores, shape) <= step).sum())


@functools.lru_cache(maxsize=4)
def _columns(path: Tuple[Tuple[float, float], ...]) -> np.ndarray:
    """Return (2, steps): hundreds of shapes share one path."""
    return np.asarray(path).T


def floored(value: float) -> float:
    """Return a probability with nine digits, rounded down."""
    return float(np.floor(value * 1e9) / 1e9)


def _shapes(
    tuning: Tuning, targets: Targets, score: str, quality: QualityLimits
) -> Iterator[ThresholdPath]:
    edible = tuning.edible
    alarms = [
        floored(float(np.quantile(values, 1.0 - targets.false_alarms, method="lower")))
        for values in (edible.poison_p, edible.mass)
    ]
    # Quantiles are values that were seen: so no temperature changes what a level means.
    levels = LEVELS[1.0 - targets.false_alarms >= LEVELS]
    columns = [
        np.quantile(values, levels, method="lower") for values in (edible.poison_p, edible.mass)
    ]
    path = tuple((floored(float(p)), floored(float(mass))) for p, mass in zip(*columns))
    values = getattr(edible, score)
    least = sorted({float(np.round(np.quantile(values, q), 3)) for q in KNOWN_QUANTILES})
    for species_p, known in itertools.product(SPECIES_P, least):
        yield ThresholdPath(alarms[0], alarms[1], path, species_p, score, known, quality, 0, 0)


def _candidate(
    tuning: Tuning, targets: Targets, shape: ThresholdPath
) -> Optional[Tuple[Tuple[float, ...], ThresholdPath]]:
    """Return (worth, shape with its last and aimed step); None where no step keeps the limits."""
    steps = len(shape.path)
    edible, unknown, negative = (np.sort(needed_step(each, shape)) for each in tuning)
    last = min(
        _loosest(unknown, targets.unknown, steps),
        _loosest(negative, targets.negative, steps),
    )
    if last < 0:
        return None
    place = int(np.ceil(targets.called_edible * len(edible))) - 1
    enough = int(edible[place]) if 0 <= place < len(edible) else steps
    shape = shape._replace(last=last, aimed=min(enough, last))
    counts = [int((needed <= shape.aimed).sum()) for needed in (edible, unknown, negative)]
    return _worth(targets.called_edible * len(edible), counts, shape), shape


def _loosest(needed: np.ndarray, share: float, steps: int) -> int:
    """Return the loosest step at which no more than a share is called edible; -1 for none."""
    # `needed` is sorted: the first `allowed` photographs may pass, so the step stays below what the
    # next one needs. The small number: in floats 0.29 * 100 is below 29.
    allowed = int(share * len(needed) + 1e-9)
    return int(needed[allowed]) - 1 if allowed < len(needed) else steps - 1


def _worth(wished: float, called_edible: Sequence[int], shape: ThresholdPath) -> Tuple[float, ...]:
    """Return what to minimise, in this order.

    Edible plants that are missing to the wished number; strangers called edible; the step: the
    stricter, the less of the poisonous plants comes through. The rest only settles ties.

    Args:
        called_edible: edible plants, unknown plants and pictures of no plant at the aimed step.
    """
    edible, unknown, negative = called_edible
    missing = max(0.0, wished - edible)
    return (missing, unknown + negative, shape.aimed, -shape.known, -shape.species_p)
