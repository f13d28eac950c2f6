"""What a graph wants from outside besides the picture: each placeholder gets its one value."""

from typing import List, Mapping, NamedTuple, Optional

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2

from plantd.errors import GraphError
from plantd_import.tf_graph import graph_walk
from plantd_import.tf_graph.graph_walk import node_of

PLACEHOLDERS = ("Placeholder", "PlaceholderV2")
WITH_DEFAULT = "PlaceholderWithDefault"
# What graphs call "are we training?"; for inference the answer is no.
PHASE_NAMES = (
    "keras_learning_phase",
    "learning_phase",
    "is_training",
    "is_train",
    "training",
    "train_phase",
    "phase_train",
    "phase",
)

Constants = Mapping[str, object]


class Settled(NamedTuple):
    """A placeholder that was given a value, or its own default.

    Attributes:
        fed: what TensorFlow must be fed to compute the same; None when its default does.
    """

    node: str
    sentence: str
    fed: Optional[object]


def is_phase_node(node: node_def_pb2.NodeDef) -> bool:
    """Say whether a node is a placeholder that asks for the learning phase."""
    if node.op not in PLACEHOLDERS + (WITH_DEFAULT,):
        return False
    name = node.name.split("/")[-1].rsplit("_1", 1)[0]
    return _dtype(node) == tf.bool and name in PHASE_NAMES


def wants_a_value(node: node_def_pb2.NodeDef) -> bool:
    """Say whether a node is a placeholder without a value of its own, pictures as bytes aside."""
    if node.op not in PLACEHOLDERS or is_phase_node(node):
        return False
    return _dtype(node) not in (tf.string, tf.uint8)


def settle(
    graph: graph_pb2.GraphDef, image: str, outputs: List[str], constants: Constants
) -> List[Settled]:
    """Replace every placeholder that `outputs` need, except the image's (in place).

    Args:
        image: the node that takes the picture.
        constants: values given by the user, by node.

    Raises GraphError for one that has neither value nor default.
    """
    nodes = graph_walk.by_name(graph)
    found = []
    aliases = {}
    for node in graph_walk.ancestors(nodes, outputs):
        if node.name == image or node.op not in PLACEHOLDERS + (WITH_DEFAULT,):
            continue
        if node.name in constants or is_phase_node(node):
            value = constants.get(node.name, False)
            found.append(Settled(node.name, "set to {}".format(value), value))
            node.CopyFrom(_constant(node, value))
        elif node.op == WITH_DEFAULT:
            found.append(Settled(node.name, _default_in_words(nodes, node), None))
            aliases[node.name + ":0"] = node.input[0]
        else:
            raise GraphError(
                "the graph also wants a value for the placeholder {} ({}); give it the value for "
                "inference, for example --set {}=1.0".format(
                    node.name, _dtype(node).name, node.name
                )
            )
    graph_walk.rewire(graph, aliases)
    outputs[:] = [graph_walk.resolved(tensor, aliases) for tensor in outputs]
    return found


def _constant(node: node_def_pb2.NodeDef, value: object) -> node_def_pb2.NodeDef:
    try:
        return graph_walk.constant_node(node.name, value, _dtype(node).as_datatype_enum)
    except (TypeError, ValueError) as error:
        raise GraphError(
            "--set {}={}: the placeholder is {}: {}".format(
                node.name, value, _dtype(node).name, error
            )
        ) from error


def _default_in_words(nodes: graph_walk.Nodes, node: node_def_pb2.NodeDef) -> str:
    value = graph_walk.scalar(nodes, node.input[0])
    if value is None:
        return "passes on what {} computes, its default".format(node_of(node.input[0]))
    return "keeps its default {}".format(value)


def _dtype(node: node_def_pb2.NodeDef) -> tf.DType:
    """Return what a placeholder takes. Raises GraphError where it does not say."""
    try:
        return tf.as_dtype(node.attr["dtype"].type)
    except TypeError as error:
        raise GraphError(
            "the placeholder {} has no type that TensorFlow knows; the file is damaged: copy or "
            "export it again".format(node.name)
        ) from error
