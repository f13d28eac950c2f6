"""How well a score tells plants the network knows from everything else.

What the device can compute stands in the heads' outputs; the scores on features are here to say
what that costs. All are higher for what is known.
Sources: Hendrycks and Gimpel 2017 (probability); Liu et al. 2020 (energy); Hendrycks et al. 2022
(max logit); Lee et al. 2018 (Mahalanobis); Sun et al. 2022 (nearest neighbours).
"""

from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.special import logsumexp, softmax
from sklearn.metrics import roc_auc_score

from plantd.heads import RIVALS
from plantd_calibration.data.inference import ModelOutputs

NEIGHBOUR = 5
# Share of the mean variance added to the covariance: there are more channels than photographs.
SHRINKAGE = 0.01
# What plantd.verdict has a threshold for.
ON_DEVICE = ("standout", "energy")

Score = Callable[[ModelOutputs], np.ndarray]


class Known(NamedTuple):
    """The photographs the network was fitted to: (n, channels) features, (n,) places."""

    features: np.ndarray
    places: np.ndarray


class Separation(NamedTuple):
    """Area under the ROC curve of one score, known plants against others, by half.

    Attributes:
        on_device: can it be computed from what the device's network gives?
        tune_unknown, tune_negative: known plants of val against the tuning halves.
        unknown, negative: known plants of the report against the other halves.
        tune_kept: share of val's known plants that score above all but the strangers of the tuning
            halves that may pass. An area weighs rates of strangers that nobody would allow.
    """

    name: str
    on_device: bool
    tune_unknown: float
    tune_negative: float
    unknown: float
    negative: float
    tune_kept: float


def separations(
    tune: Sequence[ModelOutputs],
    report: Sequence[ModelOutputs],
    known: Known,
    kind: str,
    may_pass: Tuple[float, float],
) -> List[Separation]:
    """Return every score's separation.

    Args:
        tune, report: (known, unknown, negative), the species as logits.
        kind: of the species head; without logits on the device there is no energy.
        may_pass: shares of unknown plants and of pictures of no plant.
    """
    found = []
    for name, score in scores(known, kind).items():
        figures = []
        for part in (tune, report):
            values = [score(observed) for observed in part]
            figures += [area(values[0], values[1]), area(values[0], values[2])]
        figures.append(kept([score(observed) for observed in tune], may_pass))
        found.append(Separation(name, name in ON_DEVICE, *figures))
    return found


def kept(values: Sequence[np.ndarray], may_pass: Sequence[float]) -> float:
    """Return the share of known plants above all but the strangers that may pass.

    Args:
        values: scores of known plants, and of each kind of stranger.
        may_pass: share of each kind.
    """
    reached = -np.inf
    for strange, share in zip(values[1:], may_pass):
        passing = int(share * len(strange))
        reached = max(reached, float(np.sort(strange)[::-1][passing]))
    return float((values[0] > reached).mean())


def best_on_device(found: Sequence[Separation]) -> str:
    """Return the device's score that keeps most known plants on the tuning halves."""
    return max((one for one in found if one.on_device), key=lambda one: one.tune_kept).name


def scores(known: Known, kind: str) -> Dict[str, Score]:
    """Return the scores by name; those on features only where there are features."""
    found: Dict[str, Score] = {"standout": _standout}
    if kind == "logits":
        found["energy"] = lambda o: np.asarray(logsumexp(o.species, axis=1))
        found["max logit"] = lambda o: np.asarray(o.species.max(axis=1))
    found["max probability"] = lambda o: np.asarray(softmax(o.species, axis=1).max(axis=1))
    if known.features.shape[1]:
        found["Mahalanobis"] = _mahalanobis(known)
        found["nearest features"] = _nearest(known)
    return found


def area(known: np.ndarray, strange: np.ndarray) -> float:
    """Return the chance that a known plant scores above a stranger."""
    truth = np.concatenate([np.ones(len(known)), np.zeros(len(strange))])
    return float(roc_auc_score(truth, np.concatenate([known, strange])))


def _standout(observed: ModelOutputs) -> np.ndarray:
    leading = np.sort(observed.species.astype(np.float64), axis=1)[:, ::-1][:, : 1 + RIVALS]
    return np.asarray(leading[:, 0] - leading[:, 1:].mean(axis=1))


def _mahalanobis(known: Known) -> Score:
    """Distance to the nearest class mean, with one covariance for all classes."""
    classes = np.unique(known.places)
    means = np.stack([known.features[known.places == c].mean(axis=0) for c in classes])
    spread = known.features - means[np.searchsorted(classes, known.places)]
    covariance = spread.T.astype(np.float64) @ spread / len(spread)
    channels = len(covariance)
    covariance += SHRINKAGE * np.trace(covariance) / channels * np.eye(channels)
    # |L^-1 (x - m)|^2 is the distance: whitened once, then it is a plain one.
    whiten = np.linalg.inv(np.linalg.cholesky(covariance)).T
    centres = means @ whiten

    def score(observed: ModelOutputs) -> np.ndarray:
        points = observed.features.astype(np.float64) @ whiten
        squares = (points**2).sum(1)[:, None] + (centres**2).sum(1) - 2.0 * points @ centres.T
        return np.asarray(-squares.min(axis=1))

    return score


def _nearest(known: Known) -> Score:
    """Cosine to the fifth most similar photograph of the training."""
    references = _unit(known.features)

    def score(observed: ModelOutputs) -> np.ndarray:
        cosines = _unit(observed.features) @ references.T
        place = max(0, cosines.shape[1] - NEIGHBOUR)
        return np.asarray(np.partition(cosines, place, axis=1)[:, place])

    return score


def _unit(features: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, 1e-12))
