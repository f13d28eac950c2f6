"""What a count of misses proves: exact binomial bounds. Pure.

Source: Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the
binomial, Biometrika 1934.
"""

import math
from typing import NamedTuple

from scipy.stats import beta, binom

from plantd.errors import UsageError


class Rate(NamedTuple):
    """`k` of `n`, with the two-sided exact interval at the given confidence."""

    k: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """k / n; NaN for nothing at all."""
        return self.k / self.n if self.n else float("nan")


def rate(k: int, n: int, confidence: float = 0.95) -> Rate:
    """Return k of n with its two-sided interval; of nothing everything is possible."""
    if n == 0:
        return Rate(0, 0, 0.0, 1.0)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(1.0 - tail, k + 1, n - k))
    return Rate(k, n, low, high)


def surely_above(first: Rate, second: Rate) -> bool:
    """Return whether one rate's whole interval lies above the other's."""
    return first.low > second.high


def upper_bound(k: int, n: int, confidence: float) -> float:
    """Return the one-sided upper bound of a rate after k misses in n; 1 for no photographs."""
    return 1.0 if k >= n else float(beta.ppf(confidence, k + 1, n - k))


def p_value(k: int, n: int, alpha: float) -> float:
    """Return the chance of k or fewer misses in n if the rate were alpha: what speaks for more."""
    return float(binom.cdf(k, n, alpha))


def smallest_alpha(n: int, confidence: float) -> float:
    """Return the smallest rate that n photographs without a miss can prove."""
    return upper_bound(0, n, confidence)


def needed(alpha: float, confidence: float) -> int:
    """Return how many photographs without a miss prove a rate of at most alpha: 299 for 1 %."""
    return math.ceil(math.log(1.0 - confidence) / math.log(1.0 - alpha))


def check_wish(alpha: float, n: int, confidence: float) -> None:
    """Raise UsageError where n photographs cannot prove a rate as small as alpha."""
    if not 0.0 < alpha < 1.0:
        raise UsageError("alpha is {}; expected a rate between 0 and 1, such as 0.02".format(alpha))
    if smallest_alpha(n, confidence) > alpha:
        raise UsageError(
            "alpha {} cannot be proven: it takes {} poisonous photographs (groups) without a miss "
            "at {:g} % confidence, and there are {}, which prove {:.4f}; give more photographs or "
            "ask for less".format(
                alpha, needed(alpha, confidence), 100 * confidence, n, smallest_alpha(n, confidence)
            )
        )
