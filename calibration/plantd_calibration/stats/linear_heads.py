"""Linear heads: the one fit of softmax layers on the features of a trunk.

How this works: features are standardised for the fit, and the standardisation is folded into the
weights, so a network needs nothing but a matrix and a bias for each head. Training ships such
heads; calibration fits them again without some photographs. What the second says of the first
rests on both being this fit.
"""

from typing import NamedTuple, Optional, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression

ITERATIONS = 500
# Logit of a label without a photograph among those the head was fitted to.
NEVER = -50.0
# One margin between two labels as a logit for each.
HALVES = np.asarray([[-0.5, 0.5]])
# Added to a channel's spread, so that one that never changes divides by no zero.
LEAST_SPREAD = 1e-6


class Linear(NamedTuple):
    """Logits = features @ kernel + bias; kernel (channels, labels), bias (labels,)."""

    kernel: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return (n, labels)."""
        return np.asarray(features @ self.kernel + self.bias)


class Strength(NamedTuple):
    """Inverse of the L2 penalty of each head; the smaller, the smoother."""

    poison: float
    species: float


def fit_poison(features: np.ndarray, poison: np.ndarray, inverse_penalty: float) -> Linear:
    """Return the two-label softmax layer; both labels weigh the same in all, however rare.

    Args:
        features: (n, channels).
        poison: (n,) places of the labels, 0 or 1.
    """
    model = LogisticRegression(C=inverse_penalty, max_iter=ITERATIONS, class_weight="balanced")
    return _of_margin(_fit(model, features, poison))


def fit_species(
    features: np.ndarray, species: np.ndarray, inverse_penalty: float, labels: Optional[int] = None
) -> Linear:
    """Return the softmax layer fitted to (n, channels) features and (n,) label places.

    Args:
        labels: how many outputs; up to the last place that occurs where not given. One without a
            photograph is NEVER answered.
    """
    model = LogisticRegression(C=inverse_penalty, max_iter=ITERATIONS)
    fitted = _fit(model, features, species)
    if len(model.classes_) == 2:
        fitted = _of_margin(fitted)
    size = int(model.classes_.max()) + 1 if labels is None else labels
    kernel, bias = np.zeros((len(fitted.kernel), size)), np.full(size, NEVER)
    kernel[:, model.classes_], bias[model.classes_] = fitted
    return Linear(kernel, bias)


def _fit(model: LogisticRegression, features: np.ndarray, places: np.ndarray) -> Linear:
    """Fit to standardised features and fold the standardisation into the head."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + LEAST_SPREAD
    model.fit((features - mean) / spread, places)
    kernel = np.asarray(model.coef_, np.float64).T / np.asarray(spread, np.float64)[:, np.newaxis]
    return Linear(kernel, np.asarray(model.intercept_, np.float64) - mean @ kernel)


def _of_margin(fitted: Linear) -> Linear:
    return Linear(fitted.kernel @ HALVES, fitted.bias @ HALVES)


def fit_both(
    features: np.ndarray,
    places: Tuple[np.ndarray, np.ndarray],
    strength: Strength,
    labels: Optional[int] = None,
) -> Tuple[Linear, Linear]:
    """Return the (poison, species) heads fitted to (poison, species) places."""
    poison, species = places
    return (
        fit_poison(features, poison, strength.poison),
        fit_species(features, species, strength.species, labels),
    )
