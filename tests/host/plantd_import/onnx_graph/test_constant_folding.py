"""Folding changes what is computed when, never what is answered."""

from typing import Dict, List

import numpy as np
import onnx
import pytest
from host.support import small_onnx
from onnx import helper, numpy_helper

from plantd_import.onnx_graph import agreement, constant_folding

C = small_onnx.CHANNELS


def ops(model: onnx.ModelProto) -> List[str]:
    return [node.op_type for node in model.graph.node]


def folded(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    constant_folding.fold(copy)
    onnx.checker.check_model(copy)
    tolerance = agreement.Tolerance(1e-5, 1e-5)
    agreement.check_models(model, copy, small_onnx.tensors(), tolerance)
    return copy


def norm_values() -> Dict[str, np.ndarray]:
    return {
        "gamma": small_onnx.values(1, C),
        "beta": small_onnx.values(2, C),
        "mean": small_onnx.values(3, C),
        "variance": np.abs(small_onnx.values(4, C)) + 0.1,
    }


NORM = helper.make_node(
    "BatchNormalization", ["c", "gamma", "beta", "mean", "variance"], ["y"], epsilon=1e-2
)


@pytest.mark.parametrize("bias", [False, True])
def test_batch_norm_becomes_part_of_its_convolution(bias: bool) -> None:
    constants = {"k": small_onnx.values(0, C, 3, 3, 3), **norm_values()}
    inputs = ["x", "k"] + (["b"] if bias else [])
    if bias:
        constants["b"] = small_onnx.values(7, C)
    conv = helper.make_node("Conv", inputs, ["c"])
    assert ops(folded(small_onnx.model([conv, NORM], constants, "y"))) == ["Conv"]


def test_scale_and_shift_by_channel_become_part_of_their_convolution() -> None:
    constants = {
        "k": small_onnx.values(0, C, 3, 3, 3),
        "scale": small_onnx.values(1, 1, C, 1, 1),
        "shift": small_onnx.values(2, C, 1, 1),
    }
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"]),
        helper.make_node("Mul", ["scale", "c"], ["s"]),
        helper.make_node("Add", ["s", "shift"], ["y"]),
    ]
    assert ops(folded(small_onnx.model(nodes, constants, "y"))) == ["Conv"]


def test_a_convolution_that_others_read_keeps_its_batch_norm() -> None:
    constants = {"k": small_onnx.values(0, C, 3, 3, 3), **norm_values()}
    norm = helper.make_node("BatchNormalization", ["c", *list(NORM.input)[1:]], ["n"])
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"]),
        norm,
        helper.make_node("Add", ["c", "n"], ["y"]),
    ]
    assert ops(folded(small_onnx.model(nodes, constants, "y"))) == [
        "Conv",
        "BatchNormalization",
        "Add",
    ]


def test_two_convolutions_with_one_kernel_are_folded_apart() -> None:
    constants = {"k": small_onnx.values(0, 3, 3, 1, 1), "s": small_onnx.values(1, 1, 3, 1, 1)}
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["a"]),
        helper.make_node("Mul", ["a", "s"], ["b"]),
        helper.make_node("Conv", ["b", "k"], ["y"]),
    ]
    assert ops(folded(small_onnx.model(nodes, constants, "y"))) == ["Conv", "Conv"]


def test_addition_over_places_stays() -> None:
    constants = {
        "k": small_onnx.values(0, C, 3, 3, 3),
        "map": small_onnx.values(1, 1, C, 4, 4),
    }
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"]),
        helper.make_node("Add", ["c", "map"], ["y"]),
    ]
    assert ops(folded(small_onnx.model(nodes, constants, "y"))) == ["Conv", "Add"]


def test_what_reads_only_weights_is_computed_once() -> None:
    constants = {
        "k": small_onnx.values(0, 3, 3, 3, C),
        "half": np.float32(0.5),
        "unused": small_onnx.values(1, 5),
    }
    nodes = [
        helper.make_node("Transpose", ["k"], ["t"], perm=[3, 2, 0, 1]),
        helper.make_node("Mul", ["t", "half"], ["h"]),
        helper.make_node("Conv", ["x", "h"], ["y"]),
    ]
    model = folded(small_onnx.model(nodes, constants, "y"))
    assert ops(model) == ["Conv"]
    (kernel,) = model.graph.initializer
    expected = constants["k"].transpose(3, 2, 0, 1) * 0.5
    np.testing.assert_array_equal(numpy_helper.to_array(kernel), expected)


def test_a_constant_that_would_swell_stays_computed() -> None:
    constants = {"one": np.ones(1, np.float32), "many": np.array([1 << 20], np.int64)}
    nodes = [
        helper.make_node("Tile", ["one", "many"], ["tiled"]),
        helper.make_node("ReduceSum", ["tiled"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["x", "sum"], ["y"]),
    ]
    assert "Tile" in ops(folded(small_onnx.model(nodes, constants, "y")))


def test_random_numbers_are_never_folded() -> None:
    nodes = [
        helper.make_node("RandomUniformLike", ["one"], ["r"]),
        helper.make_node("Mul", ["x", "r"], ["y"]),
    ]
    model = small_onnx.model(nodes, {"one": np.ones(1, np.float32)}, "y")
    constant_folding.fold(model)
    assert ops(model) == ["RandomUniformLike", "Mul"]
