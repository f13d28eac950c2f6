"""ONNX graphs small enough to read, for folding, merging and storing in half precision."""

from typing import Dict, Optional, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 6
CHANNELS = 4
SHAPE = (1, 3, SIDE, SIDE)


def tensors(count: int = 3) -> np.ndarray:
    """(count, 3, SIDE, SIDE) float32."""
    return np.random.default_rng(9).normal(0, 1, (count,) + SHAPE[1:]).astype(np.float32)


def values(seed: int, *shape: int) -> np.ndarray:
    """Weights from a seed."""
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


def model(
    nodes: Sequence[onnx.NodeProto],
    initializers: Dict[str, np.ndarray],
    output: str,
    size: Optional[int] = None,
    shape: Sequence[int] = SHAPE,
) -> onnx.ModelProto:
    """A checked model with the input `x` of `shape`."""
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    sides = [None] * 4 if size is None else [1, size]
    answer = helper.make_tensor_value_info(output, TensorProto.FLOAT, sides)
    constants = [numpy_helper.from_array(array, name) for name, array in initializers.items()]
    graph = helper.make_graph(list(nodes), "small", [image], [answer], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(made)
    return made


def classifier(
    trunk_seed: int, head_seed: int, labels: int, own_layer: bool = False
) -> onnx.ModelProto:
    """Two convolutions (the trunk), a mean and a matrix product (the head).

    Args:
        own_layer: the second convolution belongs to the head.
    """
    second = head_seed if own_layer else trunk_seed
    constants = {
        "k1": values(trunk_seed, CHANNELS, 3, 3, 3),
        "k2": values(second + 1, CHANNELS, CHANNELS, 1, 1),
        "w": values(head_seed + 2, CHANNELS, labels),
    }
    nodes = [
        helper.make_node("Conv", ["x", "k1"], ["c1"]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "k2"], ["c2"]),
        helper.make_node("ReduceMean", ["c2"], ["m"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["y"]),
    ]
    return model(nodes, constants, "y", labels)
