"""Weights stored in 8 bits become float32 between Q and DQ, for TensorRT 8: it takes no others.

Its parser refuses constants of INT8 ("invalid weights type of Int8"); it quantises weights itself
where a QuantizeLinear follows them. Nothing is lost: each stored weight times its scale is rounded
back to itself. Source: issues Sparsebit #16 (TensorRT 8.0 and 8.2) and onnxruntime #11535.
"""

from typing import Dict, Set

import numpy as np

from plantd.errors import GraphError
from plantd_engines.graph import onnx_message as onnx
from plantd_engines.graph.onnx_message import Fields, Node


def with_weights_widened(model: bytes) -> bytes:
    """Return the ONNX model with each `INT8 constant -> DequantizeLinear` as float32 -> Q -> DQ.

    Raises GraphError for a zero point that is not zero: TensorRT knows symmetric weights alone.
    """
    return onnx.edited(model, _widen)


def _widen(graph: Fields) -> Fields:
    constants: Dict[str, Fields] = {}
    for data in onnx.messages(graph, onnx.GRAPH_INITIALIZER):
        fields = onnx.decode(data)
        constants[onnx.text_of(fields, onnx.TENSOR_NAME)] = fields
    gone: Set[str] = set()
    written: Fields = []
    made: Set[str] = set()
    for field in graph:
        number, _, value = field
        if number != onnx.GRAPH_NODE or not isinstance(value, bytes):
            continue
        node = onnx.node_of(value)
        if not _reads_stored_weights(node, constants):
            written.append(field)
            continue
        name = node.inputs[0]
        gone.add(name)
        inputs = [name + "_narrow"] + list(node.inputs[1:])
        if name not in made:
            made.add(name)
            written.append(_node(_quantising(node, name)))
            written.append(_constant(_float_weights(node, constants)))
        written.append(_node(node.with_names(inputs, node.outputs)))
    kept = [field for field in graph if field[0] != onnx.GRAPH_NODE and not _is(field, gone)]
    return written + kept


def _reads_stored_weights(node: Node, constants: Dict[str, Fields]) -> bool:
    if node.kind != "DequantizeLinear" or node.inputs[0] not in constants:
        return False
    return onnx.tensor_type(constants[node.inputs[0]]) == onnx.INT8


def _quantising(node: Node, name: str) -> bytes:
    """Return the QuantizeLinear that goes before a DequantizeLinear: same scale, same axis."""
    fields = [field for field in node.fields if field[0] not in (onnx.NODE_NAME, onnx.NODE_TYPE)]
    fields += [onnx.text_field(onnx.NODE_NAME, name + "_narrowing")]
    fields += [onnx.text_field(onnx.NODE_TYPE, "QuantizeLinear")]
    inputs = [name + "_wide"] + list(node.inputs[1:])
    return node._replace(fields=fields).with_names(inputs, [name + "_narrow"])


def _float_weights(node: Node, constants: Dict[str, Fields]) -> bytes:
    name, scale_name = node.inputs[:2]
    stored, dims = onnx.array_of(constants[name]), onnx.dims_of(constants[name])
    if scale_name not in constants:
        raise GraphError("the scale of the weights {!r} is not a constant".format(name))
    zeros = [constants[each] for each in node.inputs[2:] if each in constants]
    if any(np.any(onnx.array_of(each)) for each in zeros):
        raise GraphError(
            "the weights {!r} have a zero point; TensorRT takes symmetric ones: make the bundle "
            "again with plantd-calibrate int8".format(name)
        )
    scale = onnx.array_of(constants[scale_name])
    if scale.size > 1:
        axis = node.ints.get("axis", 1)
        scale = scale.reshape([-1 if place == axis else 1 for place in range(len(dims))])
    values = stored.reshape(dims).astype(np.float32) * scale.astype(np.float32)
    return onnx.tensor(name + "_wide", dims, values)


def _node(data: bytes) -> onnx.Field:
    return (onnx.GRAPH_NODE, onnx.LENGTH, data)


def _constant(data: bytes) -> onnx.Field:
    return (onnx.GRAPH_INITIALIZER, onnx.LENGTH, data)


def _is(field: onnx.Field, names: Set[str]) -> bool:
    number, _, value = field
    if number != onnx.GRAPH_INITIALIZER or not isinstance(value, bytes):
        return False
    return onnx.text_of(onnx.decode(value), onnx.TENSOR_NAME) in names
