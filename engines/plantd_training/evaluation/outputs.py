"""A model on photographs: raw outputs, and the figures a bundle and its card report."""

from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from plantd import heads
from plantd.bundle.species import Species
from plantd.heads import HeadSpec
from plantd_calibration.data.photos import Photo
from plantd_training.data.photos import POISON_LABELS, Labels, targets
from plantd_training.evaluation.head_metrics import (
    PoisonFigures,
    SpeciesFigures,
    affordable_threshold,
    careful_threshold,
    poison_figures,
    species_figures,
)
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT


class Outputs(NamedTuple):
    """Raw outputs for n photographs: poison (n, 2), species (n, labels)."""

    poison: np.ndarray
    species: np.ndarray


class Unseen(NamedTuple):
    """Photographs as networks of the same training read them that had not learned from them.

    Attributes:
        networks: how many those were.
    """

    photos: List[Photo]
    outputs: Outputs
    networks: int


class HeadFigures(NamedTuple):
    """The figures of one split."""

    species: SpeciesFigures
    poison: PoisonFigures


def head_specs(labels: Labels) -> Dict[str, HeadSpec]:
    """Return both heads as the manifest declares them, by the name of their output."""
    poison = HeadSpec(POISON_OUTPUT, POISON_LABELS)
    species = HeadSpec(
        SPECIES_OUTPUT,
        labels.species,
        poisonous=labels.poisonous,
        background=labels.background,
    )
    return {POISON_OUTPUT: poison, SPECIES_OUTPUT: species}


def careful_head(head: HeadSpec, facts: Dict[str, Species]) -> HeadSpec:
    """Return the species head with every label that either source calls poisonous."""
    known = [facts.get(name) for name in head.labels]
    flags = [bad or bool(one and one.poisonous) for one, bad in zip(known, head.poisonous)]
    return head._replace(poisonous=tuple(flags))


def poison_probability(outputs: Outputs, head: HeadSpec) -> np.ndarray:
    """Return (n,) probabilities of "poisonous" by the poison head."""
    place = head.labels.index(heads.POISONOUS)
    return np.asarray([heads.probabilities(row, head)[place] for row in outputs.poison])


def frozen_threshold(outputs: Outputs, photos: Sequence[Photo], head: HeadSpec) -> float:
    """Return the poison threshold frozen on these photographs: it misses none, with room."""
    return careful_threshold(poison_probability(outputs, head), _flags(photos))


def unseen_threshold(unseen: Unseen, head: HeadSpec) -> float:
    """Return the poison threshold frozen on readings out of fold; see affordable_threshold."""
    return affordable_threshold(poison_probability(unseen.outputs, head), _flags(unseen.photos))


def at_temperature(p: float, head: HeadSpec) -> float:
    """Return what a probability of an uncalibrated pair of labels is at the head's temperature."""
    power = 1.0 / head.temperature
    return float(p**power / (p**power + (1.0 - p) ** power))


def head_figures(
    outputs: Outputs, photos: Sequence[Photo], labels: Labels, threshold: float
) -> HeadFigures:
    """Return the figures of a split at a poison threshold that was chosen elsewhere."""
    poison_p = poison_probability(outputs, head_specs(labels)[POISON_OUTPUT])
    return HeadFigures(
        species_figures(outputs.species[:, : len(labels.plants)], targets(photos, labels)[1]),
        poison_figures(poison_p, _flags(photos), threshold),
    )


def missed(
    outputs: Outputs, photos: Sequence[Photo], head: HeadSpec, threshold: float
) -> List[Photo]:
    """Return the poisonous photographs below the threshold, least suspected first."""
    poison_p = poison_probability(outputs, head)
    rows = [(p, photo) for p, photo in zip(poison_p, photos) if photo.poisonous and p < threshold]
    return [photo for _, photo in sorted(rows, key=lambda row: row[0])]


def metrics(split: str, figures: HeadFigures) -> Dict[str, Any]:
    """Return a split's figures for the manifest, rounded to four digits."""
    named = {"top1": figures.species.top1, "top5": figures.species.top5}
    named["macro_f1"] = figures.species.macro_f1
    named["poison_recall"] = figures.poison.recall
    named["edible_passed"] = figures.poison.edible_passed
    return {"{}_{}".format(split, name): round(value, 4) for name, value in named.items()}


def _flags(photos: Sequence[Photo]) -> np.ndarray:
    return np.asarray([photo.poisonous for photo in photos], bool)
