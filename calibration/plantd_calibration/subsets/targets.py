"""What the thresholds are to keep: rates that may not be passed, and what should be answered."""

from typing import NamedTuple, Optional


class Targets(NamedTuple):
    """What the thresholds are to keep.

    Attributes:
        alpha: rate of "edible" among poisonous plants; None asks for what the aimed step proves.
        confidence: of that bound.
        unknown, negative: shares of unknown plants and of non-plants that may be called edible.
        poisonous_unknown: of the unknown plants that are known to be poisonous.
        negative_alarms: share of non-plants that may be called poisonous.
        false_alarms: share of edible plants that each head may call poisonous.
        called_edible: share of edible plants that should be called edible, of those that have no
            deadly look-alike. The usual one is asked of the default model's networks out of fold:
            they are weaker than the one that ships, which then reaches the project's aim of 0.65.
    """

    alpha: Optional[float] = None
    confidence: float = 0.95
    unknown: float = 0.02
    negative: float = 0.005
    poisonous_unknown: float = 0.01
    negative_alarms: float = 0.05
    false_alarms: float = 0.03
    called_edible: float = 0.54
