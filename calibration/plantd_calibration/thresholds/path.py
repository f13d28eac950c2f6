"""From where on "poisonous" is said, and how the thresholds of "edible" go together. Pure.

Chosen on edible plants and strangers alone.

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


# Probabilities of another plant from which nothing is edible, and of no plant, that are tried.
ANOTHER_PLANT_P = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
NO_PLANT_P = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# Share of edible and of unknown plants that may be taken for no plant at all.
NOT_SEEN = 0.005
# A warning as strong as this stands, whatever else is seen.
STRONG_P = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Tuning(NamedTuple):
    """What the shape is chosen on: edible plants, unknown plants, pictures of no plant.

    Attributes:
        edible: of which some may not be called edible at all.
        may: (n,) bool: which of them have no deadly look-alike, and so may be called edible.
        poisonous: (n,) bool: which unknown plants are known to be poisonous.
    """

    edible: Scores
    unknown: Scores
    negative: Scores
    may: np.ndarray
    poisonous: np.ndarray


class Background(NamedTuple):
    """Where the network's own word that it sees something else counts; see Thresholds."""

    no_plant: Optional[float] = None
    poison_no_plant: Optional[float] = None


class ThresholdPath(NamedTuple):
    """How the thresholds go together.

    Attributes:
        poison_p, poisonous_mass: from here on the answer is poisonous.
        path: for each step both heads' thresholds of "edible", the strictest first.
        species_p: least probability of the best species.
        score: standout or energy.
        known: its least value.
        quality: limits of the picture.
        background: where there is no plant to be called anything.
        another_plant: from here on nothing is edible; None where the head has no such label.
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
    background: Background = Background()
    another_plant: Optional[float] = None

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
            another_plant=self.another_plant,
            **self.background._asdict(),
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
    chosen = tuning.edible.take(tuning.may)
    if best is None or not called_edible_by(chosen, best[1], best[1].last):
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
    possible &= (getattr(scores, shape.score) >= shape.known) & ~scores.deadly
    for p, least in (
        (scores.no_plant_p, shape.background.no_plant),
        (scores.another_plant_p, shape.another_plant),
    ):
        possible &= np.ones(len(p), bool) if least is None else p < least
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


def poisonous_thresholds(edible: Scores, targets: Targets) -> Tuple[float, float]:
    """Return from where on "poisonous" is said: by the poison head, and by the species' mass.

    Each head alone calls the share of edible plants poisonous that the targets allow.
    """
    by_head, by_mass = (
        floored(float(np.quantile(values, 1.0 - targets.false_alarms, method="lower")))
        for values in (edible.poison_p, edible.mass)
    )
    return by_head, by_mass


def _shapes(
    tuning: Tuning, targets: Targets, score: str, quality: QualityLimits
) -> Iterator[ThresholdPath]:
    edible = tuning.edible
    poisonous = poisonous_thresholds(edible, targets)
    # Quantiles are values that were seen: so no temperature changes what a level means.
    levels = LEVELS[1.0 - targets.false_alarms >= LEVELS]
    columns = [
        np.quantile(values, levels, method="lower") for values in (edible.poison_p, edible.mass)
    ]
    path = tuple((floored(float(p)), floored(float(mass))) for p, mass in zip(*columns))
    values, strange = getattr(edible, score), np.isfinite(edible.another_plant_p).all()
    # With one more threshold to try, every third value of this one will do.
    tried = KNOWN_QUANTILES[:: 3 if strange else 1]
    least = sorted({float(np.round(np.quantile(values, q), 3)) for q in tried})
    background = chosen_background(tuning, poisonous, targets)
    another = ANOTHER_PLANT_P if strange else (None,)
    for species_p, known, other in itertools.product(SPECIES_P, least, another):
        shape = ThresholdPath(*poisonous, path, species_p, score, known, quality, 0, 0)
        yield shape._replace(background=background, another_plant=other)


def chosen_background(
    tuning: Tuning, poisonous: Tuple[float, float], targets: Targets
) -> Background:
    """Return from where on there is no plant, and how strong a warning stands all the same.

    The least probability at which hardly any plant is taken for none, and the weakest warning that
    keeps few enough things from being called poisonous.

    Args:
        poisonous: the thresholds of the poison head, and of the species' mass.
    """
    if not np.isfinite(tuning.edible.no_plant_p).all():
        return Background()
    plants = [tuning.edible.no_plant_p, tuning.unknown.no_plant_p]
    seen = [p for p in NO_PLANT_P if all((each >= p).mean() <= NOT_SEEN for each in plants)]
    no_plant = min(seen, default=NO_PLANT_P[-1])
    things = tuning.negative
    sight = np.maximum(things.poison_p, things.mass)
    alarm = (things.poison_p >= poisonous[0]) | (things.mass >= poisonous[1])
    for strong in sorted({*STRONG_P, *poisonous}):
        if strong < max(poisonous):
            continue
        kept = alarm & ~((things.no_plant_p >= no_plant) & (sight < strong))
        if kept.mean() <= targets.negative_alarms:
            return Background(no_plant, strong)
    return Background(no_plant, STRONG_P[-1])


def _candidate(
    tuning: Tuning, targets: Targets, shape: ThresholdPath
) -> Optional[Tuple[Tuple[float, ...], ThresholdPath]]:
    """Return (worth, shape with its last and aimed step); None where no step keeps the limits."""
    steps = len(shape.path)
    needed = [needed_step(each, shape) for each in tuning[:3]]
    bad = np.sort(needed[1][tuning.poisonous])
    edible, unknown, negative = (
        np.sort(each) for each in (needed[0][tuning.may], needed[1], needed[2])
    )
    last = min(
        _loosest(unknown, targets.unknown, steps),
        _loosest(bad, targets.poisonous_unknown, steps),
        _loosest(negative, targets.negative, steps),
    )
    if last < 0:
        return None
    place = int(np.ceil(targets.called_edible * len(edible))) - 1
    enough = int(edible[place]) if 0 <= place < len(edible) else steps
    shape = shape._replace(last=last, aimed=min(enough, last))
    counts = [int((each <= shape.aimed).sum()) for each in (edible, unknown, negative, bad)]
    return _worth(targets.called_edible * len(edible), counts, shape), shape


def _loosest(needed: np.ndarray, share: float, steps: int) -> int:
    """Return the loosest step at which no more than a share is called edible; -1 for none."""
    # `needed` is sorted: the first `allowed` photographs may pass, so the step stays below what the
    # next one needs. The small number: in floats 0.29 * 100 is below 29.
    allowed = int(share * len(needed) + 1e-9)
    return int(needed[allowed]) - 1 if allowed < len(needed) else steps - 1


def _worth(wished: float, called_edible: Sequence[int], shape: ThresholdPath) -> Tuple[float, ...]:
    """Return what to minimise, in this order.

    Edible plants that are missing to the wished number; strangers called edible, poisonous ones
    thrice; the step: the stricter, the less of the poisonous plants comes through. The rest only
    settles ties.

    Args:
        called_edible: edible plants, unknown plants, pictures of no plant, and the poisonous ones
            of the unknown plants, at the aimed step.
    """
    edible, unknown, negative, bad = called_edible
    missing, strange = max(0.0, wished - edible), unknown + negative + 2 * bad
    ties = (-shape.known, -shape.species_p, shape.another_plant or 0.0)
    return (missing, strange, shape.aimed, *ties)
