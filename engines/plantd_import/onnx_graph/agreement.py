"""Do two graphs answer alike? Runs them on the same tensors and measures how far they differ."""

from typing import Dict, List, Mapping, NamedTuple, Sequence, Tuple, Union

import numpy as np
import onnx
import onnxruntime

from plantd.errors import GraphError

Outputs = Mapping[str, np.ndarray]


class Tolerance(NamedTuple):
    """Values agree when |seen - reference| <= absolute + relative * |reference|."""

    absolute: float
    relative: float


# TensorFlow and ONNX Runtime sum in different orders, and batch norm is folded into convolutions:
# about 1e-6 is seen on probabilities. A wrong layout, padding or constant costs far more than 1e-4.
CONVERSION = Tolerance(1e-4, 1e-3)
# The merged graph computes the very same nodes.
MERGE = Tolerance(1e-6, 1e-5)
# Weights rounded to 11 significant bits; activations stay float32.
HALF_WEIGHTS = Tolerance(5e-3, 5e-3)


# Stands for "nothing is allowed" in a quotient.
SMALLEST = 1e-30


class Difference(NamedTuple):
    """How far one output differs over all pictures.

    Attributes:
        output: its name.
        largest: max |seen - reference|.
        excess: the largest difference as a multiple of what the tolerance allows: above 1, or NaN,
            is too much.
        same_best: share of pictures on which the highest value is at the same place.
        same_five: share of pictures on which the five highest are the same, in the same order.
    """

    output: str
    largest: float
    excess: float
    same_best: float
    same_five: float


def outputs_of(model: onnx.ModelProto, tensors: np.ndarray) -> Dict[str, np.ndarray]:
    """Return each output as (n, values) float32 by name, computed by ONNX Runtime on the CPU.

    Args:
        tensors: (n, *shape of one input) float32; they are run one by one.
    """
    return outputs_of_session(session_of(model.SerializeToString()), tensors)


def session_of(model: Union[bytes, str]) -> onnxruntime.InferenceSession:
    """Return an ONNX Runtime session of a serialised model or of the file at a path."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise GraphError("ONNX Runtime cannot load the graph: {}".format(error)) from error


def outputs_of_session(
    session: onnxruntime.InferenceSession, tensors: np.ndarray
) -> Dict[str, np.ndarray]:
    """Return each output as (n, values) float32 by name."""
    names = [output.name for output in session.get_outputs()]
    feed = session.get_inputs()[0].name
    rows = [session.run(names, {feed: tensors[i : i + 1]}) for i in range(len(tensors))]
    return {
        name: np.stack([np.asarray(row[k], np.float32).reshape(-1) for row in rows])
        for k, name in enumerate(names)
    }


def differences(
    reference: Outputs, seen: Outputs, tolerance: Tolerance = CONVERSION
) -> Tuple[Difference, ...]:
    """Return the difference of every output that `reference` has.

    Raise GraphError when an output is missing or has another size.
    """
    found = []
    for name, expected in reference.items():
        if name not in seen or seen[name].shape != expected.shape:
            raise GraphError(
                "the output {} has shape {}; the reference has {}: the graphs are not the "
                "same".format(name, seen[name].shape if name in seen else "(none)", expected.shape)
            )
        found.append(_difference(name, expected, seen[name], tolerance))
    return tuple(found)


def _difference(
    name: str, expected: np.ndarray, seen: np.ndarray, tolerance: Tolerance
) -> Difference:
    distance = np.abs(seen.astype(np.float64) - expected)
    allowed = tolerance.absolute + tolerance.relative * np.abs(expected)
    best, expected_best = (
        np.argsort(-rows, axis=1, kind="stable")[:, :5] for rows in (seen, expected)
    )
    same = best == expected_best
    return Difference(
        output=name,
        largest=float(distance.max()),
        excess=float((distance / np.maximum(allowed, SMALLEST)).max()),
        same_best=float(same[:, 0].mean()),
        same_five=float(same.all(axis=1).mean()),
    )


def check(found: Sequence[Difference], tolerance: Tolerance, what: str) -> None:
    """Raise GraphError when an output differs by more than the tolerance, or is NaN."""
    worse: List[str] = [
        "{} differs by {:.3g}".format(d.output, d.largest) for d in found if not d.excess <= 1.0
    ]
    if worse:
        raise GraphError(
            "{}: {}; expected at most {:g} + {:g} of the value; nothing was written".format(
                what, ", ".join(worse), tolerance.absolute, tolerance.relative
            )
        )


def check_models(
    reference: onnx.ModelProto,
    seen: onnx.ModelProto,
    tensors: np.ndarray,
    tolerance: Tolerance = HALF_WEIGHTS,
    what: str = "the rewritten graph against the one it was made from",
) -> Tuple[Difference, ...]:
    """Return how far two ONNX models with the same outputs differ; raise GraphError if too far."""
    found = differences(outputs_of(reference, tensors), outputs_of(seen, tensors), tolerance)
    check(found, tolerance, what)
    return found
