"""The part that answers for one picture: choices settled, the rest cut off; TensorFlow judges."""

from typing import Any, Callable, Mapping

import numpy as np
import pytest
from host.support import found_graphs
from host.support.found_graphs import SHAPE, SIDE

from plantd.errors import GraphError
from plantd_import.tf_graph import findings, inference_graph, reference, study
from plantd_import.tf_graph.inference_graph import Choice

PICTURES = np.random.default_rng(5).uniform(-1, 1, (3, SIDE, SIDE, 3)).astype(np.float32)


def settled(graph: Any, image: str = "picture", constants: Mapping[str, object] = {}) -> Any:
    return inference_graph.inference_graph(graph, Choice(image, ("answer",), SHAPE, constants))


def both_answers(graph: Any, image: str = "picture", constants: Mapping[str, object] = {}) -> Any:
    """TensorFlow's answers of the graph as found, and of the part that would be converted."""
    part = settled(graph, image, constants)
    found = reference.outputs_of_graph(graph, image, ("answer",), PICTURES, part.feeds)
    answers = reference.outputs_of_graph(part.graph, part.image, part.outputs, PICTURES, {})
    return next(iter(found.values())), next(iter(answers.values())), part


@pytest.mark.parametrize(
    ("build", "image", "constants"),
    [
        (found_graphs.plain, "picture", {}),
        (found_graphs.constant_default, "picture", {}),
        (found_graphs.constant_default, "picture", {"factor": 2.0}),
        (found_graphs.computed_default, "picture", {}),
        (found_graphs.computed_default, "bottleneck", {}),
        (found_graphs.keep_prob, "picture", {"keep_prob": 1.0}),
        (found_graphs.dropout_of_2017, "picture", {"keep_prob": 1.0}),
        (found_graphs.dropout_of_2019, "picture", {"rate": 0.0}),
        (found_graphs.decoding, "scaled", {}),
        (lambda: found_graphs.fixed_batch(4), "picture", {}),
        (found_graphs.channels_first, "picture", {}),
        (found_graphs.channels_first_input, "picture", {}),
        (found_graphs.channels_first_input, "turned", {}),
    ],
)
def test_the_part_answers_as_the_whole_graph(
    build: Callable[[], Any], image: str, constants: Mapping[str, object]
) -> None:
    whole, part, _ = both_answers(build(), image, constants)
    np.testing.assert_allclose(part, whole, atol=1e-6)
    assert np.ptp(whole, axis=0).max() > 1e-4, "the answers must depend on the picture"


@pytest.mark.parametrize("phase", ["switch", "if"])
@pytest.mark.parametrize("v1_ops", [False, True])
def test_the_learning_phase_is_settled_for_inference(phase: str, v1_ops: bool) -> None:
    style = study.Style(phase=phase, v1_ops=v1_ops)
    graph = study.graph_of_study(3, 1, shape=study.TINY, style=style)
    choice = Choice(study.INPUT, ("dense_2/Softmax",), (1, 32, 32, 3))
    part = inference_graph.inference_graph(graph, choice)
    assert part.feeds == {"keras_learning_phase:0": False}
    assert not {"Switch", "Merge", "If", "StatelessIf"} & {node.op for node in part.graph.node}
    pictures = np.random.default_rng(0).uniform(-100, 100, (2, 32, 32, 3)).astype(np.float32)
    whole = reference.outputs_of_graph(
        graph, study.INPUT, ("dense_2/Softmax",), pictures, part.feeds
    )
    settled_answers = reference.outputs_of_graph(part.graph, part.image, part.outputs, pictures, {})
    np.testing.assert_allclose(*whole.values(), *settled_answers.values(), atol=1e-6)


@pytest.mark.parametrize(
    ("build", "constants"),
    [
        (found_graphs.dropout_of_2017, {"keep_prob": 1.0}),
        (found_graphs.dropout_of_2019, {"rate": 0.0}),
    ],
)
def test_dropout_that_keeps_everything_is_removed(build: Any, constants: Any) -> None:
    part = settled(build(), constants=constants)
    assert findings.training_left(part.graph.node) == ()
    assert any("keeps everything" in note for note in part.notes)


@pytest.mark.parametrize(
    ("build", "constants"),
    [
        (found_graphs.dropout_of_2017, {"keep_prob": 0.5}),
        (found_graphs.dropout_of_2019, {"rate": 0.5}),
    ],
)
def test_dropout_that_drops_is_seen(build: Any, constants: Any) -> None:
    part = settled(build(), constants=constants)
    assert [one.name for one in findings.training_left(part.graph.node)] == ["random"]


def test_what_was_settled_is_told() -> None:
    notes = settled(found_graphs.constant_default()).notes
    assert any("factor keeps its default 0.5" in note for note in notes)
    assert any("is_training set to False" in note for note in notes)
    notes = settled(found_graphs.computed_default()).notes
    assert notes == ("bottleneck passes on what trunk computes, its default",)


def test_what_the_answers_do_not_need_is_cut_off() -> None:
    part = settled(found_graphs.decoding(), "scaled")
    assert not {"DecodeJpeg", "ResizeBilinear"} & {node.op for node in part.graph.node}
    assert sum(node.op == "Placeholder" for node in part.graph.node) == 1


def test_a_placeholder_without_a_value_is_refused_by_name() -> None:
    with pytest.raises(GraphError, match=r"placeholder keep_prob \(float32\).*--set keep_prob="):
        settled(found_graphs.keep_prob())


def test_a_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(GraphError, match=r"--set keep_prob=half: the placeholder is float32"):
        settled(found_graphs.keep_prob(), constants={"keep_prob": "half"})


def test_a_choice_that_depends_on_the_picture_is_refused() -> None:
    with pytest.raises(GraphError, match=r"choice \(.*If\) chooses by bright"):
        settled(found_graphs.choosing_by_picture())


def test_a_size_that_contradicts_the_graph_is_refused() -> None:
    choice = Choice("picture", ("answer",), (1, 16, 16, 3))
    with pytest.raises(GraphError, match=r"8 x 8 x 3 .*; the input spec says 16 x 16 x 3"):
        inference_graph.inference_graph(found_graphs.plain(), choice)


def test_an_unknown_node_is_refused() -> None:
    with pytest.raises(GraphError, match="there is no node image"):
        settled(found_graphs.plain(), "image")


def test_an_output_that_ignores_the_picture_is_refused() -> None:
    graph = found_graphs.two_heads()
    choice = Choice("picture", ("poison_head_kernel",), SHAPE)
    with pytest.raises(GraphError, match="does not depend on picture"):
        inference_graph.inference_graph(graph, choice)


@pytest.mark.parametrize("gamma", [True, False])
def test_an_old_batch_norm_is_a_product_and_a_sum(gamma: bool) -> None:
    choice = Choice("picture", ("norm",), SHAPE)
    part = inference_graph.inference_graph(found_graphs.old_batch_norm(gamma), choice)
    (seen,) = reference.outputs_of_graph(
        part.graph, part.image, part.outputs, PICTURES, {}
    ).values()
    mean, variance, beta, scale = (
        np.float32([value, value / 2, value * 2]) for value in found_graphs.OLD_NORM.values()
    )
    expected = (PICTURES - mean) / np.sqrt(variance + 0.001) * (scale if gamma else 1.0) + beta
    np.testing.assert_allclose(seen, expected.reshape(len(PICTURES), -1), atol=1e-5)
    assert {node.op for node in part.graph.node} >= {"Mul", "Add"}
    assert "norm: batch norm of before 2016, written as product and sum" in part.notes


def test_an_input_of_bytes_is_refused_with_the_floats_behind_it() -> None:
    with pytest.raises(GraphError, match=r"takes uint8; .* such as floats:0"):
        settled(found_graphs.bytes_in(), "pixels")
