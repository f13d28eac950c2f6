"""Linear probes: two softmax layers on the features of a frozen trunk, their penalties chosen."""

from typing import Dict, NamedTuple, Sequence, Tuple

import numpy as np

from plantd_calibration.stats.linear_heads import Linear, Strength, fit_poison, fit_species


class Probe(NamedTuple):
    """Both heads: poison in the order of POISON_LABELS, species in the order of the labels."""

    poison: Linear
    species: Linear


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
