"""Weights are taken out of a TensorFlow graph before it is converted, and put in again afterwards.

Why: tf2onnx copies every constant many times over (10.7 GB for a network of 0.2 GB of weights).
It does not need the values of a convolution's kernel, only its shape. So each large Const becomes a
Placeholder of the same shape; the converter sees a graph of a few hundred kilobytes; and each of
those inputs of the ONNX graph becomes an initializer with the bytes that were taken out (see
onnx_graph.constant_folding, which first computes what can be computed from them).
"""

from typing import Dict, List, Mapping, Set, Tuple

import numpy as np
import onnx
import tensorflow as tf
from onnx import TensorProto, numpy_helper
from tensorflow.core.framework import graph_pb2, node_def_pb2, tensor_pb2

# Below this a constant may be a shape, an axis or a padding whose value the converter needs.
STUB_FROM_BYTES = 4096

Weights = Dict[str, TensorProto]


def take_out(graph: graph_pb2.GraphDef, from_bytes: int = STUB_FROM_BYTES) -> Weights:
    """Turn each large float constant of `graph` into a Placeholder (in place); return the weights.

    The key is the tensor's name, such as `dense/kernel:0`.
    """
    weights: Weights = {}
    for node in graph.node:
        if not (_is_float_constant(node) and 4 * _values(node) >= from_bytes):
            continue
        tensor = node.attr["value"].tensor
        shape = [dim.size for dim in tensor.tensor_shape.dim]
        name = node.name + ":0"
        weights[name] = _onnx_from_tensor(tensor, shape, name)
        shape_proto = tensor.tensor_shape
        node.op = "Placeholder"
        node.attr["shape"].shape.CopyFrom(shape_proto)
        del node.attr["value"]
    return weights


def light_copy(graph: graph_pb2.GraphDef) -> Tuple[graph_pb2.GraphDef, Set[str], int]:
    """Return a copy for looking at: a Placeholder stands for each large constant.

    Returns the copy, the names of those placeholders, and how many numbers all constants hold.
    """
    light = graph_pb2.GraphDef()
    light.versions.CopyFrom(graph.versions)
    light.library.CopyFrom(graph.library)
    stubs: Set[str] = set()
    weights = 0
    for node in graph.node:
        if _is_float_constant(node):
            weights += _values(node)
        if not (_is_float_constant(node) and 4 * _values(node) >= STUB_FROM_BYTES):
            light.node.add().CopyFrom(node)
            continue
        stubs.add(node.name)
        stub = light.node.add(name=node.name, op="Placeholder")
        stub.attr["dtype"].CopyFrom(node.attr["dtype"])
        stub.attr["shape"].shape.CopyFrom(node.attr["value"].tensor.tensor_shape)
    return light, stubs, weights


def remove_inputs(model: onnx.ModelProto, weights: Mapping[str, TensorProto]) -> None:
    """Take the inputs that stand for weights off the model (in place): they become initializers."""
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)


def _onnx_from_tensor(tensor: tensor_pb2.TensorProto, shape: List[int], name: str) -> TensorProto:
    if tensor.tensor_content:
        # Both formats keep the little-endian values in row-major order.
        return TensorProto(
            name=name, data_type=TensorProto.FLOAT, dims=shape, raw_data=tensor.tensor_content
        )
    return numpy_helper.from_array(tf.make_ndarray(tensor), name)


def _is_float_constant(node: node_def_pb2.NodeDef) -> bool:
    return bool(node.op == "Const" and node.attr["dtype"].type == tf.float32.as_datatype_enum)


def _values(node: node_def_pb2.NodeDef) -> int:
    return int(np.prod([dim.size for dim in node.attr["value"].tensor.tensor_shape.dim]))
