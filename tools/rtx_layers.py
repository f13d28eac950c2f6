"""What TensorRT says of the layers it has built: which convolutions really compute in INT8.

A builder that tells its layers (ProfilingVerbosity.DETAILED, VERBOSE log) writes one line a layer:

    Name: ..., LayerType: ..., Inputs: [ { Name: ..., Datatype: Int8, ... }], Constants: [ ... ],
    Outputs: [ ... ], TacticName: ..., StreamId: 0, Metadata: [ONNX Layer: NODE][ONNX Layer: NODE]

A convolution computes in INT8 when a layer that is made of it has nothing but Int8 inputs, and Int8
among its constants: its weights.
"""

import re
from typing import Iterable, List, NamedTuple, Set

from plantd_engines.graph import onnx_message as onnx

_PARTS = re.compile(
    r"^Name: .*?, Inputs: \[(?P<inputs>.*?)\], Constants: \[(?P<constants>.*?)\], "
    r"Outputs: .*Metadata: (?P<metadata>.*)$"
)
_TYPE = re.compile(r"Datatype: (\w+)")
_NODE = re.compile(r"\[ONNX Layer: ([^\]]*)\]")
INT8 = "Int8"


class Kept(NamedTuple):
    """The convolutions between Q and DQ in a graph, and those of them that compute in INT8."""

    asked: Set[str]
    in_int8: Set[str]


def kept_in_int8(model: bytes, log: Iterable[str]) -> Kept:
    """Return what became of a quantised graph's convolutions.

    Args:
        log: the builder's lines.
    """
    asked = quantised_convolutions(model)
    return Kept(asked, asked & nodes_in_int8(log))


def quantised_convolutions(model: bytes) -> Set[str]:
    """Return the names of the convolutions whose input and weights come from DequantizeLinear."""
    graph = onnx.decode(onnx.messages(onnx.decode(model), onnx.MODEL_GRAPH)[0])
    nodes = [onnx.node_of(data) for data in onnx.messages(graph, onnx.GRAPH_NODE)]
    widened = {node.outputs[0] for node in nodes if node.kind == "DequantizeLinear"}
    return {
        onnx.text_of(node.fields, onnx.NODE_NAME)
        for node in nodes
        if node.kind == "Conv" and set(node.inputs[:2]) <= widened
    }


def nodes_in_int8(log: Iterable[str]) -> Set[str]:
    """Return the names of the ONNX nodes in layers that take INT8 inputs and INT8 weights."""
    found: List[str] = []
    for line in log:
        parts = _PARTS.match(line)
        if parts is None:
            continue
        inputs = set(_TYPE.findall(parts.group("inputs")))
        if inputs == {INT8} and INT8 in _TYPE.findall(parts.group("constants")):
            found += _NODE.findall(parts.group("metadata"))
    return set(found)
