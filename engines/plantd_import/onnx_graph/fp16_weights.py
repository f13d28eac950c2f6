"""Weights of an ONNX graph stored in half precision and computed with in single precision.

The file halves; the arithmetic stays float32, since each stored weight passes a Cast that a runtime
evaluates once, at load. What it costs is the rounding of the weights alone (11 significant bits).
"""

from typing import List, Optional

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Smaller tensors (biases, scalars) save nothing and are the ones where rounding shows.
STORE_FROM_VALUES = 1024
SUFFIX = "_fp16"


def store_weights_fp16(
    model: onnx.ModelProto, from_values: int = STORE_FROM_VALUES
) -> onnx.ModelProto:
    """Return a copy of the model whose large float32 initializers are float16 behind a Cast.

    Initializers with values that half precision cannot hold (beyond 65504) stay as they are. The
    caller proves the outputs: see `agreement.check_models`.
    """
    stored = onnx.ModelProto()
    stored.CopyFrom(model)
    graph = stored.graph
    casts: List[onnx.NodeProto] = []
    kept: List[TensorProto] = []
    for tensor in graph.initializer:
        half = _half_from(tensor, from_values)
        kept.append(tensor if half is None else half)
        if half is not None:
            casts.append(
                helper.make_node(
                    "Cast",
                    [half.name],
                    [tensor.name],
                    name=half.name + "/Cast",
                    to=TensorProto.FLOAT,
                )
            )
    nodes = casts + list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    return stored


def _half_from(tensor: TensorProto, from_values: int) -> Optional[TensorProto]:
    if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < from_values:
        return None
    values = numpy_helper.to_array(tensor)
    if not np.all(np.abs(values) <= np.finfo(np.float16).max):
        return None
    return numpy_helper.from_array(values.astype(np.float16), tensor.name + SUFFIX)
