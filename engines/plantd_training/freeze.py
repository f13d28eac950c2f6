"""Keras models to frozen TensorFlow graphs: every variable a constant, one input, named outputs."""

from pathlib import Path
from typing import Sequence

import keras
import tensorflow as tf
from tensorflow.core.framework import graph_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from plantd.errors import GraphError


def frozen_graph(
    model: keras.Model, input_name: str, output_names: Sequence[str]
) -> graph_pb2.GraphDef:
    """Return the graph `input_name` (1, height, width, channels) float32 -> `output_names`.

    Args:
        output_names: one for each of the model's outputs, in its order.
    """
    if len(output_names) != len(model.outputs):
        raise GraphError(
            "the model has {} outputs; {} names were given".format(
                len(model.outputs), len(output_names)
            )
        )
    signature = tf.TensorSpec((1,) + tuple(model.inputs[0].shape[1:]), tf.float32, input_name)

    def answer(picture: tf.Tensor) -> list:
        outputs = tf.nest.flatten(model(picture, training=False))
        return [tf.identity(value, name) for value, name in zip(outputs, output_names)]

    concrete = tf.function(answer).get_concrete_function(signature)
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=True)
    return frozen.graph.as_graph_def()


def write_graph(graph: graph_pb2.GraphDef, path: Path) -> None:
    """Write a frozen graph as TensorFlow 1.x wrote it: a serialised GraphDef."""
    path.write_bytes(graph.SerializeToString(deterministic=True))


def run_graph(
    graph: graph_pb2.GraphDef, input_name: str, output_names: Sequence[str], value: tf.Tensor
) -> list:
    """Return the frozen graph's outputs for one input, computed by TensorFlow."""

    def load() -> None:
        tf.compat.v1.import_graph_def(graph, name="")

    wrapped = tf.compat.v1.wrap_function(load, [])
    fetches = [wrapped.graph.get_tensor_by_name(name + ":0") for name in output_names]
    pruned = wrapped.prune(wrapped.graph.get_tensor_by_name(input_name + ":0"), fetches)
    return [output.numpy() for output in pruned(value)]
