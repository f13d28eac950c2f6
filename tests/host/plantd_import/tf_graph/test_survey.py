"""What inspect sees in a graph: ends, counts, and what is in the way, at which node."""

from typing import Any, Callable

import pytest
from host.support import found_graphs

from plantd_import.tf_graph import findings, survey


def test_input_and_output_of_a_plain_graph_are_found() -> None:
    seen = survey.survey(found_graphs.plain())
    assert [(one.name, one.shape) for one in seen.inputs] == [("picture:0", (None, 8, 8, 3))]
    answer = seen.outputs[0]
    assert (answer.name, answer.kind, answer.shape) == ("answer:0", "softmax", (None, 3))
    assert answer.before == "Mean:0"
    assert seen.findings == ()


def test_nodes_operators_and_weights_are_counted() -> None:
    graph = found_graphs.plain()
    seen = survey.survey(graph)
    assert seen.nodes == len(graph.node) == sum(count for _, count in seen.ops)
    assert dict(seen.ops)["Conv2D"] == 1
    assert seen.weights == 3 * 3 * 3 * found_graphs.SPECIES


def test_every_output_is_a_candidate() -> None:
    seen = survey.survey(found_graphs.two_heads())
    assert [one.name for one in seen.outputs] == ["poison_head:0", "species_head:0"]


def test_the_probabilities_behind_an_argmax_are_the_output() -> None:
    seen = survey.survey(found_graphs.with_labels())
    assert [one.name for one in seen.outputs] == ["answer:0"]


def test_behind_a_decoder_the_float_pictures_are_the_candidates() -> None:
    seen = survey.survey(found_graphs.decoding())
    names = [one.name for one in seen.inputs]
    assert names[-1] == "scaled:0"
    assert "resized/ResizeBilinear:0" in names or "resized:0" in names


def test_behind_bytes_the_float_picture_is_the_candidate() -> None:
    seen = survey.survey(found_graphs.bytes_in())
    assert [(one.name, one.op) for one in seen.inputs] == [("floats:0", "Cast")]


REFUSED = [
    (found_graphs.unfrozen, "variables", "kernel, VariableV2", "freeze"),
    (found_graphs.quantised, "quantised", "weights, Dequantize", "float graph"),
    (found_graphs.fake_quantised, "fake_quantisation", "act_quant, FakeQuant", "float graph"),
    (found_graphs.decoding, "image_decoding", "DecodeJpeg, DecodeJpeg", "--poison-input"),
    (found_graphs.custom_operator, "custom_operator", "special, TheirOwnActivation", "without it"),
    (found_graphs.looping, "loop", "while", "without it"),
    (found_graphs.always_dropping, "random", "RandomUniform", "for inference"),
    (found_graphs.batch_statistics, "batch_statistics", "FusedBatchNorm", "for inference"),
    (found_graphs.tensorrt_engine, "tensorrt_engine", "engine, TRTEngineOp", "made from"),
    (lambda: found_graphs.sigmoids(3), "sigmoids", "answer:0", "one softmax"),
]


@pytest.mark.parametrize(("build", "name", "node", "cure"), REFUSED)
def test_what_is_in_the_way_is_named_with_node_and_cure(
    build: Callable[[], Any], name: str, node: str, cure: str
) -> None:
    refusals = survey.survey(build()).refusals
    found = {one.name: one for one in refusals}
    assert name in found
    assert node in found[name].node
    assert cure in found[name].cure
    assert found[name].node in str(found[name])


@pytest.mark.parametrize(
    "build", [found_graphs.dropout_of_2017, found_graphs.dropout_of_2019, found_graphs.keep_prob]
)
def test_dropout_that_a_value_switches_off_is_not_refused(build: Callable[[], Any]) -> None:
    assert survey.survey(build()).refusals == ()


def test_a_value_that_has_to_be_given_is_told() -> None:
    (found,) = survey.survey(found_graphs.keep_prob()).findings
    assert (found.name, found.refuses) == ("value", False)
    assert "keep_prob, Placeholder" in str(found)
    assert "--set keep_prob=VALUE" in str(found)


@pytest.mark.parametrize("build", [found_graphs.decoding, found_graphs.bytes_in])
def test_a_picture_as_bytes_is_no_value_to_be_given(build: Callable[[], Any]) -> None:
    assert "value" not in [one.name for one in survey.survey(build()).findings]


def test_a_picture_as_bytes_has_its_float_picture_named() -> None:
    (found,) = survey.survey(found_graphs.bytes_in()).findings
    assert (found.name, found.refuses) == ("not_floats", False)
    assert "takes its picture as uint8 (pixels, Placeholder)" in str(found)
    assert "--poison-input floats:0" in str(found)


def test_a_picture_that_goes_in_channel_by_channel_is_a_candidate_and_told() -> None:
    seen = survey.survey(found_graphs.channels_first_input())
    assert [(one.name, one.shape) for one in seen.inputs] == [("picture:0", (None, 3, 8, 8))]
    (found,) = seen.findings
    assert (found.name, found.refuses) == ("channels_first", False)
    assert "a Transpose is put before it" in str(found)


def test_one_sigmoid_is_no_refusal_and_has_no_logits_to_be_named() -> None:
    seen = survey.survey(found_graphs.sigmoids(1))
    assert seen.refusals == ()
    assert [(one.kind, one.before) for one in seen.outputs] == [("sigmoid", "")]


def test_settled_choices_are_notes_and_no_refusals() -> None:
    seen = survey.survey(found_graphs.constant_default())
    assert seen.refusals == ()
    assert {one.name for one in seen.findings} == {"choices", "learning_phase", "default"}


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (found_graphs.always_dropping, "random"),
        (found_graphs.batch_statistics, "batch_statistics"),
    ],
)
def test_a_graph_exported_for_training_is_recognised(build: Callable[[], Any], name: str) -> None:
    (found,) = findings.training_left(build().node)
    assert (found.name, found.refuses) == (name, True)


def test_scaling_inside_the_graph_is_told() -> None:
    graph = found_graphs.graph_of(
        lambda: found_graphs.network((found_graphs.picture() - 127.5) * (1 / 127.5))
    )
    note = findings.arithmetic_before_network(graph.node, "picture")
    assert note is not None
    assert "Sub" in note
    assert "Mul" in note
    assert findings.arithmetic_before_network(found_graphs.plain().node, "picture") is None
