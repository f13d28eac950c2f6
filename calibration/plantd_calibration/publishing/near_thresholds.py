"""Pictures on which a small error would show: drawn so that an answer changes right beside them.

How this works: a decision is a function of the picture, and between two pictures with different
decisions some mixture of both lies where it changes. Bisecting finds that place; one step to either
side of it, as far as half precision may be off, gives two pictures whose decisions must stay. They
are mixed from drawings, so that no photograph travels in a bundle, and every threshold that the
drawings reach is met, whichever it is.
"""

from itertools import islice
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.bundle.near import Near
from plantd.camera.drawing import draw_plant
from plantd.engine.interface import Engine
from plantd.heads import HeadOutputs
from plantd.tensor import to_tensor
from plantd_engines.proof.golden_test import Decided, decision_at, logit_distance

SIDE_PX = 120
DRAWINGS = 24
PAIRS, ATTEMPTS = 12, 40
BISECTIONS = 12
# How far from the threshold, in logits: twice what half precision may be off. See golden_test.
MARGIN = 0.2


class _DecidedPicture(NamedTuple):
    """A picture, what the heads give for it, and what is decided."""

    pixels: np.ndarray
    outputs: HeadOutputs
    decision: Decided


def near_thresholds(bundle: Bundle, engine: Engine) -> Near:
    """Return pictures in pairs, one on either side of a place where the answer changes.

    Args:
        engine: the bundle's own graph in FP32, open.
    """

    def see(pixels: np.ndarray) -> _DecidedPicture:
        outputs = engine.infer(to_tensor(pixels, bundle.manifest.input))
        return _DecidedPicture(pixels, outputs, decision_at(bundle, outputs))

    found: List[_DecidedPicture] = []
    names: List[str] = []
    met = set()
    for one, other in islice(_pairs([see(pixels) for pixels in drawings()]), ATTEMPTS):
        sides = _beside(bundle, one, other, see)
        if sides is None or frozenset(each.decision for each in sides) in met:
            continue
        met.add(frozenset(each.decision for each in sides))
        found += sides
        names += [" | ".join(" ".join(each.decision) for each in sides)] * 2
        if len(met) == PAIRS:
            break
    return Near(
        np.stack([each.pixels for each in found]) if found else _none(SIDE_PX),
        _rows([each.outputs.poison for each in found], bundle.output_sizes[0]),
        _rows([each.outputs.species for each in found], bundle.output_sizes[1]),
        np.array(names, dtype="U200"),
    )


def drawings(count: int = DRAWINGS) -> List[np.ndarray]:
    """Return (SIDE_PX, SIDE_PX, 3) uint8 BGR pictures: plants in many lights, and plain colours."""
    random = np.random.RandomState(7)
    plants = [draw_plant(SIDE_PX, SIDE_PX, seed).astype(np.float32) for seed in range(count)]
    lit = [plant * random.uniform(0.4, 1.6, 3) + random.uniform(-40.0, 40.0, 3) for plant in plants]
    colours = [np.full((SIDE_PX, SIDE_PX, 3), random.uniform(0, 255, 3)) for _ in range(count // 2)]
    return [_pixels(picture) for picture in lit + colours]


def _pairs(seen: Sequence[_DecidedPicture]) -> Iterator[Tuple[_DecidedPicture, _DecidedPicture]]:
    """Yield pictures that are decided differently, each pair of decisions once, rules first."""
    done = set()
    for parts in (1, 2, 3):
        for number, one in enumerate(seen):
            for other in seen[:number]:
                kinds = frozenset((one.decision[:parts], other.decision[:parts]))
                if len(kinds) == 2 and kinds not in done:
                    done.add(kinds)
                    yield one, other


def _beside(
    bundle: Bundle,
    one: _DecidedPicture,
    other: _DecidedPicture,
    see: Callable[[np.ndarray], _DecidedPicture],
) -> Optional[Tuple[_DecidedPicture, _DecidedPicture]]:
    """Return a picture on either side of a change between two; None where none is clear enough."""

    def mixed(share: float) -> _DecidedPicture:
        return see(_pixels(one.pixels * (1.0 - share) + other.pixels * share))

    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        if mixed(middle).decision == one.decision:
            low = middle
        else:
            high = middle
    sides = _stepped(bundle, mixed, low, -1.0), _stepped(bundle, mixed, high, 1.0)
    if sides[0] is None or sides[1] is None or sides[0].decision == sides[1].decision:
        return None
    return sides[0], sides[1]


def _stepped(
    bundle: Bundle, mixed: Callable[[float], _DecidedPicture], share: float, way: float
) -> Optional[_DecidedPicture]:
    """Step away from a change until the heads are MARGIN from it, the decision still the same."""
    edge = mixed(share)
    step = 2.0**-BISECTIONS
    while 0.0 <= share + way * step <= 1.0:
        seen = mixed(share + way * step)
        if seen.decision != edge.decision:
            return None
        if logit_distance(bundle, seen.outputs, edge.outputs) >= MARGIN:
            return seen
        step *= 2.0
    return None


def _pixels(picture: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def _rows(rows: Sequence[np.ndarray], width: int) -> np.ndarray:
    return np.asarray(rows, np.float32).reshape(len(rows), width)


def _none(side_px: int) -> np.ndarray:
    return np.empty((0, side_px, side_px, 3), np.uint8)
