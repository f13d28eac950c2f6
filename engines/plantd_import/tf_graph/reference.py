"""What TensorFlow itself answers: the graph exactly as it was found, run in a session."""

from typing import Dict, Mapping, Tuple

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2

from plantd.errors import GraphError
from plantd_import.tf_graph.graph_walk import full_name, is_channels_first


def outputs_of_graph(
    graph: graph_pb2.GraphDef,
    image: str,
    outputs: Tuple[str, ...],
    tensors: np.ndarray,
    feeds: Mapping[str, object],
) -> Dict[str, np.ndarray]:
    """Return each output as (n, values) float32 by name, one picture at a time.

    Args:
        image: the tensor the picture is fed to; what computes it in the graph does not run.
        tensors: (n, height, width, 3) float32.
        feeds: values of other placeholders, by tensor.

    A graph that takes its picture channel by channel gets it so; one with a fixed
    batch gets the same picture in each place.
    """
    names = [full_name(name) for name in outputs]
    with tf.Graph().as_default() as loaded:
        try:
            tf.import_graph_def(graph, name="")
            image_tensor = loaded.get_tensor_by_name(full_name(image))
            batch = _batch_of(image_tensor)
            with tf.compat.v1.Session(graph=loaded, config=_plain()) as session:
                rows = []
                for tensor in _in_order_of(image_tensor, tensors):
                    fed = {full_name(image): np.repeat(tensor[np.newaxis], batch, axis=0), **feeds}
                    rows.append(session.run(names, fed))
        except (tf.errors.OpError, ValueError, KeyError) as error:
            raise GraphError(
                "TensorFlow cannot run the graph: {}".format(str(error).splitlines()[0])
            ) from error
    return {
        name: np.stack([np.asarray(row[k][0], np.float32).reshape(-1) for row in rows])
        for k, name in enumerate(names)
    }


def _plain() -> tf.compat.v1.ConfigProto:
    """Run the graph as it stands: for a few pictures, rewriting it costs time and memory."""
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = tf.compat.v1.OptimizerOptions.L0
    return config


def _in_order_of(image: tf.Tensor, tensors: np.ndarray) -> np.ndarray:
    sides = None if image.shape.rank is None else tuple(image.shape.as_list())
    return tensors.transpose(0, 3, 1, 2) if is_channels_first(sides) else tensors


def _batch_of(tensor: tf.Tensor) -> int:
    shape = tensor.shape
    if shape.rank is None or shape[0] is None:
        return 1
    return int(shape[0])
