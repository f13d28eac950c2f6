"""Proves a bundle's preprocessing and an opened engine on the golden pictures."""

import numpy as np

from plantd import bundle as bundles
from plantd import heads
from plantd.bundle import Bundle
from plantd.engine.interface import Engine
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.errors import BundleError
from plantd.heads import HeadSpec
from plantd.tensor import to_tensor

# Probabilities may differ by this much from the reference, by precision: what accumulating
# in another order (fp32), half-precision weights and activations (fp16) and 8 bits cost.
TOLERANCE = {"fp32": 2e-3, "fp16": 2e-2, "int8": 1e-1}
# OpenCV's versions round a resized pixel differently by at most two grey levels.
TENSOR_LEVELS = 2.5


def prove(path: str, threads: int = 1) -> None:
    """Load the bundle at `path`, run its graph in ONNX Runtime and test it: may it be handed on?

    Raises BundleError when it does not pass, EngineError without ONNX Runtime.
    """
    loaded = bundles.load(path)
    with OnnxRuntimeEngine(loaded, threads) as engine:
        self_test(loaded, engine)


def self_test(bundle: Bundle, engine: Engine) -> None:
    """Raise BundleError unless preprocessing and the opened engine agree with the reference."""
    spec, golden = bundle.manifest.input, bundle.golden
    level = abs(spec.scale) / min(spec.std)
    tolerance = TOLERANCE[engine.info.precision]
    for index, picture in enumerate(golden.pictures):
        expected = golden.tensors[index : index + 1]
        drift = float(np.max(np.abs(to_tensor(picture, spec) - expected))) / level
        if not drift <= TENSOR_LEVELS:
            raise BundleError(
                "golden picture {}: the tensor differs by {:.1f} grey levels from the reference; "
                "expected at most {}; this OpenCV resizes differently or the bundle is "
                "damaged".format(index, drift, TENSOR_LEVELS)
            )
        outputs = engine.infer(np.ascontiguousarray(expected))
        for name, seen, reference, head in (
            ("poison", outputs.poison, golden.poison[index], bundle.manifest.poison),
            ("species", outputs.species, golden.species[index], bundle.manifest.species),
        ):
            _check_output(index, name, seen, reference, head, tolerance)


def _check_output(
    index: int,
    name: str,
    seen: np.ndarray,
    reference: np.ndarray,
    head: HeadSpec,
    tolerance: float,
) -> None:
    difference = heads.probabilities(seen, head) - heads.probabilities(reference, head)
    worst = float(np.max(np.abs(difference)))
    if not worst <= tolerance:
        raise BundleError(
            "golden picture {}: the {} head differs by {:.4f} from the reference; expected at "
            "most {}; the engine is wrong: rebuild it".format(index, name, worst, tolerance)
        )
