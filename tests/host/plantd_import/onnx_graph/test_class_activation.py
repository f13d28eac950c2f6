"""One output more shows where each label was found, and no other changes by a bit."""

import numpy as np
import onnx
import pytest
from host.support import small_onnx
from onnx import helper

from plantd.errors import GraphError
from plantd_import.onnx_graph import fp16_weights
from plantd_import.onnx_graph.agreement import session_of
from plantd_import.onnx_graph.class_activation import with_activation

CHANNELS_LAST = (1, 6, 6, 3)


def nodes(pooling, head):
    return [helper.make_node("Identity", ["x"], ["f"]), *pooling, *head]


MEAN_FIRST = [helper.make_node("ReduceMean", ["f"], ["m"], axes=[2, 3], keepdims=0)]
MEAN_LAST = [helper.make_node("ReduceMean", ["f"], ["m"], axes=[1, 2], keepdims=0)]
POOLED = [
    helper.make_node("GlobalAveragePool", ["f"], ["p"]),
    helper.make_node("Flatten", ["p"], ["m"]),
]
GEMM = [helper.make_node("Gemm", ["m", "w", "b"], ["y"])]
TURNED = [helper.make_node("Gemm", ["m", "t", "b"], ["y"], transB=1)]
ADDED = [helper.make_node("MatMul", ["m", "w"], ["q"]), helper.make_node("Add", ["q", "b"], ["y"])]
WEIGHTS = {
    "w": small_onnx.values(3, 3, 5),
    "t": small_onnx.values(3, 3, 5).T.copy(),
    "b": small_onnx.values(4, 5),
}


def built(pooling, head, shape=small_onnx.SHAPE):
    """A network whose feature map is its input, and whose other head is the same one."""
    used = {name for node in head for name in node.input}
    constants = {name: values for name, values in WEIGHTS.items() if name in used}
    return small_onnx.model(nodes(pooling, head), constants, "y", 5, shape)


def tensors(shape=small_onnx.SHAPE):
    return np.random.default_rng(1).normal(0, 1, (3, *shape[1:])).astype(np.float32)


@pytest.mark.parametrize(
    ("pooling", "head", "shape"),
    [
        (MEAN_FIRST, GEMM, small_onnx.SHAPE),
        (POOLED, ADDED, small_onnx.SHAPE),
        (MEAN_LAST, TURNED, CHANNELS_LAST),
    ],
)
def test_each_place_says_what_it_gave_to_each_label(pooling, head, shape):
    given = tensors(shape)
    shown, spec = with_activation(built(pooling, head, shape), ("y", "y"), given)
    maps = session_of(shown.SerializeToString()).run([spec.output], {"x": given[:1]})[0]
    pixels = given[:1] if shape == CHANNELS_LAST else given[:1].transpose(0, 2, 3, 1)
    np.testing.assert_allclose(maps, pixels @ WEIGHTS["w"] + WEIGHTS["b"], atol=1e-5)
    assert (spec.head, spec.rows, spec.columns) == ("species", 6, 6)


def test_the_others_stay_as_they_are_to_the_bit_with_half_weights_too():
    model = fp16_weights.store_weights_fp16(small_onnx.classifier(1, 20, 5), from_values=4)
    given = small_onnx.tensors()
    shown, _ = with_activation(model, ("y", "y"), given)
    sessions = [session_of(one.SerializeToString()) for one in (model, shown)]
    for tensor in given:
        before, after = (one.run(["y"], {"x": tensor[None]})[0] for one in sessions)
        np.testing.assert_array_equal(before, after)


def test_the_model_given_is_not_changed():
    model = small_onnx.classifier(1, 20, 5)
    before = model.SerializeToString()
    with_activation(model, ("y", "y"), small_onnx.tensors())
    assert model.SerializeToString() == before


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ([*ADDED[:1], helper.make_node("Softmax", ["q"], ["y"])], "it comes from Softmax"),
        ([helper.make_node("Gemm", ["m", "w", "b"], ["y"], alpha=0.5)], "it comes from Gemm"),
        ([*ADDED[:1], helper.make_node("Add", ["q", "q"], ["y"])], "it comes from Add"),
    ],
)
def test_what_is_no_product_of_a_mean_is_refused(head, why):
    with pytest.raises(GraphError, match="the output y has no class activation: " + why):
        with_activation(built(MEAN_FIRST, head), ("y", "y"), tensors())


def test_a_product_of_something_else_than_a_mean_is_refused():
    largest = [helper.make_node("ReduceMax", ["f"], ["m"], axes=[2, 3], keepdims=0)]
    with pytest.raises(GraphError, match="not a mean over the places of a feature map"):
        with_activation(built(largest, GEMM), ("y", "y"), tensors())


def test_a_mean_over_channels_is_none_over_places():
    other = [helper.make_node("ReduceMean", ["f"], ["m"], axes=[1, 3], keepdims=0)]
    weights = {"w": small_onnx.values(3, 6, 5), "b": small_onnx.values(4, 5)}
    model = small_onnx.model(nodes(other, GEMM), weights, "y", 5)
    with pytest.raises(GraphError, match="not a mean over the places"):
        with_activation(model, ("y", "y"), tensors())


def test_what_was_made_passes_the_checker():
    shown, _ = with_activation(small_onnx.classifier(1, 20, 5), ("y", "y"), small_onnx.tensors())
    onnx.checker.check_model(shown)
    shape = [d.dim_value for d in shown.graph.output[-1].type.tensor_type.shape.dim]
    assert shape == [1, 4, 4, 5]
