"""FP16 written into the ONNX graph, for TensorRT from 10 on: there types decide, not a flag.

Every float32 constant becomes float16 and every Cast to float32 one to float16; a Cast after each
input and before each output keeps what plantd sees float32. Softmax stays in float32: it ends the
network, costs nothing and loses most by rounding.
"""

from typing import List, Set

import numpy as np

from plantd.errors import GraphError
from plantd_engines.graph import onnx_message as onnx
from plantd_engines.graph.onnx_message import Fields

LARGEST = float(np.finfo(np.float16).max)
# Computed in float32, between two casts.
WIDE_KINDS = ("Softmax", "LogSoftmax")
# Inputs that ONNX defines as float32 or as float-typed sizes, whatever the data's type is.
FIXED_INPUTS = {"Resize": (1, 2), "Upsample": (1,)}
# Kinds with a type or with graphs of their own: nothing that plantd-import makes has any.
REFUSED_KINDS = ("If", "Loop", "Scan", "RandomNormal", "RandomUniform", "QuantizeLinear")


def in_half(model: bytes) -> bytes:
    """Return the ONNX model computing in float16, with float32 inputs and outputs.

    Raises GraphError for a graph that cannot be written so: the caller builds float32.
    """
    return onnx.edited(model, lambda graph: _HalfPrecision(graph).fields())


class _HalfPrecision:
    """Rewrites one graph. Names ending in _half and _wide are new."""

    def __init__(self, graph: Fields) -> None:
        self._graph = graph
        self._nodes = [onnx.node_of(data) for data in onnx.messages(graph, onnx.GRAPH_NODE)]
        self._initializers = [
            onnx.decode(data) for data in onnx.messages(graph, onnx.GRAPH_INITIALIZER)
        ]
        constants = {onnx.text_of(each, onnx.TENSOR_NAME) for each in self._initializers}
        self._inputs = [name for name in _names(graph, onnx.GRAPH_INPUT) if name not in constants]
        self._outputs = _names(graph, onnx.GRAPH_OUTPUT)
        self._fixed = self._fixed_names()

    def fields(self) -> Fields:
        for node in self._nodes:
            if node.kind in REFUSED_KINDS:
                raise GraphError(
                    "{} cannot be written in FP16; build with engine.precision fp32".format(
                        node.kind
                    )
                )
        written = [onnx.node("Cast", x, x + "_half", to=onnx.FLOAT16) for x in self._inputs]
        for node in self._nodes:
            written += self._rewritten(node)
        written += [onnx.node("Cast", x + "_half", x, to=onnx.FLOAT) for x in self._outputs]
        # Shapes and types of values between the nodes are no longer true; TensorRT finds its own.
        gone = (onnx.GRAPH_NODE, onnx.GRAPH_INITIALIZER, onnx.GRAPH_VALUE_INFO)
        rest = [field for field in self._graph if field[0] not in gone]
        constants = [self._constant(each) for each in self._initializers]
        fields: Fields = [(onnx.GRAPH_NODE, onnx.LENGTH, data) for data in written]
        fields += rest
        fields += [(onnx.GRAPH_INITIALIZER, onnx.LENGTH, data) for data in constants]
        return fields

    def _rewritten(self, node: onnx.Node) -> List[bytes]:
        renames = {name: name + "_half" for name in self._inputs + self._outputs}
        inputs = [renames.get(name, name) for name in node.inputs]
        outputs = [renames.get(name, name) for name in node.outputs]
        node = node._replace(fields=self._attributes(node))
        if node.kind not in WIDE_KINDS:
            return [node.with_names(inputs, outputs)]
        wide_in, wide_out = outputs[0] + "_wide_in", outputs[0] + "_wide"
        return [
            onnx.node("Cast", inputs[0], wide_in, to=onnx.FLOAT),
            node.with_names([wide_in], [wide_out]),
            onnx.node("Cast", wide_out, outputs[0], to=onnx.FLOAT16),
        ]

    def _attributes(self, node: onnx.Node) -> Fields:
        """Return the node's fields with its types halved: Cast's `to`, and constants within."""
        fields: Fields = []
        for field in node.fields:
            number, wire, value = field
            if number == onnx.NODE_ATTRIBUTE and isinstance(value, bytes):
                value = _half_attribute(onnx.decode(value), node.kind)
            fields.append((number, wire, value))
        return fields

    def _fixed_names(self) -> Set[str]:
        return {
            node.inputs[place]
            for node in self._nodes
            for place in FIXED_INPUTS.get(node.kind, ())
            if place < len(node.inputs)
        }

    def _constant(self, fields: Fields) -> bytes:
        name = onnx.text_of(fields, onnx.TENSOR_NAME)
        if onnx.tensor_type(fields) != onnx.FLOAT or name in self._fixed:
            return onnx.encode(fields)
        return _half_tensor(fields)


def _names(graph: Fields, number: int) -> List[str]:
    return [
        onnx.text_of(onnx.decode(data), onnx.VALUE_NAME) for data in onnx.messages(graph, number)
    ]


def _half_attribute(fields: Fields, kind: str) -> bytes:
    name = onnx.text_of(fields, onnx.ATTRIBUTE_NAME)
    if kind == "Cast" and name == "to" and onnx.numbers(fields, onnx.ATTRIBUTE_INT) == [onnx.FLOAT]:
        half: onnx.Field = (onnx.ATTRIBUTE_INT, onnx.VARINT, onnx.FLOAT16)
        return onnx.encode(onnx.replaced(fields, onnx.ATTRIBUTE_INT, half))
    for data in onnx.messages(fields, onnx.ATTRIBUTE_TENSOR):
        inner = onnx.decode(data)
        if onnx.tensor_type(inner) == onnx.FLOAT:
            tensor: onnx.Field = (onnx.ATTRIBUTE_TENSOR, onnx.LENGTH, _half_tensor(inner))
            return onnx.encode(onnx.replaced(fields, onnx.ATTRIBUTE_TENSOR, tensor))
    return onnx.encode(fields)


def _half_tensor(fields: Fields) -> bytes:
    name, values = onnx.text_of(fields, onnx.TENSOR_NAME), onnx.array_of(fields)
    finite = values[np.isfinite(values)]
    if finite.size and float(np.max(np.abs(finite))) > LARGEST:
        raise GraphError(
            "the constant {!r} reaches {:g}; FP16 ends at {:g}; build with engine.precision "
            "fp32".format(name, float(np.max(np.abs(finite))), LARGEST)
        )
    return onnx.tensor(name, onnx.dims_of(fields), values.astype(np.float16))
