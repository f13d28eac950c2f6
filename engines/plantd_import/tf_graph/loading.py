"""A network's file becomes a TensorFlow GraphDef without variables."""

from typing import Any, Dict, List

import onnx
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from plantd.errors import GraphError
from plantd.messages import first_line
from plantd_import.tf_graph import freeze, source
from plantd_import.tf_graph.graph_walk import node_of
from plantd_import.tf_graph.source import Source

# The operators whose inputs are looked at here by their places, and how many they have at least.
FEWEST_INPUTS = {
    **dict.fromkeys("Identity LogicalNot Floor Softmax Sigmoid If StatelessIf".split(), 1),
    **dict.fromkeys("PlaceholderWithDefault ArgMax TopK TopKV2".split(), 1),
    **dict.fromkeys("Add AddV2 Sub Mul GreaterEqual Switch RefSwitch".split(), 2),
    **dict.fromkeys("Select SelectV2".split(), 3),
}
# What closes a loop that TensorFlow 1 writes.
LOOPING = ("NextIteration", "RefNextIteration")


def graph_from_source(origin: Source) -> graph_pb2.GraphDef:
    """Return the graph; raise GraphError when the file is not what it claims to be."""
    if origin.kind == source.KERAS_H5:
        return freeze.graph_from_keras_h5(origin.path)
    if origin.kind == source.KERAS_ZIP:
        return freeze.graph_from_keras_zip(origin.path)
    if origin.kind == source.SAVED_MODEL:
        return freeze.graph_from_saved_model(origin.path, origin.signature)
    with open(origin.path, "rb") as file:
        content = file.read()
    if origin.kind == source.GRAPHDEF_TEXT:
        return _graph_from_text(content, origin.path)
    return _graph_from_bytes(content, origin.path)


def _graph_from_text(content: bytes, path: str) -> graph_pb2.GraphDef:
    graph = graph_pb2.GraphDef()
    try:
        text_format.Parse(content, graph)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise GraphError(
            "{} looks like a graph in text format and is not one: {}; export it again in binary "
            "form".format(path, first_line(error))
        ) from error
    return graph


def _graph_from_bytes(content: bytes, path: str) -> graph_pb2.GraphDef:
    graph = graph_pb2.GraphDef()
    try:
        graph.ParseFromString(content)
    except DecodeError as error:
        raise GraphError(_what_else(content, path)) from error
    if not graph.node or not all(node.op and node.name for node in graph.node):
        raise GraphError(_what_else(content, path))
    _check_complete(graph, path)
    return graph


def _check_complete(graph: graph_pb2.GraphDef, path: str) -> None:
    """A file cut between two nodes still parses; what the last nodes read is then missing.

    With a wrong byte a node may have lost its inputs, or read what reads it.
    """
    names = {node.name for node in graph.node}
    for node in graph.node:
        for tensor in node.input:
            if tensor.lstrip("^").split(":")[0] not in names:
                raise GraphError(
                    "{}: the node {} reads {}, which is not in the graph; the file is cut off or "
                    "was pruned wrongly: copy or export it again".format(path, node.name, tensor)
                )
        data = [tensor for tensor in node.input if not tensor.startswith("^")]
        if len(data) < FEWEST_INPUTS.get(node.op, 0):
            raise GraphError(
                "{}: the node {} ({}) has {} inputs, where at least {} belong; the file is "
                "damaged: copy or export it again".format(
                    path, node.name, node.op, len(data), FEWEST_INPUTS[node.op]
                )
            )
    circle = _circle(graph)
    if circle:
        raise GraphError(
            "{}: the graph goes in a circle by {}; the file is damaged: copy or export it "
            "again".format(path, circle)
        )


def _circle(graph: graph_pb2.GraphDef) -> str:
    """Return a node that waits for itself; empty where none does, loops of TensorFlow's aside."""
    looping = {node.name for node in graph.node if node.op in LOOPING}
    waits = {node.name: {node_of(tensor) for tensor in node.input} - looping for node in graph.node}
    readers: Dict[str, List[str]] = {name: [] for name in waits}
    for name, inputs in waits.items():
        for each in inputs:
            readers[each].append(name)
    ready = [name for name, inputs in waits.items() if not inputs]
    while ready:
        name = ready.pop()
        del waits[name]
        for reader in readers[name]:
            waits[reader].discard(name)
            if not waits[reader]:
                ready.append(reader)
    return min(waits, default="")


def _what_else(content: bytes, path: str) -> str:
    """Say what a file is that is not a GraphDef."""
    if _parses(saved_model_pb2.SavedModel(), content, "meta_graphs"):
        meaning = "is the graph of a SavedModel; name its folder, with the variables in it"
    elif _parses(meta_graph_pb2.MetaGraphDef(), content, "graph_def"):
        meaning = "is a MetaGraph (.meta), which has no weights; freeze it with its checkpoint"
    elif _parses(onnx.ModelProto(), content, "opset_import"):
        meaning = "is an ONNX model already; import the TensorFlow graph it was made from"
    else:
        meaning = (
            "is not a TensorFlow graph or is cut off ({} bytes); copy or export it again".format(
                len(content)
            )
        )
    return "{} {}".format(path, meaning)


def _parses(message: Any, content: bytes, field: str) -> bool:
    try:
        message.ParseFromString(content)
    except DecodeError:
        return False
    value = getattr(message, field)
    return bool(value.node if field == "graph_def" else value)
