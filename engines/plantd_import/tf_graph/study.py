"""The 2019 study's network, written down again: two of them are what this project imports.

ResNet-50 v1 without its top at 300 x 300, flattened, dense 128 and 32, softmax; frozen as TF
1.x did it: each weight a Const behind an Identity named "read". The weights are random but well
behaved (activations neither die nor explode): right for speed, memory and agreement, useless on
plants. Two networks built with one trunk seed share their trunk, as the study's two heads did.

Sources: He et al., Deep Residual Learning for Image Recognition, CVPR 2016; the Keras applications'
ResNet50 for biases, epsilon and the place of the strides.
"""

from typing import Any, NamedTuple, Optional, Tuple

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2

EPSILON = 1.001e-5
INPUT = "input_1"
OUTPUT = "dense_2/Softmax"
PHASE = "keras_learning_phase"
PHASES = (None, "switch", "if")


class Shape(NamedTuple):
    """Which network. The defaults are the study's own.

    Attributes:
        size_px: side of the square input.
        blocks: residual blocks of each stage.
        widths: channels inside each stage's blocks; a block puts out `expansion` times as many.
        stem: channels of the first convolution.
        dense: units of the hidden dense layers.
    """

    size_px: int = 300
    blocks: Tuple[int, ...] = (3, 4, 6, 3)
    widths: Tuple[int, ...] = (64, 128, 256, 512)
    stem: int = 64
    expansion: int = 4
    dense: Tuple[int, ...] = (128, 32)


TINY = Shape(size_px=32, blocks=(1, 1), widths=(4, 8), stem=4, dense=(16, 8))


class Style(NamedTuple):
    """How the graph is written.

    Attributes:
        phase: None for a graph frozen for inference; "switch" leaves Keras 2.x's learning phase
            with Switch and Merge in front of each dropout, "if" the same with If and functions.
        v1_ops: FusedBatchNorm, Add and Keras 2.2's computed Flatten instead of today's ops.
        batch: fixed batch size; None leaves it open.
    """

    phase: Optional[str] = None
    v1_ops: bool = False
    batch: Optional[int] = None


def graph_of_study(
    labels: int,
    seed: int,
    trunk_seed: Optional[int] = None,
    shape: Shape = Shape(),
    style: Style = Style(),
) -> graph_pb2.GraphDef:
    """Return one frozen network, `input_1:0` (n, size, size, 3) -> `dense_2/Softmax:0` (n, labels).

    Args:
        seed: of the head's weights; also of the trunk's unless `trunk_seed` is given.
    """
    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(
            tf.float32, (style.batch, shape.size_px, shape.size_px, 3), name=INPUT
        )
        trunk = _Layers(seed if trunk_seed is None else trunk_seed, style)
        features = _trunk(image, shape, trunk)
        _head(features, labels, shape, _Layers(seed + 1000, style))
        return graph.as_graph_def()


def parameters(graph: graph_pb2.GraphDef) -> int:
    """Return how many weights a frozen graph holds."""
    return sum(
        int(np.prod([d.size for d in node.attr["value"].tensor.tensor_shape.dim]))
        for node in graph.node
        if node.op == "Const" and node.name.split("/")[-1] in _WEIGHTS
    )


_WEIGHTS = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")


class _Layers:
    """The few layers the network is made of; draws each weight as it is needed."""

    def __init__(self, seed: int, style: Style) -> None:
        self._random = np.random.default_rng(seed)
        self._style = style
        self._phase: Any = None

    def convolution(
        self, x: Any, channels: int, side: int, name: str, stride: int = 1, padding: str = "VALID"
    ) -> Any:
        fan_in = side * side * int(x.shape[-1])
        kernel = self._normal((side, side, int(x.shape[-1]), channels), (2.0 / fan_in) ** 0.5)
        x = tf.nn.conv2d(x, _read(kernel, name + "/kernel"), stride, padding, name=name + "/Conv2D")
        bias = _read(self._normal((channels,), 0.05), name + "/bias")
        return tf.nn.bias_add(x, bias, name=name + "/BiasAdd")

    def normalisation(self, x: Any, name: str, gain: float = 1.0) -> Any:
        channels = int(x.shape[-1])
        op = tf.raw_ops.FusedBatchNorm if self._style.v1_ops else tf.raw_ops.FusedBatchNormV3
        return op(
            x=x,
            scale=_read(self._normal((channels,), 0.02, gain), name + "/gamma"),
            offset=_read(self._normal((channels,), 0.05), name + "/beta"),
            mean=_read(self._normal((channels,), 0.05), name + "/moving_mean"),
            variance=_read(np.abs(self._normal((channels,), 0.1, 1.0)), name + "/moving_variance"),
            epsilon=EPSILON,
            is_training=False,
            name=name + "/FusedBatchNorm",
        ).y

    def add(self, a: Any, b: Any, name: str) -> Any:
        op = tf.raw_ops.Add if self._style.v1_ops else tf.raw_ops.AddV2
        return op(x=a, y=b, name=name + "/add")

    def dense(self, x: Any, units: int, name: str, gain: float = 1.0) -> Any:
        inputs = int(x.shape[-1])
        kernel = self._normal((inputs, units), gain * (2.0 / inputs) ** 0.5)
        x = tf.raw_ops.MatMul(a=x, b=_read(kernel, name + "/kernel"), name=name + "/MatMul")
        bias = _read(self._normal((units,), 0.05), name + "/bias")
        return tf.nn.bias_add(x, bias, name=name + "/BiasAdd")

    def flatten(self, x: Any) -> Any:
        values = int(np.prod(x.shape[1:]))
        if not self._style.v1_ops:
            return tf.reshape(x, (-1, values), name="flatten/Reshape")
        inner = tf.shape(x, name="flatten/Shape")[1:]
        length = tf.reduce_prod(inner, name="flatten/Prod")
        flat = tf.reshape(x, tf.stack([-1, length], name="flatten/stack"), name="flatten/Reshape")
        flat.set_shape((x.shape[0], values))
        return flat

    def dropout(self, x: Any, name: str) -> Any:
        """Nothing in a graph frozen for inference; else a choice by the learning phase."""
        if self._style.phase is None:
            return x
        if self._phase is None:
            self._phase = tf.compat.v1.placeholder_with_default(False, (), name=PHASE)
        if self._style.phase == "if":
            kept = tf.cond(self._phase, lambda: _dropped(x), lambda: tf.identity(x), name=name)
            kept.set_shape(x.shape)
            return kept
        dead, live = _switch(x, self._phase, name + "/cond/Switch")
        branches = [dead, _dropped(live)]
        return tf.raw_ops.Merge(inputs=branches, name=name + "/cond/Merge").output

    def _normal(self, shape: Tuple[int, ...], scale: float, mean: float = 0.0) -> np.ndarray:
        values = self._random.standard_normal(shape, np.float32)
        values *= np.float32(scale)
        values += np.float32(mean)
        return values


def _switch(x: Any, predicate: Any, name: str) -> Tuple[Any, Any]:
    switched = tf.raw_ops.Switch(data=x, pred=predicate, name=name)
    return switched.output_false, switched.output_true


def _dropped(x: Any) -> Any:
    return tf.nn.dropout(x, rate=0.5)


def _read(values: np.ndarray, name: str) -> Any:
    return tf.identity(tf.constant(values, name=name), name=name + "/read")


def _trunk(image: Any, shape: Shape, layers: _Layers) -> Any:
    x = tf.pad(image, [[0, 0], [3, 3], [3, 3], [0, 0]], name="conv1_pad/Pad")
    x = layers.convolution(x, shape.stem, 7, "conv1_conv", stride=2)
    x = tf.nn.relu(layers.normalisation(x, "conv1_bn"), name="conv1_relu/Relu")
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], name="pool1_pad/Pad")
    x = tf.nn.max_pool2d(x, 3, 2, "VALID", name="pool1_pool/MaxPool")
    for stage, (blocks, width) in enumerate(zip(shape.blocks, shape.widths)):
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 0 else 1
            name = "conv{}_block{}".format(stage + 2, block + 1)
            x = _block(x, width, width * shape.expansion, stride, block == 0, name, layers)
    return x


def _block(
    x: Any, width: int, out: int, stride: int, projected: bool, name: str, layers: _Layers
) -> Any:
    shortcut = x
    if projected:
        shortcut = layers.convolution(x, out, 1, name + "_0_conv", stride)
        shortcut = layers.normalisation(shortcut, name + "_0_bn")
    x = layers.convolution(x, width, 1, name + "_1_conv", stride)
    x = tf.nn.relu(layers.normalisation(x, name + "_1_bn"), name=name + "_1_relu/Relu")
    x = layers.convolution(x, width, 3, name + "_2_conv", padding="SAME")
    x = tf.nn.relu(layers.normalisation(x, name + "_2_bn"), name=name + "_2_relu/Relu")
    x = layers.convolution(x, out, 1, name + "_3_conv")
    # The branch is kept small, so that the sum does not grow from block to block.
    x = layers.normalisation(x, name + "_3_bn", gain=0.3)
    return tf.nn.relu(layers.add(shortcut, x, name + "_add"), name=name + "_out/Relu")


def _head(features: Any, labels: int, shape: Shape, layers: _Layers) -> Any:
    x = layers.flatten(features)
    for number, units in enumerate(shape.dense):
        suffix = "" if number == 0 else "_{}".format(number)
        x = tf.nn.relu(layers.dense(x, units, "dense" + suffix), name="dense{}/Relu".format(suffix))
        x = layers.dropout(x, "dropout" + suffix)
    # Pixels reach 255: without the small gain every answer would be 0 or 1.
    x = layers.dense(x, labels, "dense_{}".format(len(shape.dense)), gain=1 / 64)
    return tf.nn.softmax(x, name="dense_{}/Softmax".format(len(shape.dense)))
