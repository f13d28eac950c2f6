"""What is worth saying about a graph's ends: what goes in, and what comes out."""

from typing import Iterable, Sequence, Tuple

import tensorflow as tf
from tensorflow.core.framework.node_def_pb2 import NodeDef

from plantd_import.tf_graph import placeholders
from plantd_import.tf_graph.findings import Finding


def values_asked_for(nodes: Iterable[NodeDef]) -> Tuple[Finding, ...]:
    """Return a note for each placeholder that has neither default nor meaning of its own.

    Args:
        nodes: without the picture's own.
    """
    return tuple(
        Finding(
            "value",
            "{}, {}".format(node.name, node.op),
            1,
            "the graph asks for a value besides the picture",
            "give the one for inference with --set {}=VALUE".format(node.name),
            False,
        )
        for node in nodes
        if placeholders.wants_a_value(node)
    )


def sigmoids(tensors: Sequence[str]) -> Finding:
    """Return the refusal of outputs that are several sigmoids."""
    return Finding(
        "sigmoids",
        ", ".join(tensors),
        len(tensors),
        "the graph answers with several sigmoids, each for itself: they do not choose among labels",
        "train its last layer with one softmax over the labels (one sigmoid may stand for two)",
        True,
    )


def channels_first(name: str) -> Finding:
    """Return the note about a picture that goes in channel by channel."""
    return Finding(
        "channels_first",
        name,
        1,
        "the picture goes in channel by channel (NCHW)",
        "a Transpose is put before it",
        False,
    )


def not_floats(node: NodeDef, floats: str) -> Finding:
    """Return the note about a picture that goes in as bytes.

    Args:
        floats: the first float picture that the graph makes of it.
    """
    return Finding(
        "not_floats",
        "{}, {}".format(node.name, node.op),
        1,
        "the graph takes its picture as {}".format(tf.as_dtype(node.attr["dtype"].type).name),
        "plantd gives float32: name the float picture that the graph makes of it as the input "
        "(--poison-input {0}, --species-input {0})".format(floats),
        False,
    )
