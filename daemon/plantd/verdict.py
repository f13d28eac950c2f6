"""The decision: what both heads and the picture's quality allow to be said. Pure.

How this works: `decide` walks the rules from top to bottom and stops at the first that holds.

    rule                 answer      holds when
    engine_fault         unsure      a value is NaN or infinite
    poison_head          poisonous   the poison head is at or above its threshold
    poisonous_species    poisonous   the species mass on poisonous labels is at or above its own
    poor_picture         unsure      the picture is too small, dark, bright, covered or blurred
    not_a_known_plant    unsure      energy or standout is below what known plants reach
    heads_disagree       unsure      one head is low enough for "edible", the other is not
    low_confidence       unsure      neither head is low enough, or the species is not clear
    edible               edible      nothing above held

More poison probability never makes an answer safer: the rules that answer "poisonous" come before
all that could answer "edible", and "edible" needs both heads below their lower thresholds.
"""

from typing import NamedTuple, Optional, Tuple

import numpy as np

from plantd.errors import BundleError
from plantd.heads import Reading
from plantd.quality import Quality, QualityLimits, faults

POISONOUS = "poisonous"
EDIBLE = "edible"
UNSURE = "unsure"
ANSWERS = (POISONOUS, EDIBLE, UNSURE)

ENGINE_FAULT = "engine_fault"
POOR_PICTURE = "poor_picture"
NOT_A_KNOWN_PLANT = "not_a_known_plant"
HEADS_DISAGREE = "heads_disagree"
LOW_CONFIDENCE = "low_confidence"
REASONS = (HEADS_DISAGREE, LOW_CONFIDENCE, NOT_A_KNOWN_PLANT, POOR_PICTURE, ENGINE_FAULT)


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
    """

    poison_p: float
    poisonous_mass: float
    edible_poison_p: float
    edible_poisonous_mass: float
    species_p: float
    energy: Optional[float] = None
    quality: QualityLimits = QualityLimits()
    standout: Optional[float] = None


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


class Decision(NamedTuple):
    """An answer, the rule that decided, the reasons of an "unsure", the picture's faults."""

    answer: str
    rule: str
    reasons: Tuple[str, ...] = ()
    picture_faults: Tuple[str, ...] = ()


def check_thresholds(thresholds: Thresholds) -> None:
    """Raise BundleError when thresholds are out of range or out of order."""
    for name in (
        "poison_p",
        "poisonous_mass",
        "edible_poison_p",
        "edible_poisonous_mass",
        "species_p",
    ):
        value = getattr(thresholds, name)
        if not 0.0 <= value <= 1.0:
            raise BundleError(
                "threshold {} is {}; expected a probability from 0 to 1".format(name, value)
            )
    for lower, upper in (
        ("edible_poison_p", "poison_p"),
        ("edible_poisonous_mass", "poisonous_mass"),
    ):
        if getattr(thresholds, lower) > getattr(thresholds, upper):
            raise BundleError(
                "threshold {} is {}, above {} {}; a plant cannot be edible and poisonous at "
                "once: lower it".format(
                    lower, getattr(thresholds, lower), upper, getattr(thresholds, upper)
                )
            )


def decide(reading: Reading, quality: Quality, thresholds: Thresholds) -> Decision:
    """Return the answer for one picture; see the table above."""
    if not _all_finite(reading, thresholds):
        return Decision(UNSURE, ENGINE_FAULT, (ENGINE_FAULT,))
    if reading.poison_p >= thresholds.poison_p:
        return Decision(POISONOUS, "poison_head")
    if reading.poisonous_mass >= thresholds.poisonous_mass:
        return Decision(POISONOUS, "poisonous_species")
    picture_faults = faults(quality, thresholds.quality)
    reasons = _doubts(reading, picture_faults, thresholds)
    if reasons:
        return Decision(UNSURE, reasons[0], reasons, picture_faults)
    return Decision(EDIBLE, EDIBLE)


def engine_fault() -> Decision:
    """Return the decision when no engine could look at the picture."""
    return Decision(UNSURE, ENGINE_FAULT, (ENGINE_FAULT,))


def _doubts(
    reading: Reading, picture_faults: Tuple[str, ...], thresholds: Thresholds
) -> Tuple[str, ...]:
    head_clear = reading.poison_p < thresholds.edible_poison_p
    species_clear = reading.poisonous_mass < thresholds.edible_poisonous_mass
    confident = reading.best.p >= thresholds.species_p and not reading.best.poisonous
    known = _reaches(reading.energy, thresholds.energy) and _reaches(
        reading.standout, thresholds.standout
    )
    doubts = (
        (POOR_PICTURE, bool(picture_faults)),
        (NOT_A_KNOWN_PLANT, not known),
        (HEADS_DISAGREE, head_clear != species_clear),
        (LOW_CONFIDENCE, not (head_clear or species_clear) or not confident),
    )
    return tuple(reason for reason, holds in doubts if holds)


def _reaches(value: float, least: Optional[float]) -> bool:
    return least is None or value >= least


def _all_finite(reading: Reading, thresholds: Thresholds) -> bool:
    values = [reading.poison_p, reading.poisonous_mass]
    values.extend(candidate.p for candidate in reading.species)
    if thresholds.energy is not None:
        values.append(reading.energy)
    if thresholds.standout is not None:
        values.append(reading.standout)
    return bool(np.all(np.isfinite(values)))
