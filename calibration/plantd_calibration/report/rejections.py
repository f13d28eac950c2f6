"""What keeps edible plants from being called edible: each condition of the rule by itself. Pure."""

from typing import List, NamedTuple

import numpy as np

from plantd.verdict import Thresholds
from plantd_calibration.stats import bounds
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.stats.scores import Scores, conditions


class Obstacle(NamedTuple):
    """One condition of "edible": how many photographs fail it, and how many fail no other."""

    condition: str
    failed: Rate
    only: Rate


def obstacles(edible: Scores, thresholds: Thresholds) -> List[Obstacle]:
    """Return every condition, the one that most photographs fail alone first."""
    held = conditions(edible, thresholds)
    failed = {name: ~holds for name, holds in held.items()}
    count, n = np.sum(list(failed.values()), axis=0), len(edible.mass)
    found = [
        Obstacle(
            name,
            bounds.rate(int(fails.sum()), n),
            bounds.rate(int((fails & (count == 1)).sum()), n),
        )
        for name, fails in failed.items()
    ]
    return sorted(found, key=lambda one: (-one.only.k, -one.failed.k, one.condition))
