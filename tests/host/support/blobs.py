"""Features of four labels that a linear head can tell apart."""

from typing import Tuple

import numpy as np


def blobs(seed: int, each: int = 40) -> Tuple[np.ndarray, np.ndarray]:
    """Return (4 * each, 12) features and (4 * each,) labels; every seed has the same centers."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(4), each)
    centers = np.random.default_rng(0).normal(0, 2, (4, 12))
    return centers[labels] + random.normal(0, 1, (len(labels), 12)) + 5.0, labels
