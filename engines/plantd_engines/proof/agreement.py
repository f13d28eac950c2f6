"""Does a cheaper engine answer as the graph it was made of? Counted on verdicts. Pure.

The conditions of the gate that `plantd-calibrate int8` puts before a bundle, without SciPy: what
must surely be reached is asked of the exact binomial tail.
"""

import math
from typing import List, NamedTuple, Sequence

from plantd.answers import EDIBLE, POISONOUS

WITHOUT_NEAR = (
    "this bundle has no pictures beside its thresholds, so it is proven on golden pictures alone; "
    "on a workstation plantd-calibrate near --bundle FOLDER adds them"
)
# Share of pictures that must surely get the same answer, and the same species in first place.
SAME_ANSWER = 0.95
SAME_SPECIES = 0.95
# Share of pictures recognised as poisonous that may at most be lost.
LOST_POISON = 0.02
# One side of the two-sided interval at 95 %.
TAIL = 0.025


class Answer(NamedTuple):
    """What one engine says of one picture: the verdict, and the species in first place."""

    verdict: str
    species: str


class Agreement(NamedTuple):
    """Counts over n pictures, `poisonous` of them truly poisonous.

    Attributes:
        same_answer, same_species: how many.
        recognised: truly poisonous and called so before; lost: of these, not any more.
        missed: truly poisonous, called edible only now.
    """

    n: int
    poisonous: int
    same_answer: int
    same_species: int
    recognised: int
    lost: int
    missed: int


def agreement(
    before: Sequence[Answer], after: Sequence[Answer], poisonous: Sequence[bool]
) -> Agreement:
    """Return the counts for the same pictures through two engines."""
    pairs = list(zip(before, after))
    bad = [pair for pair, is_bad in zip(pairs, poisonous) if is_bad]
    recognised = [pair for pair in bad if pair[0].verdict == POISONOUS]
    edible = EDIBLE
    return Agreement(
        n=len(pairs),
        poisonous=len(bad),
        same_answer=sum(then.verdict == now.verdict for then, now in pairs),
        same_species=sum(then.species == now.species for then, now in pairs),
        recognised=len(recognised),
        lost=sum(now.verdict != POISONOUS for _, now in recognised),
        missed=sum(now.verdict == edible and then.verdict != edible for then, now in bad),
    )


def failures(seen: Agreement) -> List[str]:
    """Return the conditions that do not hold, in words; none means that it may serve."""
    found = []
    for what, k, share in (
        ("same answer", seen.same_answer, SAME_ANSWER),
        ("same species in first place", seen.same_species, SAME_SPECIES),
    ):
        if not surely_at_least(k, seen.n, share):
            found.append("{}: {} of {}, asked: surely {:g}".format(what, k, seen.n, share))
    if not (seen.recognised and seen.lost <= LOST_POISON * seen.recognised):
        found.append(
            "recognised as poisonous before, not any more: {} of {}, asked: at most {:g}".format(
                seen.lost, seen.recognised, LOST_POISON
            )
        )
    if seen.missed:
        found.append(
            "poisonous, called edible only now: {} of {}, asked: none".format(
                seen.missed, seen.poisonous
            )
        )
    return found


def surely_at_least(k: int, n: int, share: float) -> bool:
    """Return whether the exact interval of k of n, at 95 %, begins at `share` or above it."""
    if n == 0:
        return False
    chance = sum(_chance(i, n, share) for i in range(k, n + 1))
    return chance <= TAIL


def _chance(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
