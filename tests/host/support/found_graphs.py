"""Frozen graphs as people have them, with everything that makes them hard to import.

Each function returns a GraphDef of a network too small to matter: a picture of SIDE x SIDE, one
convolution, SPECIES answers.
"""

from typing import Any, Callable, Optional, Tuple

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2

SIDE = 8
SPECIES = 3
SHAPE = (1, SIDE, SIDE, 3)

v1 = tf.compat.v1


def graph_of(build: Callable[[], Any]) -> graph_pb2.GraphDef:
    """Return the graph that `build` adds its nodes to."""
    with tf.Graph().as_default() as graph:
        build()
        return graph.as_graph_def()


def picture(shape: Optional[Tuple[Optional[int], ...]] = (None, SIDE, SIDE, 3)) -> Any:
    """The plain input."""
    return v1.placeholder(tf.float32, shape, name="picture")


def network(x: Any, channels: int = SPECIES, name: str = "answer", seed: int = 0) -> Any:
    """One convolution, a mean, softmax."""
    kernel = np.random.default_rng(seed).normal(0, 0.3, (3, 3, 3, channels)).astype(np.float32)
    x = tf.nn.conv2d(x, tf.constant(kernel, name=name + "_kernel"), 2, "SAME", name=name + "_conv")
    return tf.nn.softmax(tf.reduce_mean(x, [1, 2]), name=name)


def plain() -> graph_pb2.GraphDef:
    """Nothing in the way."""
    return graph_of(lambda: network(picture()))


def sigmoids(units: int) -> graph_pb2.GraphDef:
    """Its answers are sigmoids, each for itself."""

    def build() -> None:
        x = tf.reduce_mean(picture(), [1, 2])
        kernel = np.random.default_rng(1).normal(0, 0.5, (3, units)).astype(np.float32)
        tf.sigmoid(tf.matmul(x, tf.constant(kernel)) + 5.0, name="answer")

    return graph_of(build)


def two_heads() -> graph_pb2.GraphDef:
    """One graph with both outputs."""

    def build() -> None:
        x = picture()
        network(x, 2, "poison_head", 1)
        network(x, SPECIES, "species_head", 2)

    return graph_of(build)


def decoding() -> graph_pb2.GraphDef:
    """A JPEG goes in, and is scaled in the graph: the TensorFlow tutorials' way."""

    def build() -> None:
        jpeg = v1.placeholder(tf.string, (), name="jpeg")
        x = tf.cast(tf.image.decode_jpeg(jpeg, channels=3), tf.float32, name="floats")
        x = v1.image.resize_bilinear(x[tf.newaxis], (SIDE, SIDE), name="resized")
        network(tf.multiply(x - 127.5, 1 / 127.5, name="scaled"))

    return graph_of(build)


def bytes_in() -> graph_pb2.GraphDef:
    """Takes pixels as bytes: the object detection API's way."""

    def build() -> None:
        pixels = v1.placeholder(tf.uint8, (None, SIDE, SIDE, 3), name="pixels")
        network(tf.cast(pixels, tf.float32, name="floats"))

    return graph_of(build)


def computed_default() -> graph_pb2.GraphDef:
    """The retraining tutorial's: the trunk's output is the default of a placeholder."""

    def build() -> None:
        features = tf.nn.relu(picture() * 0.5, name="trunk")
        network(v1.placeholder_with_default(features, (None, SIDE, SIDE, 3), name="bottleneck"))

    return graph_of(build)


def constant_default() -> graph_pb2.GraphDef:
    """A factor with a default, and the batch norm's learning phase without one."""

    def build() -> None:
        factor = v1.placeholder_with_default(np.float32(0.5), (), name="factor")
        training = v1.placeholder(tf.bool, (), name="is_training")
        x = picture() * factor
        network(tf.cond(training, lambda: x * 7.0, lambda: x + 1.0))

    return graph_of(build)


def keep_prob() -> graph_pb2.GraphDef:
    """Dropout by a number that somebody has to give."""

    def build() -> None:
        keep = v1.placeholder(tf.float32, (), name="keep_prob")
        network(picture() * keep)

    return graph_of(build)


def dropout_of_2017() -> graph_pb2.GraphDef:
    """tf.nn.dropout(x, keep_prob) as TensorFlow 1.0 to 1.12 wrote it."""

    def build() -> None:
        x = picture()
        keep = v1.placeholder(tf.float32, (), name="keep_prob")
        low, high = tf.constant(0.0, name="min"), tf.constant(1.0, name="max")
        span = tf.subtract(high, low, name="sub")
        drawn = tf.raw_ops.RandomUniform(shape=tf.shape(x), dtype=tf.float32, name="uniform")
        drawn = tf.raw_ops.Add(x=tf.multiply(drawn, span), y=low, name="random_uniform")
        mask = tf.floor(tf.raw_ops.Add(x=keep, y=drawn, name="add"), name="mask")
        network(tf.divide(x, keep) * mask)

    return graph_of(build)


def dropout_of_2019() -> graph_pb2.GraphDef:
    """tf.nn.dropout(x, rate) as TensorFlow 1.13 and later write it."""

    def build() -> None:
        rate = v1.placeholder(tf.float32, (), name="rate")
        network(tf.nn.dropout(picture(), rate=rate, name="dropped"))

    return graph_of(build)


def unfrozen() -> graph_pb2.GraphDef:
    """Its kernel is a variable."""

    def build() -> None:
        kernel = v1.get_variable("kernel", (3, 3, 3, 3), use_resource=False)
        network(tf.nn.conv2d(picture(), kernel, 1, "SAME"))

    return graph_of(build)


def quantised() -> graph_pb2.GraphDef:
    """Weights in 8 bits, made floats in the graph."""

    def build() -> None:
        codes = tf.cast(tf.constant(np.arange(3)), tf.quint8)
        network(picture() * tf.quantization.dequantize(codes, -1.0, 1.0, name="weights"))

    return graph_of(build)


def fake_quantised() -> graph_pb2.GraphDef:
    """Trained with 8 bits in mind."""

    def build() -> None:
        network(tf.quantization.fake_quant_with_min_max_args(picture(), name="act_quant"))

    return graph_of(build)


def custom_operator() -> graph_pb2.GraphDef:
    """Somebody's own operator."""
    graph = plain()
    node = graph.node.add(name="special", op="TheirOwnActivation", input=["answer"])
    node.attr["T"].type = tf.float32.as_datatype_enum
    return graph


def looping() -> graph_pb2.GraphDef:
    """A while loop of TensorFlow 1."""

    def build() -> None:
        v1.disable_control_flow_v2()
        try:
            x = tf.while_loop(
                lambda i, _: i < 3, lambda i, x: (i + 1, x * 0.5), (tf.constant(0), picture())
            )[1]
        finally:
            v1.enable_control_flow_v2()
        network(x)

    return graph_of(build)


def always_dropping() -> graph_pb2.GraphDef:
    """Exported for training: dropout draws at every picture."""
    return graph_of(lambda: network(tf.nn.dropout(picture(), rate=0.5, seed=1)))


def batch_statistics() -> graph_pb2.GraphDef:
    """Exported for training: batch norm looks at the batch."""

    def build() -> None:
        ones, zeros = tf.ones(3), tf.zeros(3)
        network(v1.nn.fused_batch_norm(picture(), ones, zeros, is_training=True)[0])

    return graph_of(build)


def choosing_by_picture() -> graph_pb2.GraphDef:
    """What it computes depends on what it sees."""

    def build() -> None:
        x = picture()
        bright = tf.greater(tf.reduce_mean(x), 0.5, name="bright")
        network(tf.cond(bright, lambda: x * 0.5, lambda: x, name="choice"))

    return graph_of(build)


def with_labels() -> graph_pb2.GraphDef:
    """Answers with the best label's number."""
    return graph_of(lambda: tf.argmax(network(picture()), axis=1, name="best"))


def old_batch_norm(gamma: bool = True) -> graph_pb2.GraphDef:
    """Batch norm as GraphDefs of before version 9 have it; its mean is an Identity of a weight."""
    graph = graph_of(lambda: (old_norm_weights(), network(picture(), name="answer")))
    norm = graph.node.add(name="norm", op="BatchNormWithGlobalNormalization")
    norm.input.extend(("picture", "mean/read", "variance", "beta", "gamma"))
    norm.attr["T"].type = tf.float32.as_datatype_enum
    norm.attr["variance_epsilon"].f = 0.001
    norm.attr["scale_after_normalization"].b = gamma
    for node in graph.node:
        if node.name == "answer_conv":
            node.input[0] = "norm"
    graph.versions.producer = 8
    return graph


OLD_NORM = {"mean": 0.3, "variance": 2.0, "beta": -0.5, "gamma": 1.5}


def old_norm_weights() -> None:
    """Three values each, for the three colours."""
    for name, value in OLD_NORM.items():
        tf.constant(np.float32([value, value / 2, value * 2]), name=name)
    tf.identity(tf.compat.v1.get_default_graph().get_tensor_by_name("mean:0"), name="mean/read")


def tensorrt_engine() -> graph_pb2.GraphDef:
    """TF-TRT's: a part of it is a plan for one GPU."""
    graph = plain()
    node = graph.node.add(name="engine", op="TRTEngineOp", input=["picture"])
    node.attr["T"].type = tf.float32.as_datatype_enum
    answer = graph.node.add(name="second", op="Softmax", input=["engine"])
    answer.attr["T"].type = tf.float32.as_datatype_enum
    return graph


def channels_first() -> graph_pb2.GraphDef:
    """Written for a GPU: NCHW inside."""

    def build() -> None:
        x = tf.transpose(picture(), (0, 3, 1, 2))
        x = tf.nn.max_pool2d(x, 2, 2, "SAME", data_format="NCHW", name="pool")
        network(tf.transpose(x, (0, 2, 3, 1)))

    return graph_of(build)


def channels_first_input() -> graph_pb2.GraphDef:
    """Takes its picture channel by channel, and turns it itself."""
    return graph_of(
        lambda: network(tf.transpose(picture((None, 3, SIDE, SIDE)), (0, 2, 3, 1), name="turned"))
    )


def not_convertible() -> graph_pb2.GraphDef:
    """An operator of TensorFlow's that ONNX has no counterpart of."""
    return graph_of(lambda: network(tf.math.igamma(tf.abs(picture()) + 1.0, 2.0, name="gamma")))


def fixed_batch(batch: int) -> graph_pb2.GraphDef:
    """Takes pictures by the dozen only."""
    return graph_of(lambda: network(picture((batch, SIDE, SIDE, 3))))


def frozen_batch(batch: int) -> graph_pb2.GraphDef:
    """Takes pictures by the dozen only, and says so in a Reshape."""

    def build() -> None:
        x = tf.reshape(picture((batch, SIDE, SIDE, 3)), (batch, SIDE, SIDE, 3), name="dozen")
        network(x)

    return graph_of(build)
