"""Where a picture becomes too poor: limits from photographs that were made worse on purpose.

How this works: a strength of a way is "poor" when the species named first is right for POOR times
as many pictures as before, or fewer. A limit is set where it refuses CAUGHT of the poor pictures,
but never so strict that it refuses more than SPARED of the photographs as they are, and never
looser than FLOOR. The network was trained on these photographs and names them even when they are
hardly to be seen; on new ones it fails sooner, and the floor is what no photographer would send.
"""

from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from plantd.quality import Quality, QualityLimits, faults
from plantd_calibration.data.corruptions import WAYS, Way
from plantd_calibration.data.inference import AS_IS, CachedInference, ModelOutputs
from plantd_calibration.data.photos import Photo

CAUGHT = 0.95
SPARED = 0.01
POOR = 0.8
FLOOR = QualityLimits()
LOW, HIGH = "low", "high"


class Measure(NamedTuple):
    """One limit.

    Attributes:
        way: the way of degrading.WAYS it is for.
        of: how the measure is had.
        bad: on which side it is bad.
        strength: from which on the way is this measure's matter. Only a wholly covered lens is
            without contrast; a limit for half a finger would call every dull day "covered".
    """

    way: str
    of: Callable[[Quality], float]
    bad: str
    strength: float = 0.0


MEASURES: Dict[str, Measure] = {
    "side_min_px": Measure("shrunk", lambda q: min(q.width_px, q.height_px), LOW),
    "brightness_min": Measure("darkened", lambda q: q.brightness, LOW),
    "dark_share_max": Measure("darkened", lambda q: q.dark_share, HIGH),
    "brightness_max": Measure("overexposed", lambda q: q.brightness, HIGH),
    "bright_share_max": Measure("overexposed", lambda q: q.bright_share, HIGH),
    "contrast_min": Measure("finger across", lambda q: q.contrast, LOW, 1.0),
    "flat_share_max": Measure("finger across", lambda q: q.flat_share, HIGH),
    "sharpness_min": Measure("unfocused", lambda q: q.sharpness, LOW),
    "evenness_min": Measure("moved", lambda q: q.evenness, LOW),
}


class Step(NamedTuple):
    """One strength of a way: how many are named right, how many the limits refuse."""

    way: str
    strength: float
    n: int
    top1: float
    refused: float
    refused_as_this: float


class Study(NamedTuple):
    """The limits and what they do: to each strength, and to the photographs as they are."""

    limits: QualityLimits
    steps: Tuple[Step, ...]
    clean_top1: float
    clean_refused: float


class CorruptedPhotos(NamedTuple):
    """Pictures of one strength: were they named right, and how good are they?"""

    way: Way
    strength: float
    right: np.ndarray
    qualities: List[Quality]


def study(
    observer: CachedInference, photos: Sequence[Photo], places: np.ndarray, clean: np.ndarray
) -> Study:
    """Return limits fitted to worsened `photos`, whose species have these places.

    Args:
        clean: (n, fields of Quality) of more photographs as they are.
    """
    as_they_are = observer.observe(photos, AS_IS).species.argmax(axis=1) == places
    seen = [
        _seen(observer.observe(photos, change), places, way, strength)
        for way in WAYS.values()
        for strength, change in way.changes()
    ]
    good = [Quality(*row) for row in clean]
    limits = limits_from(seen, float(as_they_are.mean()), good)
    return Study(
        limits=limits,
        steps=tuple(_step(one, limits) for one in seen),
        clean_top1=float(as_they_are.mean()),
        clean_refused=float(np.mean([bool(faults(q, limits)) for q in good])),
    )


def limits_from(
    seen: Sequence[CorruptedPhotos], clean_top1: float, clean: Sequence[Quality]
) -> QualityLimits:
    """Return the limits; a measure whose way never makes pictures poor spares all but SPARED."""
    found = {}
    for name, measure in MEASURES.items():
        poor = [
            measure.of(quality)
            for one in seen
            if one.way.name == measure.way
            and one.strength >= measure.strength
            and one.right.mean() <= POOR * clean_top1
            for quality in one.qualities
        ]
        limit = _limit(measure, poor, [measure.of(quality) for quality in clean])
        stricter = max if measure.bad == LOW else min
        found[name] = stricter(limit, getattr(FLOOR, name))
    side_min_px = round(found.pop("side_min_px"))
    return QualityLimits(side_min_px=side_min_px, **found)


def _limit(measure: Measure, poor: Sequence[float], clean: Sequence[float]) -> float:
    share = SPARED if measure.bad == LOW else 1.0 - SPARED
    spared = float(np.quantile(clean, share))
    if poor:
        caught = float(np.quantile(poor, CAUGHT if measure.bad == LOW else 1.0 - CAUGHT))
        spared = min(spared, caught) if measure.bad == LOW else max(spared, caught)
    return round(spared, 3)


def _seen(observed: ModelOutputs, places: np.ndarray, way: Way, strength: float) -> CorruptedPhotos:
    qualities = [Quality(*row) for row in observed.quality]
    return CorruptedPhotos(way, strength, observed.species.argmax(axis=1) == places, qualities)


def _step(seen: CorruptedPhotos, limits: QualityLimits) -> Step:
    found = [faults(quality, limits) for quality in seen.qualities]
    return Step(
        seen.way.name,
        seen.strength,
        len(found),
        float(seen.right.mean()),
        float(np.mean([bool(names) for names in found])),
        float(np.mean([seen.way.fault in names for names in found])),
    )
