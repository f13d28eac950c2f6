"""Pixels that nobody reads are not computed: a stride moves up to the convolution that makes them.

Where every reader of a tensor is a 1x1 convolution of one stride, three pixels of four (at stride
2) are computed and thrown away. ResNet v1 does so at the end of each stage but its last. The pixels
that stay have the values they had.

How this works: a stride moves from its readers through what treats each pixel by itself (Relu, Add,
1x1 convolutions) up to a convolution, which takes it on. What comes in from beside and is read
elsewhere too, such as a residual, passes a MaxPool of one pixel, which only leaves pixels out.
"""

from typing import NamedTuple, Optional, Sequence, Tuple

import onnx
from onnx import helper

from plantd_import.onnx_graph.graph_index import (
    GraphIndex,
    attribute,
    padding_is_given,
    set_attribute,
)

# Each pixel of the output depends on the same pixel of every input.
PIXELWISE = frozenset("Relu LeakyRelu Clip Sigmoid Tanh HardSigmoid Elu Add Sub Mul Div".split())
# What surely has (n, channels, height, width).
MAKES_IMAGES = frozenset(("Conv", "MaxPool", "AveragePool", "GlobalAveragePool"))

Stride = Tuple[int, ...]
ONE: Stride = (1, 1)


class _Change(NamedTuple):
    """What makes a tensor with a stride.

    Attributes:
        strided: convolutions that take the stride on. spared: others that get less to do.
        beside: (node, index of its input) of what comes in from beside.
    """

    strided: Tuple[onnx.NodeProto, ...] = ()
    spared: Tuple[onnx.NodeProto, ...] = ()
    beside: Tuple[Tuple[onnx.NodeProto, int], ...] = ()

    def and_also(self, other: "_Change") -> "_Change":
        return _Change(
            self.strided + other.strided, self.spared + other.spared, self.beside + other.beside
        )


def move_strides_up(model: onnx.ModelProto) -> int:
    """Change the model in place; return how many convolutions compute fewer pixels now."""
    fewer = 0
    graph = _Graph(model.graph)
    # The last ones first: a convolution that takes a stride on may be the next one's reader.
    for name in reversed(list(graph.makers)):
        stride = graph.stride_of_readers(name)
        change = None if stride == ONE else _change(graph, name)
        if change is not None and change.strided:
            _apply(model.graph, graph.readers[name], stride, change)
            fewer += len(change.strided) + len(change.spared)
            graph = _Graph(model.graph)
    if fewer:
        del model.graph.value_info[:]
    return fewer


class _Graph(GraphIndex):
    def stride_of_readers(self, name: str) -> Stride:
        """Return the stride with which 1x1 convolutions, and nothing else, read a tensor."""
        strides = {_stride_of_1x1(node, name) for node in self.readers.get(name, ())}
        if name in self.outputs or len(strides) != 1:
            return ONE
        return strides.pop() or ONE

    def is_read_once(self, name: str) -> bool:
        return name not in self.outputs and len(self.readers[name]) == 1

    def is_one_a_channel(self, name: str) -> bool:
        """Return whether it is a constant with one value for all pixels of a channel."""
        constant = self.constants.get(name)
        return constant is not None and all(side == 1 for side in constant.dims[-2:])

    def is_image(self, name: str) -> bool:
        node = self.makers.get(name)
        if node is None:
            return False
        if node.op_type in PIXELWISE:
            return any(self.is_image(source) for source in node.input)
        return node.op_type in MAKES_IMAGES


def _change(graph: _Graph, name: str) -> Optional[_Change]:
    """Return what makes `name` with a stride; None where its maker cannot."""
    node = graph.makers[name]
    if node.op_type == "Conv":
        return _change_of_convolution(graph, node)
    return _change_of_pixelwise(graph, node) if node.op_type in PIXELWISE else None


def _change_of_convolution(graph: _Graph, node: onnx.NodeProto) -> Optional[_Change]:
    source = node.input[0]
    passes_on = _stride_of_1x1(node, source) == ONE and source in graph.makers
    if passes_on and graph.is_read_once(source):
        above = _change(graph, source)
        if above is not None and above.strided:
            return above.and_also(_Change(spared=(node,)))
    two_sides = len(attribute(node, "kernel_shape", ())) == 2
    return _Change(strided=(node,)) if two_sides and padding_is_given(node) else None


def _change_of_pixelwise(graph: _Graph, node: onnx.NodeProto) -> Optional[_Change]:
    change = _Change()
    for index, source in enumerate(node.input):
        if not source or graph.is_one_a_channel(source):
            continue
        if not graph.is_image(source):
            return None
        above = _change(graph, source) if graph.is_read_once(source) else None
        change = change.and_also(above or _Change(beside=((node, index),)))
    return change


def _apply(
    graph: onnx.GraphProto, readers: Sequence[onnx.NodeProto], stride: Stride, change: _Change
) -> None:
    for node in readers:
        set_attribute(node, "strides", ONE)
    for node in change.strided:
        own = attribute(node, "strides", ONE)
        set_attribute(node, "strides", [mine * its for mine, its in zip(own, stride)])
    for node, index in change.beside:
        name = "{}/subsampled_{}".format(node.output[0], index)
        pool = helper.make_node(
            "MaxPool", [node.input[index]], [name], name, kernel_shape=ONE, strides=stride
        )
        node.input[index] = name
        place = next(k for k, other in enumerate(graph.node) if other is node)
        graph.node.insert(place, pool)


def _stride_of_1x1(node: onnx.NodeProto, image: str) -> Optional[Stride]:
    """Return the stride of a 1x1 convolution of an image without padding; None of all else."""
    is_convolution = node.op_type == "Conv" and node.input[0] == image
    if not is_convolution or tuple(attribute(node, "kernel_shape", ())) != ONE:
        return None
    is_padded = any(attribute(node, "pads", ())) or not padding_is_given(node)
    return None if is_padded else tuple(attribute(node, "strides", ONE))
