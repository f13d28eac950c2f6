"""Is it right? The engine, as it is loaded, against golden outputs and beside the thresholds.

Golden pictures lie anywhere; a plan in half precision can agree with them and still move an answer
at a threshold. So it is asked beside the thresholds too, in logits: near 0 and 1 a probability
hides what moves there.
"""

import time
from typing import Callable, Dict, NamedTuple

import numpy as np

from plantd import heads
from plantd.assessment import assess
from plantd.bundle import Bundle
from plantd.bundle.near import Near
from plantd.engine.interface import Engine
from plantd.engine.self_test import self_test
from plantd.errors import BundleError
from plantd.heads import HeadOutputs
from plantd.quality import Quality, QualityLimits
from plantd.tensor import to_tensor

# Logits may be off by this much, by precision: at a probability of one half they are about what
# plantd.engine.self_test allows in probability, for FP16 and INT8. FP32 is TF32 on newer GPUs.
TOLERANCE = {"fp32": 0.05, "fp16": 0.1, "int8": 0.5}
# Beyond these a probability decides nothing, and its logit is mostly rounding.
CLEAREST = 1e-3

# Drawn pictures are judged by the network alone: nothing about their quality is asked.
_ANY_QUALITY = QualityLimits(0, -1.0, -1.0, 1e9, 2.0, 2.0, -1.0, 2.0, -1.0)
_QUALITY = Quality(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Decided(NamedTuple):
    """What is said of a picture: verdict, rule, and the species in first place."""

    answer: str
    rule: str
    label: str


def prove(
    bundle: Bundle, engine: Engine, monotonic: Callable[[], float] = time.monotonic
) -> Dict[str, float]:
    """Open the engine, test it and return the figures; it is closed afterwards.

    Returns pictures, poison_max and species_max (largest difference of a probability from the
    reference), near and near_logit_max (see check_near; none in a bundle of before), load_ms and
    first_ms.

    Raises BundleError when an answer differs by more than the precision allows; PlanError or
    EngineError when the engine does not load or fails.
    """
    started_at = monotonic()
    with engine:
        loaded_at = monotonic()
        engine.infer(np.zeros(engine.input_shape, np.float32))
        answered_at = monotonic()
        self_test(bundle, engine)
        near = check_near(bundle, engine)
        figures = _differences(bundle, engine)
    figures.update(near)
    figures["load_ms"] = round((loaded_at - started_at) * 1000.0, 2)
    figures["first_ms"] = round((answered_at - loaded_at) * 1000.0, 2)
    return figures


def _differences(bundle: Bundle, engine: Engine) -> Dict[str, float]:
    golden, manifest = bundle.golden, bundle.manifest
    worst = {"poison_max": 0.0, "species_max": 0.0}
    for index in range(len(golden.tensors)):
        seen = engine.infer(golden.tensors[index : index + 1])
        for name, values, reference, head in (
            ("poison_max", seen.poison, golden.poison[index], manifest.poison),
            ("species_max", seen.species, golden.species[index], manifest.species),
        ):
            difference = heads.probabilities(values, head) - heads.probabilities(reference, head)
            worst[name] = max(worst[name], float(np.max(np.abs(difference))))
    return dict(worst, pictures=float(len(golden.tensors)))


def decision_at(bundle: Bundle, outputs: HeadOutputs) -> Decided:
    """Return what the bundle's thresholds make of outputs, whatever the picture's quality."""
    limits = bundle.manifest.thresholds._replace(quality=_ANY_QUALITY)
    bundle = bundle._replace(manifest=bundle.manifest._replace(thresholds=limits))
    assessment = assess(bundle, [outputs], _QUALITY)
    best = assessment.prediction.best.label if assessment.prediction else ""
    decision = assessment.decision
    return Decided(decision.answer, str(decision.rule.value), best)


def logit_distance(bundle: Bundle, one: HeadOutputs, other: HeadOutputs) -> float:
    """Return by how much the logits of two outputs differ at most, over both heads; NaN stays."""
    manifest = bundle.manifest
    differences = [
        _logits(heads.probabilities(seen, head)) - _logits(heads.probabilities(reference, head))
        for seen, reference, head in (
            (one.poison, other.poison, manifest.poison),
            (one.species, other.species, manifest.species),
        )
    ]
    # Not max(): that would lose a NaN.
    return float(np.max([np.max(np.abs(each)) for each in differences]))


def check_near(bundle: Bundle, engine: Engine) -> Dict[str, float]:
    """Ask an opened engine beside every threshold; return `near`, how many, and `near_logit_max`.

    Raises BundleError naming the picture whose answer moved, or whose logits are too far off.
    """
    near = bundle.near
    if near is None:
        return {}
    allowed = TOLERANCE[engine.info.precision]
    distances = []
    # Every answer first: one that moved says more than a logit that is off.
    for index, picture in enumerate(near.pictures):
        reference = HeadOutputs(near.poison[index], near.species[index])
        seen = engine.infer(to_tensor(picture, bundle.manifest.input))
        where = _where(near, index)
        _check_decision(where, decision_at(bundle, reference), decision_at(bundle, seen))
        distances.append(logit_distance(bundle, seen, reference))
    for index, distance in enumerate(distances):
        if not distance <= allowed:
            raise BundleError(
                "{}: a logit differs by {:.3f} from the reference; expected at most {} in {}; the "
                "engine is wrong: rebuild it".format(
                    _where(near, index), distance, allowed, engine.info.precision
                )
            )
    return {
        "near": float(len(distances)),
        "near_logit_max": round(max(distances, default=0.0), 5),
    }


def _where(near: Near, index: int) -> str:
    return "picture {} beside a threshold ({})".format(index, near.names[index])


def _check_decision(where: str, before: Decided, after: Decided) -> None:
    if after != before:
        raise BundleError(
            "{}: the answer moved from {} to {}; the engine is wrong: rebuild it".format(
                where, _words(before), _words(after)
            )
        )


def _words(decided: Decided) -> str:
    return "{0.answer} by {0.rule}, {0.label}".format(decided)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    clipped = np.clip(np.asarray(probabilities, np.float64), CLEAREST, 1.0 - CLEAREST)
    return np.asarray(np.log(clipped / (1.0 - clipped)))
