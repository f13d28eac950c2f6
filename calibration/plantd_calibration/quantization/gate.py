"""May a cheaper graph take a bundle's place? Only if it answers as the graph it came from.

Both graphs look at the same photographs; what is compared are verdicts, not raw numbers. Nothing
here says how good the answers are: only that they stay the same.
"""

from typing import List, NamedTuple, Sequence

import numpy as np

from plantd.answers import EDIBLE, POISONOUS
from plantd.verdict import Thresholds
from plantd_calibration.stats import bounds
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.stats.scores import Scores, answers
from plantd_engines.proof.agreement import LOST_POISON, SAME_ANSWER, SAME_SPECIES


class GateInputs(NamedTuple):
    """n photographs as one graph sees them: columns, and (n,) places of the best species."""

    scores: Scores
    best: np.ndarray


class Check(NamedTuple):
    """One condition: what was counted, what is asked of it, whether it holds."""

    what: str
    seen: Rate
    asked: str
    holds: bool


class Gate(NamedTuple):
    """The conditions; all must hold."""

    checks: Sequence[Check]

    @property
    def passed(self) -> bool:
        """Whether the cheaper graph may take the bundle's place."""
        return all(check.holds for check in self.checks)


def gate(
    reference: GateInputs, cheaper: GateInputs, poisonous: np.ndarray, thresholds: Thresholds
) -> Gate:
    """Return the gate for (n,) truly poisonous flags."""
    then, now = (answers(side.scores, thresholds) for side in (reference, cheaper))
    n, bad = len(then), np.asarray(poisonous, bool)
    same = bounds.rate(int((then == now).sum()), n)
    named = bounds.rate(int((reference.best == cheaper.best).sum()), n)
    recognised = bad & (then == POISONOUS)
    lost = bounds.rate(int((recognised & (now != POISONOUS)).sum()), int(recognised.sum()))
    edible = bad & (now == EDIBLE) & (then != EDIBLE)
    missed = bounds.rate(int(edible.sum()), int(bad.sum()))
    return Gate(
        [
            _at_least("same answer", same, SAME_ANSWER),
            _at_least("same species in first place", named, SAME_SPECIES),
            _at_most("recognised as poisonous before, not any more", lost, LOST_POISON),
            Check("poisonous, called edible only now", missed, "none", missed.k == 0),
        ]
    )


def recalls(sides: Sequence[GateInputs], poisonous: np.ndarray, limits: Thresholds) -> List[Rate]:
    """Return, for each graph, how many poisonous photographs it calls poisonous."""
    bad = np.asarray(poisonous, bool)
    called = [(answers(side.scores, limits) == POISONOUS) & bad for side in sides]
    return [bounds.rate(int(one.sum()), int(bad.sum())) for one in called]


def _at_least(what: str, seen: Rate, share: float) -> Check:
    asked = "lower end at least {:g}".format(share)
    return Check(what, seen, asked, seen.low >= share)


def _at_most(what: str, seen: Rate, share: float) -> Check:
    return Check(what, seen, "at most {:g}".format(share), seen.n > 0 and seen.share <= share)
