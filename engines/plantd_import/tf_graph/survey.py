"""What is in a graph: inputs, outputs, operators, and what stands in the way of importing it."""

from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2

from plantd.errors import GraphError
from plantd.heads import SIGMOID
from plantd_import.tf_graph import (
    dropout,
    end_findings,
    findings,
    graph_walk,
    placeholders,
    weight_stubs,
)
from plantd_import.tf_graph.findings import Finding
from plantd_import.tf_graph.graph_walk import Sides, node_of

# Nodes that nobody reads and that are no answer either.
HOUSEKEEPING = frozenset(
    ("Const", "NoOp", "Assert", "Print", "SaveV2", "RestoreV2", "Assign", "AssignVariableOp")
    + ("ScalarSummary", "HistogramSummary", "MergeSummary", "ImageSummary")
    + placeholders.PLACEHOLDERS
)
# They rearrange or choose among values, and say nothing about what the values are.
TRANSPARENT = frozenset(("Identity", "Reshape", "Squeeze", "StopGradient", "ArgMax", "TopKV2"))
CHOOSERS = frozenset(("ArgMax", "TopKV2", "TopK"))
KINDS = {"Softmax": "softmax", "Sigmoid": SIGMOID}


class Endpoint(NamedTuple):
    """A tensor that may be an input or an output.

    Attributes:
        shape: None for an open side; None altogether where it is unknown.
        kind: for an output: logits, softmax or sigmoid.
        before: for an output behind softmax: the tensor with the logits.
    """

    name: str
    op: str
    dtype: str
    shape: Optional[Sides]
    kind: str = ""
    before: str = ""


class Survey(NamedTuple):
    """What was found in one graph.

    Attributes:
        ops: how often each operator occurs, most frequent first.
        weights: how many numbers its constants hold.
    """

    nodes: int
    weights: int
    ops: Tuple[Tuple[str, int], ...]
    inputs: Tuple[Endpoint, ...]
    outputs: Tuple[Endpoint, ...]
    findings: Tuple[Finding, ...]

    @property
    def refusals(self) -> Tuple[Finding, ...]:
        """What must be cured before the graph can be imported."""
        return tuple(one for one in self.findings if one.refuses)


def survey(found: graph_pb2.GraphDef) -> Survey:
    """Return what a graph holds; nothing in it is run and its weights are not copied."""
    light, stubs, weights = weight_stubs.light_copy(found)
    nodes = graph_walk.by_name(light)
    shapes = _Shapes(light)
    outputs = _outputs(light, nodes, shapes)
    inputs = _inputs(light, stubs, outputs, shapes)
    ops = Counter(node.op for node in found.node)
    start = node_of(inputs[0].name) if len(inputs) == 1 else ""
    wanted = [one.name for one in outputs] or [node.name for node in light.node]
    functions = [function.signature.name for function in light.library.function]
    try:
        part = graph_walk.ancestors(nodes, wanted, start)
    except GraphError:
        part = list(light.node)
    found_in_part = findings.findings(part, functions) + _at_the_ends(inputs, outputs)
    known = stubs | {node_of(one.name) for one in inputs}
    found_in_part += end_findings.values_asked_for(node for node in part if node.name not in known)
    found_in_part += _bytes_in(light, inputs, shapes)
    if not found_in_part:
        found_in_part = findings.training_left(_without_free_dropout(light, wanted, start))
    return Survey(
        nodes=len(found.node),
        weights=weights,
        ops=tuple(sorted(ops.items(), key=lambda item: (-item[1], item[0]))),
        inputs=inputs,
        outputs=outputs,
        findings=found_in_part,
    )


def _without_free_dropout(
    light: graph_pb2.GraphDef, wanted: List[str], start: str
) -> List[node_def_pb2.NodeDef]:
    """Return what will be left of a graph that leaves no choice and asks for no value.

    A choice or a value may switch off what trains, which only the import can tell.
    """
    settled = graph_pb2.GraphDef()
    settled.CopyFrom(light)
    outputs = [graph_walk.full_name(tensor) for tensor in wanted]
    dropout.keep_everything(settled, outputs)
    return graph_walk.ancestors(graph_walk.by_name(settled), outputs, start)


def _at_the_ends(
    inputs: Tuple[Endpoint, ...], outputs: Tuple[Endpoint, ...]
) -> Tuple[Finding, ...]:
    """Return what is worth saying about the ends: sigmoids at all outputs, channels first."""
    several = [one.name for one in outputs if one.kind == SIGMOID and (one.shape or (1,))[-1] != 1]
    found = [end_findings.sigmoids(several)] if several and len(several) == len(outputs) else []
    first = [one.name for one in inputs if graph_walk.is_channels_first(one.shape)]
    return tuple(found + [end_findings.channels_first(name) for name in first])


def _bytes_in(
    light: graph_pb2.GraphDef, inputs: Tuple[Endpoint, ...], shapes: "_Shapes"
) -> Tuple[Finding, ...]:
    behind = [one.name for one in inputs if one.op not in placeholders.PLACEHOLDERS]
    taking = [node for node in light.node if _is_bytes(node, shapes)]
    return tuple(end_findings.not_floats(node, behind[0]) for node in taking[:1] if behind)


def kind_of(nodes: graph_walk.Nodes, tensor: str) -> Tuple[str, str]:
    """Return what an output's values are, and the tensor with the logits behind them."""
    node = nodes[node_of(tensor)]
    while node.op in TRANSPARENT and node.input:
        node = nodes[node_of(node.input[0])]
    kind = KINDS.get(node.op, "logits")
    # One logit is no choice between two labels: what is behind a sigmoid is taken as it is.
    return kind, graph_walk.full_name(node.input[0]) if kind == "softmax" else ""


class _Shapes:
    """TensorFlow's own shape inference over a graph without weights; knows nothing if it fails."""

    def __init__(self, light: graph_pb2.GraphDef) -> None:
        self._graph = tf.Graph()
        try:
            with self._graph.as_default():
                tf.import_graph_def(light, name="")
        except (ValueError, tf.errors.OpError):
            # An operator TensorFlow does not know: a finding names it.
            self._graph = tf.Graph()

    def of(self, tensor: str) -> Optional[Sides]:
        try:
            shape = self._graph.get_tensor_by_name(graph_walk.full_name(tensor)).shape
        except (KeyError, ValueError):
            return None
        return None if shape.rank is None else tuple(shape.as_list())

    def dtype(self, tensor: str) -> str:
        try:
            return str(self._graph.get_tensor_by_name(graph_walk.full_name(tensor)).dtype.name)
        except (KeyError, ValueError):
            return "unknown"


def _outputs(
    light: graph_pb2.GraphDef, nodes: graph_walk.Nodes, shapes: _Shapes
) -> Tuple[Endpoint, ...]:
    readers = graph_walk.readers(light)
    found: Dict[str, Endpoint] = {}
    for node in light.node:
        if node.name in readers or node.op in HOUSEKEEPING or node.op.startswith("Save"):
            continue
        tensor = node.input[0] if node.op in CHOOSERS else node.name
        name = graph_walk.full_name(tensor)
        kind, before = kind_of(nodes, name)
        op = nodes[node_of(name)].op
        found[name] = Endpoint(name, op, shapes.dtype(name), shapes.of(name), kind, before)
    answers = [one for one in found.values() if one.dtype in ("float32", "float16", "unknown")]
    return tuple(answers)


def _inputs(
    light: graph_pb2.GraphDef, stubs: Set[str], outputs: Tuple[Endpoint, ...], shapes: _Shapes
) -> Tuple[Endpoint, ...]:
    kinds = placeholders.PLACEHOLDERS + (placeholders.WITH_DEFAULT,)
    wanted = [node for node in light.node if node.op in kinds and node.name not in stubs]
    found = [node for node in wanted if _may_be_image(node, shapes)]
    if not found:
        found = _behind_decoder(light, outputs, shapes)
    return tuple(_endpoint(node, shapes) for node in found)


def _may_be_image(node: node_def_pb2.NodeDef, shapes: _Shapes) -> bool:
    shape = shapes.of(node.name)
    if shapes.dtype(node.name) not in ("float32", "unknown"):
        return False
    last = len(shape or ()) == 4 and shape is not None and shape[3] in (3, None)
    return shape is None or last or graph_walk.is_channels_first(shape)


def _behind_decoder(
    light: graph_pb2.GraphDef, outputs: Tuple[Endpoint, ...], shapes: _Shapes
) -> List[node_def_pb2.NodeDef]:
    """The float pictures between an image decoder and the first convolution."""
    order = graph_walk.ancestors(graph_walk.by_name(light), [one.name for one in outputs])
    behind = set()
    found = []
    for node in order:
        decoded = any(node_of(tensor) in behind for tensor in node.input)
        if node.op in findings.DECODERS or decoded or _is_bytes(node, shapes):
            behind.add(node.name)
        if node.op.startswith("Conv"):
            break
        if decoded and _may_be_image(node, shapes) and len(shapes.of(node.name) or ()) == 4:
            found.append(node)
    return found


def _is_bytes(node: node_def_pb2.NodeDef, shapes: _Shapes) -> bool:
    return node.op in placeholders.PLACEHOLDERS and shapes.dtype(node.name) == "uint8"


def _endpoint(node: node_def_pb2.NodeDef, shapes: _Shapes) -> Endpoint:
    name = node.name + ":0"
    return Endpoint(name, node.op, shapes.dtype(name), shapes.of(name))
