"""Linear probes: two softmax layers on the features of a frozen trunk.

Features are standardised for the fit, and the standardisation is folded into the weights, so the
network needs nothing but a matrix and a bias for each head.
"""

from typing import Dict, NamedTuple, Sequence, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression

ITERATIONS = 500


class Linear(NamedTuple):
    """Logits = features @ kernel + bias; kernel (channels, labels), bias (labels,) float32."""

    kernel: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return (n, labels) float32."""
        return np.asarray(features @ self.kernel + self.bias, np.float32)


class Probe(NamedTuple):
    """Both heads: poison in the order of POISON_LABELS, species in the order of the labels."""

    poison: Linear
    species: Linear


class Strength(NamedTuple):
    """Inverse of the L2 penalty of each head; the smaller, the smoother."""

    poison: float
    species: float


def fit_species(features: np.ndarray, species: np.ndarray, inverse_penalty: float) -> Linear:
    """Return the softmax layer fitted to (n, channels) features and (n,) label places."""
    mean, spread = _standard(features)
    model = LogisticRegression(C=inverse_penalty, max_iter=ITERATIONS)
    model.fit((features - mean) / spread, species)
    return _folded(model.coef_.T, model.intercept_, mean, spread)


def fit_poison(features: np.ndarray, poison: np.ndarray, inverse_penalty: float) -> Linear:
    """Return the two-label softmax layer; both labels weigh the same in all, however rare."""
    mean, spread = _standard(features)
    model = LogisticRegression(C=inverse_penalty, max_iter=ITERATIONS, class_weight="balanced")
    model.fit((features - mean) / spread, poison)
    halves = np.asarray([[-0.5, 0.5]])
    return _folded(model.coef_.T @ halves, model.intercept_ @ halves, mean, spread)


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean negative log-likelihood in nats of (n, labels) logits."""
    values = np.asarray(logits, np.float64)
    values = values - values.max(axis=1, keepdims=True)
    log_p = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    return float(-log_p[np.arange(len(labels)), labels].mean())


def tuned(
    train: Tuple[np.ndarray, np.ndarray, np.ndarray],
    val: Tuple[np.ndarray, np.ndarray, np.ndarray],
    inverse_penalties: Sequence[float],
) -> Tuple[Probe, Strength, Dict[str, float]]:
    """Return the probe with the lowest cross-entropy on val, head by head, and that entropy.

    Args:
        train, val: (features, poison targets, species targets).
    """
    poison = [fit_poison(train[0], train[1], c) for c in inverse_penalties]
    species = [fit_species(train[0], train[2], c) for c in inverse_penalties]
    poison_loss = [cross_entropy(head.logits(val[0]), val[1]) for head in poison]
    species_loss = [cross_entropy(head.logits(val[0]), val[2]) for head in species]
    p, s = int(np.argmin(poison_loss)), int(np.argmin(species_loss))
    losses = {"poison": poison_loss[p], "species": species_loss[s]}
    return (
        Probe(poison[p], species[s]),
        Strength(inverse_penalties[p], inverse_penalties[s]),
        losses,
    )


def _standard(features: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    return features.mean(axis=0), features.std(axis=0) + 1e-6


def _folded(kernel: np.ndarray, bias: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> Linear:
    scaled = np.asarray(kernel, np.float64) / np.asarray(spread, np.float64)[:, np.newaxis]
    shifted = np.asarray(bias, np.float64).reshape(-1) - mean @ scaled
    return Linear(scaled.astype(np.float32), shifted.astype(np.float32))
