"""Fewer pixels are computed, and every answer stays."""

from typing import Any, List

import numpy as np
import onnx
import pytest
from host.support import small_onnx
from onnx import helper

from plantd_import.onnx_graph import agreement, subsampling

C = small_onnx.CHANNELS


def conv(source: str, kernel: str, target: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, kernel], [target], **attributes)


def residual(last: List[onnx.NodeProto], **middle: Any) -> onnx.ModelProto:
    """Return a block as ResNet v1 ends a stage with: a residual, then what reads it."""
    middle = middle or {"pads": (1, 1, 1, 1)}
    constants = {
        "k0": small_onnx.values(0, C, 3, 1, 1),
        "k1": small_onnx.values(1, C, C, 3, 3),
        "k2": small_onnx.values(2, C, C, 1, 1),
        "k3": small_onnx.values(3, C, C, 1, 1),
    }
    nodes = [
        conv("x", "k0", "before", kernel_shape=(1, 1)),
        conv("before", "k1", "a", kernel_shape=(3, 3), **middle),
        helper.make_node("Relu", ["a"], ["b"]),
        conv("b", "k2", "c", kernel_shape=(1, 1)),
        helper.make_node("Add", ["before", "c"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["out"]),
    ]
    return small_onnx.model(nodes + last, constants, "y")


STRIDED = conv("out", "k3", "y", kernel_shape=(1, 1), strides=(2, 2))


def moved(model: onnx.ModelProto) -> int:
    """Return how many convolutions got less to do; the answers must stay."""
    expected = agreement.outputs_of(model, small_onnx.tensors())["y"]
    count = subsampling.move_strides_up(model)
    onnx.checker.check_model(model)
    seen = agreement.outputs_of(model, small_onnx.tensors())["y"]
    np.testing.assert_allclose(seen, expected, rtol=1e-6, atol=1e-6)
    return count


def test_the_stride_moves_up_to_the_convolution_that_makes_the_pixels() -> None:
    model = residual([STRIDED])
    assert moved(model) == 2
    strides = {
        node.output[0]: list(helper.get_node_attr_value(node, "strides"))
        for node in model.graph.node
        if any(a.name == "strides" for a in node.attribute)
    }
    assert strides == {"a": [2, 2], "sum/subsampled_0": [2, 2], "y": [1, 1]}


@pytest.mark.parametrize(
    "last",
    [
        [conv("out", "k3", "y", kernel_shape=(1, 1))],
        [conv("out", "k3", "y", kernel_shape=(1, 1), strides=(2, 2), pads=(1, 1, 1, 1))],
        [conv("out", "k1", "y", kernel_shape=(3, 3), strides=(2, 2))],
        [
            conv("out", "k3", "z", kernel_shape=(1, 1), strides=(2, 2)),
            helper.make_node("GlobalAveragePool", ["out"], ["mean"]),
            helper.make_node("Add", ["z", "mean"], ["y"]),
        ],
    ],
    ids=["no stride", "padded", "3x3 reads all", "another reader"],
)
def test_pixels_that_somebody_reads_stay(last: List[onnx.NodeProto]) -> None:
    model = residual(last)
    before = model.SerializeToString()
    assert moved(model) == 0
    assert model.SerializeToString() == before


def test_padding_that_depends_on_the_stride_stays() -> None:
    model = residual([STRIDED], auto_pad="SAME_UPPER")
    assert moved(model) == 1, "the 1x1 convolution takes the stride on, the one above may not"


def test_an_addition_that_differs_from_pixel_to_pixel_stays() -> None:
    model = residual([STRIDED])
    side = small_onnx.SIDE
    values = small_onnx.values(5, 1, C, side, side)
    model.graph.initializer.append(onnx.numpy_helper.from_array(values, "map"))
    model.graph.node[4].input[0] = "map"
    assert moved(model) == 0


def test_a_shift_by_channel_is_in_nobody_s_way() -> None:
    model = residual([STRIDED])
    shift = small_onnx.values(5, 1, C, 1, 1)
    model.graph.initializer.append(onnx.numpy_helper.from_array(shift, "shift"))
    model.graph.node[4].input[0] = "shift"
    assert moved(model) == 2
    assert "MaxPool" not in [node.op_type for node in model.graph.node]
