"""The figures of both heads on labelled photographs. Pure."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import f1_score

# The bar is 0.90 on unseen photographs.
EDIBLE_PASSED = 0.92


class SpeciesFigures(NamedTuple):
    """Shares of photographs (top1, top5) and the mean of the labels' F1."""

    n: int
    top1: float
    top5: float
    macro_f1: float


class PoisonFigures(NamedTuple):
    """What one threshold on the poison head's probability does.

    Attributes:
        recall: share of poisonous photographs at or above the threshold.
        edible_passed: share of edible photographs below it.
    """

    threshold: float
    poisonous: int
    edible: int
    recall: float
    edible_passed: float


def species_figures(logits: np.ndarray, species: np.ndarray) -> SpeciesFigures:
    """Return the figures of (n, labels) logits against (n,) places."""
    order = np.argsort(-logits, axis=1, kind="stable")
    hits = order == species[:, np.newaxis]
    places = np.arange(logits.shape[1])
    f1 = f1_score(species, order[:, 0], labels=places, average="macro", zero_division=0.0)
    return SpeciesFigures(
        len(species), float(hits[:, 0].mean()), float(hits[:, :5].any(axis=1).mean()), float(f1)
    )


def poison_figures(poison_p: np.ndarray, poisonous: np.ndarray, threshold: float) -> PoisonFigures:
    """Return the figures of (n,) probabilities of "poisonous" against (n,) flags."""
    called, flags = poison_p >= threshold, np.asarray(poisonous, bool)
    return PoisonFigures(
        threshold,
        int(flags.sum()),
        int((~flags).sum()),
        float(called[flags].mean()),
        float((~called[~flags]).mean()),
    )


def careful_threshold(poison_p: np.ndarray, poisonous: np.ndarray) -> float:
    """Return a threshold that misses none of the poisonous photographs, and has room below them.

    The highest of that kind rests on one photograph alone. It is lowered until EDIBLE_PASSED of
    the edible ones are not called poisonous, which buys safety for what the heads do well anyway.
    """
    highest = float(poison_p[np.asarray(poisonous, bool)].min())
    return min(highest, affordable_threshold(poison_p, poisonous))


def affordable_threshold(poison_p: np.ndarray, poisonous: np.ndarray) -> float:
    """Return the threshold that lets EDIBLE_PASSED of the edible photographs pass.

    For many photographs, of which a few surely bear a wrong label: what misses none of those would
    be set by the wrong labels alone.
    """
    return float(np.quantile(poison_p[~np.asarray(poisonous, bool)], EDIBLE_PASSED))
