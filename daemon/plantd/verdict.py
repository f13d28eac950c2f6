"""The decision: what both heads and the picture's quality allow to be said. Pure.

How this works: `decide` walks the rules from top to bottom and stops at the first that holds.

    rule                 answer      holds when
    engine_fault         unsure      a value is NaN or infinite
    poison_head          poisonous   the poison head is at or above its threshold  } unless no plant
    poisonous_species    poisonous   the species mass on poisonous labels is       } is seen and the
                                     at or above its own                           } warning is weak
    poor_picture         unsure      the picture is too small, dark, bright, covered or blurred
    no_plant             unsure      the network sees no plant
    another_plant        unsure      the network sees a plant that is none of its own
    not_a_known_plant    unsure      energy or standout is below what known plants reach
    deadly_look_alike    unsure      something that kills looks the same on a photograph
    heads_disagree       unsure      one head is low enough for "edible", the other is not
    low_confidence       unsure      neither head is low enough, or the species is not clear
    edible_off           unsure      the owner wants nothing called edible
    out_of_place         unsure      the plant does not grow where the box stands
    out_of_season        unsure      it cannot be found there in this month
    edible               edible      nothing above held

More poison probability never makes an answer safer: the rules that answer "poisonous" come before
all that could answer "edible", and "edible" needs both heads below their lower thresholds. More
background only takes "edible" away, and so do place and season: they are asked last.
"""

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.answers import EDIBLE, POISONOUS, STRANGE, UNSURE, Rule
from plantd.errors import BundleError
from plantd.heads import Prediction
from plantd.quality import Quality, QualityLimits, faults

PROBABILITIES = (
    "poison_p",
    "poisonous_mass",
    "edible_poison_p",
    "edible_poisonous_mass",
    "species_p",
    "no_plant",
    "another_plant",
    "poison_no_plant",
)
_AT_ONCE = "a plant cannot be edible and poisonous at once"
# The lower threshold, the upper one, and what would be wrong otherwise.
ORDERED = (
    ("edible_poison_p", "poison_p", _AT_ONCE),
    ("edible_poisonous_mass", "poisonous_mass", _AT_ONCE),
    ("poison_p", "poison_no_plant", "a warning that outweighs a missing plant is one"),
)


class Thresholds(NamedTuple):
    """Where the answers begin; from the bundle's manifest.

    Attributes:
        poison_p: at or above it the poison head says "poisonous".
        poisonous_mass: at or above it the species head says "poisonous".
        edible_poison_p: "edible" needs the poison head below it (at most `poison_p`).
        edible_poisonous_mass: "edible" needs the species mass below it (at most `poisonous_mass`).
        species_p: "edible" needs the best species at or above it.
        energy: "edible" needs the energy at or above it; None asks for none.
        quality: limits of the picture.
        standout: "edible" needs the standout at or above it; None asks for none.
        no_plant: at or above it there is no plant, and nothing is edible; None does not ask.
        another_plant: at or above it the plant is none of the known; None does not ask.
        poison_no_plant: where there is no plant, "poisonous" needs either head at or above it (at
            least `poison_p`); None: no warning is taken back.
    """

    poison_p: float
    poisonous_mass: float
    edible_poison_p: float
    edible_poisonous_mass: float
    species_p: float
    energy: Optional[float] = None
    quality: QualityLimits = QualityLimits()
    standout: Optional[float] = None
    no_plant: Optional[float] = None
    another_plant: Optional[float] = None
    poison_no_plant: Optional[float] = None


class Guarantee(NamedTuple):
    """What the thresholds were fitted to: at most `bound` of poisonous plants called edible.

    Attributes:
        alpha: the rate that was asked for.
        n: independent poisonous photographs behind it.
        bound: upper confidence bound of the rate.
        confidence: of that bound, such as 0.95.
        method: the name of the procedure.
    """

    alpha: float
    n: int
    bound: float
    confidence: float
    method: str


class ErrorBound(NamedTuple):
    """What was shown of the thresholds on one kind of photographs that must not be called edible.

    Attributes:
        about: known_poisonous, poisonous_strangers, other_plants or no_plants.
        n: photographs; groups: independent ones among them; misses: of n, called edible.
        upper_bound: of the rate, at `confidence`.
        method: the name of the procedure.
        precision: of the engine that it was shown for: fp32, fp16 or int8.
    """

    about: str
    n: int
    groups: int
    misses: int
    upper_bound: float
    confidence: float
    method: str
    precision: str


class Decision(NamedTuple):
    """An answer, the rule that decided, the reasons of an "unsure", the picture's faults."""

    answer: str
    rule: Rule
    reasons: Tuple[Rule, ...] = ()
    picture_faults: Tuple[str, ...] = ()


def threshold_problems(thresholds: Thresholds) -> Tuple[str, ...]:
    """Return what is out of range or out of order, a sentence each."""
    values = thresholds._asdict()
    found = [
        "threshold {} is {}; expected a probability from 0 to 1".format(name, values[name])
        for name in PROBABILITIES
        if values[name] is not None and not 0.0 <= values[name] <= 1.0
    ]
    found += [
        "threshold {} is {}; expected a finite number".format(name, values[name])
        for name in ("energy", "standout")
        if values[name] is not None and not np.isfinite(values[name])
    ]
    found += [
        "threshold {} is {}, above {} {}; {}: lower it".format(
            lower, values[lower], upper, values[upper], why
        )
        for lower, upper, why in ORDERED
        if None not in (values[lower], values[upper]) and values[lower] > values[upper]
    ]
    if thresholds.poison_no_plant is not None and thresholds.no_plant is None:
        found.append("threshold poison_no_plant is given without no_plant, and says nothing")
    return tuple(found)


def check_thresholds(thresholds: Thresholds) -> None:
    """Raise BundleError with everything that is out of range or out of order."""
    problems = threshold_problems(thresholds)
    if problems:
        raise BundleError("; ".join(problems))


def decide(
    prediction: Prediction,
    quality: Quality,
    thresholds: Thresholds,
    edible: bool = True,
    misplaced: Sequence[Rule] = (),
) -> Decision:
    """Return the answer for one picture; see the table above.

    Args:
        edible: False calls nothing edible: the box then only warns and names.
        misplaced: of MISPLACED, what holds of the plant by place and time.
    """
    if not _all_finite(prediction, thresholds):
        return engine_fault()
    warning = _warning(prediction, thresholds)
    if warning and not _is_weak_without_a_plant(prediction, thresholds):
        return Decision(POISONOUS, warning)
    picture_faults = faults(quality, thresholds.quality)
    reasons = _doubts(prediction, picture_faults, thresholds)
    if reasons:
        return Decision(UNSURE, reasons[0], reasons, picture_faults)
    if not edible:
        return Decision(UNSURE, Rule.EDIBLE_OFF, (Rule.EDIBLE_OFF,))
    if misplaced:
        return Decision(UNSURE, misplaced[0], tuple(misplaced))
    return Decision(EDIBLE, Rule.EDIBLE)


def engine_fault() -> Decision:
    """Return the decision when no engine could look at the picture."""
    return Decision(UNSURE, Rule.ENGINE_FAULT, (Rule.ENGINE_FAULT,))


def is_final(decision: Decision) -> bool:
    """Return whether more frames of the same burst could only repeat what was decided.

    That is a warning alone: each further frame can make the common prediction only more suspicious.
    What is edible may still become a warning, and so may what is unsure.
    """
    return decision.answer == POISONOUS


def names_species(decision: Decision, prediction: Prediction) -> bool:
    """Return whether the picture may be said to show the species of the prediction.

    What is no plant or another one shows none of them; they are only the nearest. A warning names
    them unless the background is more probable than the best of them.
    """
    if decision.answer == POISONOUS:
        background = (prediction.no_plant_p, prediction.another_plant_p)
        return not any(p > prediction.best.p for p in background)
    return not set(decision.reasons).intersection((*STRANGE, Rule.ENGINE_FAULT))


def _warning(prediction: Prediction, thresholds: Thresholds) -> Optional[Rule]:
    if prediction.poison_p >= thresholds.poison_p:
        return Rule.POISON_HEAD
    if prediction.poisonous_mass >= thresholds.poisonous_mass:
        return Rule.POISONOUS_SPECIES
    return None


def _is_weak_without_a_plant(prediction: Prediction, thresholds: Thresholds) -> bool:
    """In a burst every frame must be without a plant: one that shows it may warn."""
    strong = thresholds.poison_no_plant
    return (
        strong is not None
        and _is_seen(prediction.no_plant_least_p, thresholds.no_plant)
        and prediction.poison_p < strong
        and prediction.poisonous_mass < strong
    )


def _doubts(
    prediction: Prediction, picture_faults: Tuple[str, ...], thresholds: Thresholds
) -> Tuple[Rule, ...]:
    head_clear = prediction.poison_p < thresholds.edible_poison_p
    species_clear = prediction.poisonous_mass < thresholds.edible_poisonous_mass
    confident = prediction.best.p >= thresholds.species_p and not prediction.best.poisonous
    known = _reaches(prediction.energy, thresholds.energy) and _reaches(
        prediction.standout, thresholds.standout
    )
    doubts = (
        (Rule.POOR_PICTURE, bool(picture_faults)),
        (Rule.NO_PLANT, _is_seen(prediction.no_plant_p, thresholds.no_plant)),
        (Rule.ANOTHER_PLANT, _is_seen(prediction.another_plant_p, thresholds.another_plant)),
        (Rule.NOT_A_KNOWN_PLANT, not known),
        (Rule.DEADLY_LOOK_ALIKE, prediction.deadly),
        (Rule.HEADS_DISAGREE, head_clear != species_clear),
        (Rule.LOW_CONFIDENCE, not (head_clear or species_clear) or not confident),
    )
    return tuple(reason for reason, holds in doubts if holds)


def _reaches(value: float, least: Optional[float]) -> bool:
    return least is None or value >= least


def _is_seen(p: float, least: Optional[float]) -> bool:
    return least is not None and not p < least


def _all_finite(prediction: Prediction, thresholds: Thresholds) -> bool:
    values = [prediction.poison_p, prediction.poisonous_mass]
    values.extend(candidate.p for candidate in prediction.species)
    asked = (
        (thresholds.energy, prediction.energy),
        (thresholds.standout, prediction.standout),
        (thresholds.no_plant, prediction.no_plant_p),
        (thresholds.no_plant, prediction.no_plant_least_p),
        (thresholds.another_plant, prediction.another_plant_p),
    )
    values.extend(value for threshold, value in asked if threshold is not None)
    return bool(np.all(np.isfinite(values)))
