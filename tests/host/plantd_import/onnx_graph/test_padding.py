"""Paddings with zeros become part of what reads them, and every answer stays bit by bit."""

from typing import Any, List, Optional, Tuple

import numpy as np
import onnx
import pytest
from host.support import small_onnx
from onnx import helper

from plantd_import.onnx_graph import agreement, convert, padding
from plantd_import.tf_graph import inference_graph, study
from plantd_import.tf_graph.inference_graph import Choice

C = small_onnx.CHANNELS
AROUND = [0, 0, 1, 1, 0, 0, 1, 1]


def pad(source: str, target: str = "padded", value: str = "", **attributes: Any) -> onnx.NodeProto:
    return helper.make_node("Pad", [source, "around", value], [target], **attributes)


def pool(source: str, target: str = "y", **attributes: Any) -> onnx.NodeProto:
    said = {"kernel_shape": (3, 3), "strides": (2, 2), **attributes}
    return helper.make_node("MaxPool", [source], [target], **said)


def conv(source: str, kernel: str, target: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, kernel], [target], kernel_shape=(3, 3), **attributes)


def network(nodes: List[onnx.NodeProto], around: Optional[List[int]] = None) -> onnx.ModelProto:
    """A convolution makes `c` (values of both signs) of `x`; then come the nodes."""
    constants = {
        "k": small_onnx.values(0, C, 3, 3, 3),
        "k2": small_onnx.values(1, C, C, 3, 3),
        "around": np.array(around or AROUND, np.int64),
        "zero": np.array(0, np.float32),
        "one": np.array(1, np.float32),
        "six": np.array(6, np.float32),
        "below": np.array(-2, np.float32),
    }
    first = conv("x", "k", "c", pads=(1, 1, 1, 1))
    return small_onnx.model([first, *nodes], constants, "y")


def relu(source: str = "c", target: str = "r") -> onnx.NodeProto:
    return helper.make_node("Relu", [source], [target])


def folded(model: onnx.ModelProto) -> int:
    """Return how many paddings are gone; the answers must be the very same."""
    expected = agreement.outputs_of(model, small_onnx.tensors())["y"]
    count = padding.fold_paddings(model)
    onnx.checker.check_model(model)
    seen = agreement.outputs_of(model, small_onnx.tensors())["y"]
    np.testing.assert_array_equal(seen, expected)
    assert [node.op_type for node in model.graph.node].count("Pad") == (0 if count else 1)
    return count


def pads_of(model: onnx.ModelProto, output: str) -> Tuple[int, ...]:
    (node,) = [node for node in model.graph.node if output in node.output]
    return tuple(helper.get_node_attr_value(node, "pads"))


@pytest.mark.parametrize(
    "before",
    [
        [relu()],
        [helper.make_node("Clip", ["c", "zero", "six"], ["r"])],
        [helper.make_node("Sigmoid", ["c"], ["r"])],
        [relu(target="a"), helper.make_node("Add", ["a", "six"], ["r"])],
        [relu(target="a"), helper.make_node("AveragePool", ["a"], ["r"], kernel_shape=(2, 2))],
    ],
    ids=["Relu", "Clip from 0", "Sigmoid", "a sum of two", "a mean"],
)
def test_a_pooling_of_what_is_never_negative_takes_the_zeros_on(before: List[Any]) -> None:
    model = network([*before, pad("r"), pool("padded")])
    assert folded(model) == 1
    assert pads_of(model, "y") == (1, 1, 1, 1)


def test_its_own_padding_is_added() -> None:
    model = network([relu(), pad("r"), pool("padded", pads=(1, 0, 0, 1))])
    assert folded(model) == 1
    assert pads_of(model, "y") == (2, 1, 1, 2)


def test_a_convolution_takes_zeros_on_whatever_it_reads() -> None:
    model = network([pad("c"), conv("padded", "k2", "y", strides=(2, 2), pads=(1, 1, 0, 0))])
    assert folded(model) == 1
    assert pads_of(model, "y") == (2, 2, 1, 1)


def test_all_who_read_it_take_it_on_together() -> None:
    nodes = [relu(), pad("r"), pool("padded", "a"), conv("padded", "k2", "b", strides=(2, 2))]
    model = network([*nodes, helper.make_node("Add", ["a", "b"], ["y"])])
    assert folded(model) == 1
    assert (pads_of(model, "a"), pads_of(model, "b")) == ((1, 1, 1, 1), (1, 1, 1, 1))


@pytest.mark.parametrize(
    "nodes",
    [
        [pad("c"), pool("padded")],
        [helper.make_node("Clip", ["c", "below", "six"], ["r"]), pad("r"), pool("padded")],
        [relu(), pad("r", value="one"), pool("padded")],
        [relu(), pad("r", mode="reflect"), pool("padded")],
        [relu(), pad("r"), pool("padded", ceil_mode=1)],
        [relu(), pad("r"), pool("padded", dilations=(2, 2))],
        [relu(), pad("r"), pool("padded", auto_pad="SAME_UPPER")],
        [pad("c"), conv("padded", "k2", "y", auto_pad="SAME_UPPER")],
        [
            *(relu(), pad("r"), pool("padded", "a", strides=(1, 1))),
            helper.make_node("GlobalAveragePool", ["padded"], ["b"]),
            helper.make_node("Add", ["a", "b"], ["y"]),
        ],
    ],
    ids=[
        *("negative values", "Clip from below 0", "ones", "mirrored", "ceil_mode", "dilations"),
        *("pool's padding by size", "convolution's padding by size", "a reader that cannot"),
    ],
)
def test_what_would_change_an_answer_stays(nodes: List[Any]) -> None:
    model = network(nodes)
    before = model.SerializeToString()
    assert folded(model) == 0
    assert model.SerializeToString() == before


@pytest.mark.parametrize(
    "around",
    [[0, 0, 3, 1, 0, 0, 1, 1], [0, 1, 1, 1, 0, 0, 1, 1], [0, 0, -1, 1, 0, 0, 1, 1]],
    ids=["a window of padding alone", "channels", "a crop"],
)
def test_other_paddings_stay(around: List[int]) -> None:
    assert folded(network([relu(), pad("r"), pool("padded")], around)) == 0


def test_an_output_that_is_padded_stays() -> None:
    assert folded(network([relu(), pad("r", "y")])) == 0


def test_the_study_network_pads_no_more_and_answers_the_very_same() -> None:
    choice = Choice(study.INPUT, ("dense_2/Softmax",), (1, 32, 32, 3))
    graph = study.graph_of_study(5, 1, shape=study.TINY)
    part = inference_graph.inference_graph(graph, choice)
    model = convert.onnx_from_graph(part.graph, part.image, part.outputs).model
    pictures = np.random.default_rng(3).uniform(-120, 130, (3, 32, 32, 3)).astype(np.float32)
    expected = agreement.outputs_of(model, pictures)
    assert padding.fold_paddings(model) == 1
    assert "Pad" not in [node.op_type for node in model.graph.node]
    for name, values in agreement.outputs_of(model, pictures).items():
        np.testing.assert_array_equal(values, expected[name])
