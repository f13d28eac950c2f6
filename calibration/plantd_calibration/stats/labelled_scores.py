"""Photographs with what the rule asks of them and what they truly are; groups count once. Pure."""

from typing import NamedTuple, Sequence

import numpy as np

from plantd.answers import EDIBLE
from plantd.verdict import Thresholds
from plantd_calibration.stats.scores import Scores, answers


class LabelledScores(NamedTuple):
    """Photographs in columns: are they truly poisonous, and to which groups do they belong?"""

    scores: Scores
    poisonous: np.ndarray
    groups: Sequence[str]

    def take(self, chosen: np.ndarray) -> "LabelledScores":
        """Return the photographs at these places."""
        names = [name for name, wanted in zip(self.groups, chosen) if wanted]
        return LabelledScores(self.scores.take(chosen), self.poisonous[chosen], names)


def missed_groups(judged: LabelledScores, thresholds: Thresholds) -> int:
    """Return how many poisonous groups have a photograph that is called edible."""
    edible = (answers(judged.scores, thresholds) == EDIBLE) & judged.poisonous
    return len({name for name, missed in zip(judged.groups, edible) if missed})


def groups_of(judged: LabelledScores) -> int:
    """Return how many independent poisonous photographs there are."""
    return len({name for name, bad in zip(judged.groups, judged.poisonous) if bad})
