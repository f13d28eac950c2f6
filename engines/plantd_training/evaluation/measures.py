"""Figures from readings: the same for every predictor. Pure.

Intervals are Wilson's at 95 %. Source: Wilson, Probable inference, JASA 1927.
"""

from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from plantd_calibration.data.photos import Photo
from plantd_training.evaluation import head_metrics
from plantd_training.evaluation.predictors import Answer

Z95 = 1.959964
BINS = 15


class Share(NamedTuple):
    """How many of how many, with the interval that the share lies in at 95 %."""

    hits: int
    n: int
    share: float
    low: float
    high: float


class Species(NamedTuple):
    """The species head on labelled photographs.

    Attributes:
        recall: by label.
        calibration_error: mean gap between the best species' probability and its hit rate.
    """

    top1: Share
    top5: Share
    macro_f1: float
    recall: Dict[str, Share]
    calibration_error: float


class Poison(NamedTuple):
    """The poison head at a threshold.

    Attributes:
        missed: places of the poisonous photographs below the threshold, least suspected first.
        curve: (recall, precision) pairs over all thresholds; empty where nothing is poisonous, as
            recall, F1 and average precision are NaN then.
    """

    threshold: float
    true_poisonous: int
    false_poisonous: int
    missed_poisonous: int
    true_edible: int
    recall: Share
    edible_passed: Share
    precision: float
    f1: float
    average_precision: float
    calibration_error: float
    missed: Tuple[int, ...]
    curve: Tuple[Tuple[float, float], ...]


class Strangers(NamedTuple):
    """What is said about pictures of nothing the network knows.

    Attributes:
        called_poisonous: by the poison head.
        sure: best species at or above half.
        energy: quantiles at 5, 50 and 95 %.
    """

    n: int
    called_poisonous: Share
    sure: Share
    energy: Tuple[float, float, float]


def share(hits: int, n: int) -> Share:
    """Return a share with its interval; an empty one is NaN from 0 to 1."""
    if n == 0:
        return Share(0, 0, float("nan"), 0.0, 1.0)
    p, square = hits / n, Z95**2
    center = (p + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * np.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return Share(hits, n, p, max(0.0, float(center - half)), min(1.0, float(center + half)))


def species(answers: Sequence[Answer], photos: Sequence[Photo]) -> Species:
    """Return the species head's figures."""
    truth = [photo.label for photo in photos]
    named = [[one.label for one in answer.prediction.species[:5]] for answer in answers]
    first = [names[0] for names in named]
    right = np.asarray([said == label for said, label in zip(first, truth)])
    among = [label in names for names, label in zip(named, truth)]
    best = np.asarray([answer.prediction.best.p for answer in answers])
    labels = sorted(set(truth))
    return Species(
        top1=share(int(right.sum()), len(truth)),
        top5=share(sum(among), len(truth)),
        macro_f1=float(f1_score(truth, first, labels=labels, average="macro", zero_division=0.0)),
        recall={label: _recall(label, truth, right) for label in labels},
        calibration_error=calibration_error(best, right),
    )


def poison(answers: Sequence[Answer], photos: Sequence[Photo], threshold: float) -> Poison:
    """Return the poison head's figures at a threshold that was chosen elsewhere."""
    p = poison_p(answers)
    bad = np.asarray([photo.poisonous for photo in photos], bool)
    called = p >= threshold
    hits, false = int((called & bad).sum()), int((called & ~bad).sum())
    missed, passed = int((~called & bad).sum()), int((~called & ~bad).sum())
    precision = hits / (hits + false) if hits + false else 0.0
    recall = share(hits, hits + missed)
    together = precision + recall.share
    curve: Tuple[Tuple[float, float], ...] = ()
    if bad.any():
        precisions, recalls, _ = precision_recall_curve(bad, p)
        curve = tuple((float(r), float(q)) for r, q in zip(recalls, precisions))
    least = [int(i) for i in np.argsort(p, kind="stable") if bad[i] and not called[i]]
    return Poison(
        threshold=threshold,
        true_poisonous=hits,
        false_poisonous=false,
        missed_poisonous=missed,
        true_edible=passed,
        recall=recall,
        edible_passed=share(passed, passed + false),
        precision=precision,
        f1=2 * precision * recall.share / together if together else 0.0,
        average_precision=float(average_precision_score(bad, p)) if curve else float("nan"),
        calibration_error=calibration_error(p, bad),
        missed=tuple(least),
        curve=curve,
    )


def by_source(
    answers: Sequence[Answer], photos: Sequence[Photo], threshold: float
) -> Dict[str, Tuple[Share, Share, Share]]:
    """Return (top-1, poison recall, edible passed) by who published the photographs."""
    found = {}
    for source in sorted({photo.source for photo in photos}):
        rows = [(a, p) for a, p in zip(answers, photos) if p.source == source]
        right = sum(a.prediction.best.label == p.label for a, p in rows)
        called = [(a.prediction.poison_p >= threshold, p.poisonous) for a, p in rows]
        found[source or "not stated"] = (
            share(right, len(rows)),
            share(called.count((True, True)), sum(bad for _, bad in called)),
            share(called.count((False, False)), sum(not bad for _, bad in called)),
        )
    return found


def strangers(answers: Sequence[Answer], threshold: float) -> Strangers:
    """Return what is said about pictures that show none of the labels."""
    p = poison_p(answers)
    best = np.asarray([answer.prediction.best.p for answer in answers])
    energies = np.asarray([answer.prediction.energy for answer in answers])
    low, middle, high = (float(v) for v in np.quantile(energies, (0.05, 0.5, 0.95)))
    return Strangers(
        len(answers),
        share(int((p >= threshold).sum()), len(p)),
        share(int((best >= 0.5).sum()), len(p)),
        (low, middle, high),
    )


def poison_p(answers: Sequence[Answer]) -> np.ndarray:
    """Return (n,) probabilities of "poisonous" by the poison head."""
    return np.asarray([answer.prediction.poison_p for answer in answers], float)


def careful_threshold(answers: Sequence[Answer], photos: Sequence[Photo]) -> float:
    """Return the poison threshold frozen on these photographs; see figures.careful_threshold."""
    flags = np.asarray([photo.poisonous for photo in photos], bool)
    return head_metrics.careful_threshold(poison_p(answers), flags)


def calibration_error(p: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Return the mean gap between probability and rate over equal bins, weighted by size.

    Source: Naeini et al., Obtaining well calibrated probabilities, AAAI 2015 (ECE).
    """
    places = np.minimum((np.asarray(p) * bins).astype(int), bins - 1)
    gaps: List[float] = []
    for place in np.unique(places):
        inside = places == place
        gaps.append(abs(float(np.mean(p[inside]) - np.mean(right[inside]))) * inside.mean())
    return float(sum(gaps))


def confusion(
    answers: Sequence[Answer], photos: Sequence[Photo]
) -> Tuple[Tuple[str, ...], np.ndarray]:
    """Return the labels and (labels, labels) counts: rows are what it is, columns what was said."""
    said = [answer.prediction.best.label for answer in answers]
    truth = [photo.label for photo in photos]
    names = tuple(sorted(set(said) | set(truth)))
    counts = np.zeros((len(names), len(names)), int)
    for is_, was in zip(truth, said):
        counts[names.index(is_), names.index(was)] += 1
    return names, counts


def _recall(label: str, truth: Sequence[str], right: np.ndarray) -> Share:
    chosen = np.asarray([one == label for one in truth])
    return share(int(right[chosen].sum()), int(chosen.sum()))
