"""Common subexpressions of an ONNX graph, found and removed: what is computed twice, once.

How this works: initializers are the same when type, shape and bytes are; nodes are the same when
operator, attributes and (renamed) inputs are. ONNX nodes come in topological order, so one pass
suffices: by the time a node is looked at, its inputs already carry the names that are kept.
"""

import hashlib
from typing import Dict, List, Sequence, Tuple

import onnx
from onnx import AttributeProto, TensorProto, numpy_helper

# Two of these are two draws, never one.
RANDOM = frozenset(
    ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial")
    + ("Bernoulli", "Dropout")
)

Renames = Dict[str, str]


def without_duplicates(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy that computes each subexpression once; inputs and outputs keep their names."""
    lean = onnx.ModelProto()
    lean.CopyFrom(model)
    remove_duplicates(lean)
    return lean


def remove_duplicates(model: onnx.ModelProto) -> None:
    """Do the same in place: a copy of a large model is large."""
    _constants_as_initializers(model.graph)
    renames = _unique_initializers(model.graph)
    _unique_nodes(model.graph, renames)
    del model.graph.value_info[:]


def _constants_as_initializers(graph: onnx.GraphProto) -> None:
    kept = []
    for node in graph.node:
        tensor = [a.t for a in node.attribute if a.name == "value" and a.type == a.TENSOR]
        if node.op_type == "Constant" and tensor and not _is_output(graph, node.output):
            initializer = graph.initializer.add()
            initializer.CopyFrom(tensor[0])
            initializer.name = node.output[0]
        else:
            kept.append(node)
    _replace_nodes(graph, kept)


def _unique_initializers(graph: onnx.GraphProto) -> Renames:
    renames: Renames = {}
    first: Dict[Tuple[object, ...], str] = {}
    kept: List[TensorProto] = []
    for tensor in graph.initializer:
        same = first.setdefault(_content(tensor), tensor.name)
        if same == tensor.name or _is_output(graph, [tensor.name]):
            kept.append(tensor)
        else:
            renames[tensor.name] = same
    if len(kept) < len(graph.initializer):
        del graph.initializer[:]
        graph.initializer.extend(kept)
    return renames


def _content(tensor: TensorProto) -> Tuple[object, ...]:
    content = tensor.raw_data or numpy_helper.to_array(tensor).tobytes()
    return (tensor.data_type, tuple(tensor.dims), hashlib.sha256(content).digest())


def _unique_nodes(graph: onnx.GraphProto, renames: Renames) -> None:
    first: Dict[Tuple[object, ...], Sequence[str]] = {}
    kept = []
    for node in graph.node:
        _rename_inputs(node, renames)
        outputs = tuple(node.output)
        random = node.op_type in RANDOM
        same = outputs if random else first.setdefault(_meaning(node), outputs)
        if same is outputs or _is_output(graph, outputs):
            kept.append(node)
        else:
            renames.update(zip(outputs, same))
    _replace_nodes(graph, kept)


def _meaning(node: onnx.NodeProto) -> Tuple[object, ...]:
    attributes = sorted(a.SerializeToString(deterministic=True) for a in node.attribute)
    # Which optional outputs are wanted is part of what a node does.
    wanted = tuple(bool(name) for name in node.output)
    return (node.domain, node.op_type, tuple(node.input), wanted, tuple(attributes))


def _rename_inputs(node: onnx.NodeProto, renames: Renames) -> None:
    for k, name in enumerate(node.input):
        if name in renames:
            node.input[k] = renames[name]
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            # Subgraphs read the outer graph's values by name.
            for inner in attribute.g.node:
                _rename_inputs(inner, renames)


def _is_output(graph: onnx.GraphProto, names: Sequence[str]) -> bool:
    outputs = {output.name for output in graph.output}
    return any(name in outputs for name in names)


def _replace_nodes(graph: onnx.GraphProto, nodes: Sequence[onnx.NodeProto]) -> None:
    if len(nodes) < len(graph.node):
        del graph.node[:]
        graph.node.extend(nodes)
