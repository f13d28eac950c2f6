"""A frozen graph as found becomes the part that answers for one picture: one input, no choices."""

from typing import Dict, List, Mapping, NamedTuple, Tuple

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2

from plantd.errors import GraphError
from plantd_import.tf_graph import branches, dropout, graph_walk, old_batch_norm, placeholders
from plantd_import.tf_graph.graph_walk import full_name, node_of

INPUT = "plantd_input"
CHANNELS_FIRST = "plantd_channels_first"
# What is in graphs as found and in none that is converted.
SETTLED_OPS = frozenset(
    (*branches.CHOICES, *placeholders.PLACEHOLDERS, placeholders.WITH_DEFAULT, "Const", "NoOp")
    + (*dropout.RANDOM, old_batch_norm.OP)
)


class Choice(NamedTuple):
    """Which part of a graph is meant.

    Attributes:
        image: the tensor that takes the picture, such as `input_1:0`; any float tensor in the
            graph may be named, and what lies before it is cut off.
        outputs: the tensors that are the answers.
        shape: (1, height, width, 3) of the picture.
        constants: values for other placeholders, by node.
    """

    image: str
    outputs: Tuple[str, ...]
    shape: Tuple[int, int, int, int]
    constants: Mapping[str, object] = {}


class InferenceGraph(NamedTuple):
    """What is converted.

    Attributes:
        image, outputs: the tensors, renamed where nodes were replaced.
        notes: what was settled, a sentence each.
        feeds: what TensorFlow must be fed beside the picture to compute the same.
    """

    graph: graph_pb2.GraphDef
    image: str
    outputs: Tuple[str, ...]
    notes: Tuple[str, ...]
    feeds: Mapping[str, object]


def inference_graph(found: graph_pb2.GraphDef, choice: Choice) -> InferenceGraph:
    """Return the part of a graph that computes the outputs from the picture.

    Raises GraphError naming the node that stands in the way.
    """
    graph = graph_pb2.GraphDef()
    graph.CopyFrom(found)
    _check_named(graph, choice)
    outputs = [full_name(tensor) for tensor in choice.outputs]
    image = _cut(graph, full_name(choice.image), choice.shape)
    settled = placeholders.settle(graph, node_of(image), outputs, choice.constants)
    notes = ["{} {}".format(one.node, one.sentence) for one in settled]
    inlined = branches.inline_functions(graph, outputs)
    merged = branches.take_living(graph, outputs)
    kept = dropout.keep_everything(graph, outputs)
    norms = old_batch_norm.to_mul_and_add(graph)
    for names, words in (
        (inlined, "branch or function taken for inference"),
        (merged, "conditional taken for inference"),
        (kept, "dropout keeps everything, and was removed"),
        (norms, "batch norm of before 2016, written as product and sum"),
    ):
        if names:
            notes.append("{}: {}".format(_some(names), words))
    pruned = _pruned(graph, outputs)
    if node_of(image) not in graph_walk.by_name(pruned):
        raise GraphError(
            "the output {} does not depend on {}; name the right input or output".format(
                ", ".join(choice.outputs), choice.image
            )
        )
    feeds: Dict[str, object] = {one.node + ":0": one.fed for one in settled if one.fed is not None}
    return InferenceGraph(pruned, image, tuple(outputs), tuple(notes), feeds)


def _check_named(graph: graph_pb2.GraphDef, choice: Choice) -> None:
    names = graph_walk.by_name(graph)
    for tensor in (choice.image,) + choice.outputs:
        if node_of(tensor) not in names:
            raise GraphError(
                "there is no node {} in the graph; 'plantd-import inspect' lists the "
                "candidates".format(node_of(tensor))
            )


def _cut(graph: graph_pb2.GraphDef, image: str, shape: Tuple[int, ...]) -> str:
    """Make `image` a Placeholder of the given shape (in place); return the tensor it became."""
    node = graph_walk.by_name(graph)[node_of(image)]
    if node.op not in placeholders.PLACEHOLDERS + (placeholders.WITH_DEFAULT,):
        graph_walk.rewire(graph, {image: INPUT + ":0"})
        node = graph.node.add(name=INPUT)
    else:
        _check_floats(graph, node)
        declared = graph_walk.shape_of(node)
        image = node.name + ":0"
        if declared is not None and graph_walk.is_channels_first(declared):
            declared = (declared[0], declared[2], declared[3], declared[1])
            _transpose_behind(graph, image)
        _check_fits(node.name, declared, shape)
    node.op = "Placeholder"
    node.ClearField("input")
    node.ClearField("attr")
    node.attr["dtype"].type = tf.float32.as_datatype_enum
    node.attr["shape"].shape.CopyFrom(tf.TensorShape(shape).as_proto())
    return str(node.name) + ":0"


def _transpose_behind(graph: graph_pb2.GraphDef, image: str) -> None:
    """Let what reads the picture channel by channel read it turned so."""
    order = graph_walk.constant_node(
        CHANNELS_FIRST + "/order", [0, 3, 1, 2], tf.int32.as_datatype_enum
    )
    graph_walk.rewire(graph, {image: CHANNELS_FIRST + ":0"})
    turned = graph.node.add(name=CHANNELS_FIRST, op="Transpose", input=[image, order.name])
    turned.attr["T"].type = tf.float32.as_datatype_enum
    turned.attr["Tperm"].type = tf.int32.as_datatype_enum
    graph.node.append(order)


def _check_floats(graph: graph_pb2.GraphDef, node: node_def_pb2.NodeDef) -> None:
    dtype = tf.as_dtype(node.attr["dtype"].type)
    if dtype == tf.float32:
        return
    readers = [one.name for one in graph.node if node.name in map(node_of, one.input)]
    raise GraphError(
        "the input {} takes {}; plantd gives float32: name the float picture that the graph makes "
        "of it, such as {}:0".format(node.name, dtype.name, readers[0] if readers else "NODE")
    )


def _check_fits(name: str, declared: "graph_walk.Sides | None", shape: Tuple[int, ...]) -> None:
    if declared is None:
        return
    sides = len(declared) == len(shape) and all(
        side is None or side == wanted for side, wanted in zip(declared[1:], shape[1:])
    )
    if not sides:
        raise GraphError(
            "the graph's input {} is {} pixels and channels; the input spec says {}; one of them "
            "is wrong: the preprocessing must be the one the network was trained with".format(
                name, _by(declared[1:]), _by(shape[1:])
            )
        )


def _by(sides: Tuple["int | None", ...]) -> str:
    return " x ".join("any" if side is None else str(side) for side in sides)


def _pruned(graph: graph_pb2.GraphDef, outputs: List[str]) -> graph_pb2.GraphDef:
    """Keep what the outputs need; control inputs only order side effects, and there are none."""
    for node in graph.node:
        data = [tensor for tensor in node.input if not tensor.startswith("^")]
        if len(data) < len(node.input):
            node.input[:] = data
    kept = graph_walk.keep(graph, graph_walk.ancestors(graph_walk.by_name(graph), outputs))
    kept.library.Clear()
    return kept


def _some(names: List[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else "{} and {} more".format(shown, len(names) - 3)


def image_of(graph: graph_pb2.GraphDef) -> str:
    """Return the node that takes the picture: the one placeholder that is left."""
    return next(str(node.name) for node in graph.node if node.op == "Placeholder")
