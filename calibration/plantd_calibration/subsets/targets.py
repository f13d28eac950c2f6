"""What the thresholds are to keep: rates that may not be passed, and what should be answered."""

from typing import NamedTuple, Optional


class Targets(NamedTuple):
    """What the thresholds are to keep.

    Attributes:
        alpha: rate of "edible" among poisonous plants; None asks for what the aimed step proves.
        confidence: of that bound.
        unknown, negative: shares of unknown plants and of non-plants that may be called edible.
        false_alarms: share of edible plants that each head may call poisonous.
        called_edible: share of edible plants that should be called edible. The usual one is the
            project's aim of 0.6 and what chance may take from it on some 500 other photographs.
    """

    alpha: Optional[float] = None
    confidence: float = 0.95
    unknown: float = 0.02
    negative: float = 0.005
    false_alarms: float = 0.03
    called_edible: float = 0.63
