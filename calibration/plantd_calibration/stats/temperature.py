"""How far a head's probabilities can be believed: temperature and calibration error. Pure.

Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
"""

from typing import List, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

BINS = 15
# Outside these a head is broken, not badly scaled; without a single error there is no optimum.
LOWEST, HIGHEST = 0.25, 10.0


class Bin(NamedTuple):
    """Photographs whose top probability lies in one stretch: how sure, and how often right."""

    n: int
    confidence: float
    accuracy: float


class Reliability(NamedTuple):
    """How a head's top probability compares with how often it is right.

    Attributes:
        error: expected calibration error: the bins' gaps, weighted by their photographs.
        loss: mean negative log-likelihood, in nats.
        bins: of equal width from 0 to 1; empty ones are left out.
    """

    error: float
    loss: float
    bins: List[Bin]


def fit(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature with the lowest loss for (n, labels) logits and (n,) places."""
    found = minimize_scalar(
        lambda log_t: loss(logits, labels, float(np.exp(log_t))),
        bounds=(np.log(LOWEST), np.log(HIGHEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def loss(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """Return the mean negative log-likelihood in nats."""
    log_p = log_softmax(np.asarray(logits, np.float64) / temperature, axis=1)
    return float(-log_p[np.arange(len(labels)), labels].mean())


def reliability(logits: np.ndarray, labels: np.ndarray, temperature: float) -> Reliability:
    """Return the calibration of (n, labels) logits against (n,) places."""
    p = softmax(np.asarray(logits, np.float64) / temperature, axis=1)
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = [
        Bin(int(inside.sum()), float(sure[inside].mean()), float(right[inside].mean()))
        for inside in (places == place for place in range(BINS))
        if inside.any()
    ]
    error = sum(one.n * abs(one.confidence - one.accuracy) for one in bins) / len(labels)
    return Reliability(error, loss(logits, labels, temperature), bins)
