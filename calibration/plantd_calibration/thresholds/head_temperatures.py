"""Both heads of a bundle with temperatures, and how far their probabilities can be believed."""

from typing import NamedTuple, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.heads import POISONOUS
from plantd_calibration.stats import temperature
from plantd_calibration.stats.scores import Heads, logits_of
from plantd_calibration.stats.temperature import Reliability
from plantd_calibration.subsets.partition import Partition


class HeadReport(NamedTuple):
    """One head: its temperature, and its reliability before and after on two sets."""

    name: str
    temperature: float
    fitting: Tuple[Reliability, Reliability]
    report: Tuple[Reliability, Reliability]


def heads_with_temperatures(
    bundle: Bundle, parts: Partition
) -> Tuple[Tuple[HeadReport, ...], Heads]:
    """Return both heads with temperatures, and how reliable they are before and after."""
    poison, species = bundle.manifest.poison, bundle.species_head
    bad = poison.labels.index(POISONOUS)
    reports = []
    for name, head in (("poison", poison), ("species", species)):
        sets = []
        for part in (parts.fitting, parts.report):
            flags = np.asarray([photo.poisonous for photo in part.photos])
            target = np.where(flags, bad, 1 - bad) if name == "poison" else part.places
            sets.append((logits_of(getattr(part.observed, name), head), target))
        logits, target = sets[0]
        # The poisonous ones are seen once, by the tests; the poison head's temperature, which needs
        # them, changes no decision (see fitting).
        chosen = ~parts.fitting.poisonous if name == "species" else slice(None)
        fitted = round(temperature.fit(logits[chosen], target[chosen]), 4)
        pairs = [
            (temperature.reliability(*one, 1.0), temperature.reliability(*one, fitted))
            for one in sets
        ]
        reports.append(HeadReport(name, fitted, pairs[0], pairs[1]))
    both = Heads(
        poison._replace(temperature=reports[0].temperature),
        species._replace(temperature=reports[1].temperature),
    )
    return tuple(reports), both
