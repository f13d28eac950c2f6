"""Weights stored in half precision and cast to single in the graph: half the file, same network.

What computes stays float32; only what lies in the file is rounded. ONNX Runtime folds the casts
when it loads the graph.
"""

from typing import List

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Smaller tensors (biases, shapes) gain nothing.
VALUES_MIN = 256
HALF_MAX = float(np.finfo(np.float16).max)


def stored_in_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy whose large float32 initializers are float16 behind a Cast to float32."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    casts: List[onnx.NodeProto] = []
    for tensor in result.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if not _gains(tensor, values):
            continue
        name, stored = tensor.name, tensor.name + "_half"
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(
            helper.make_node("Cast", [stored], [name], name + "_cast", to=TensorProto.FLOAT)
        )
    nodes = list(result.graph.node)
    del result.graph.node[:]
    result.graph.node.extend(casts + nodes)
    return result


def _gains(tensor: onnx.TensorProto, values: np.ndarray) -> bool:
    large = tensor.data_type == TensorProto.FLOAT and values.size >= VALUES_MIN
    return large and bool(np.all(np.abs(values) < HALF_MAX))
