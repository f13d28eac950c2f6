"""What the rule calls poisonous photographs that are made worse."""

from typing import List, NamedTuple

import numpy as np

from plantd.answers import EDIBLE, POISONOUS
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds
from plantd_calibration.data.corruptions import WAYS
from plantd_calibration.data.inference import CachedInference
from plantd_calibration.stats import bounds
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.stats.scores import Heads, answers
from plantd_calibration.subsets.subset import Part


class Worsened(NamedTuple):
    """Poisonous photographs of the report at one strength of a way, and what they are called."""

    way: str
    strength: float
    edible: Rate
    poisonous: Rate


def worsened(
    observer: CachedInference,
    part: Part,
    both: Heads,
    limits: QualityLimits,
    thresholds: Thresholds,
) -> List[Worsened]:
    """Return every strength of every way, tried on the poisonous photographs of a part."""
    chosen = np.flatnonzero(part.poisonous)
    photos = [part.photos[place] for place in chosen]
    found = []
    for way in WAYS.values():
        for strength, change in way.changes():
            seen = Part(photos, observer.observe(photos, change), part.places[chosen], chosen >= 0)
            given = answers(seen.judged(both, limits).scores, thresholds)
            rates = (
                bounds.rate(int((given == answer).sum()), len(photos))
                for answer in (EDIBLE, POISONOUS)
            )
            found.append(Worsened(way.name, strength, *rates))
    return found
