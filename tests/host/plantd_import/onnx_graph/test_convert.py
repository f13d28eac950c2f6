"""The contract with the real tf2onnx: what comes out is standard, lean, and answers the same."""

from typing import Any, List, Tuple

import numpy as np
import onnx
import pytest
import tensorflow as tf
from host.support import found_graphs

from plantd.errors import GraphError
from plantd_import.onnx_graph import agreement, convert
from plantd_import.tf_graph import inference_graph, reference, study, weight_stubs
from plantd_import.tf_graph.inference_graph import Choice

STUDY = Choice(study.INPUT, ("dense_2/Softmax",), (1, 32, 32, 3))
PICTURES = np.random.default_rng(3).uniform(-120, 120, (3, 32, 32, 3)).astype(np.float32)


def converted(graph: Any, choice: Choice) -> convert.Conversion:
    part = inference_graph.inference_graph(graph, choice)
    return convert.onnx_from_graph(part.graph, part.image, part.outputs)


def ops(model: onnx.ModelProto) -> List[str]:
    return [node.op_type for node in model.graph.node]


def tiny_study(**style: Any) -> Any:
    return study.graph_of_study(5, 1, shape=study.TINY, style=study.Style(**style))


@pytest.mark.parametrize(
    "style",
    [{}, {"v1_ops": True, "phase": "switch"}, {"phase": "if"}, {"batch": 4}],
    ids=["frozen", "2018", "functions", "batch"],
)
def test_the_study_network_answers_as_in_tensorflow(style: dict) -> None:
    graph = tiny_study(**style)
    part = inference_graph.inference_graph(graph, STUDY)
    expected = reference.outputs_of_graph(
        graph, study.INPUT, ("dense_2/Softmax",), PICTURES, part.feeds
    )
    made = convert.onnx_from_graph(part.graph, part.image, part.outputs)
    found = agreement.differences(expected, agreement.outputs_of(made.model, PICTURES))
    agreement.check(found, agreement.CONVERSION, "tf2onnx")
    assert np.ptp(expected["dense_2/Softmax:0"], axis=0).max() > 1e-3


def test_every_style_of_the_study_becomes_the_same_nodes() -> None:
    seen = {
        tuple(ops(converted(tiny_study(**style), STUDY).model))
        for style in ({}, {"v1_ops": True, "phase": "switch"}, {"phase": "if"})
    }
    assert len(seen) == 1
    (only,) = seen
    assert "BatchNormalization" not in only
    assert only.count("Conv") == 9


def test_the_result_is_opset_13_ir_7_and_standard() -> None:
    model = converted(tiny_study(), STUDY).model
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 13)]
    assert model.ir_version == 7
    assert {node.domain for node in model.graph.node} == {""}
    shape = model.graph.input[0].type.tensor_type.shape
    assert [d.dim_value for d in shape.dim] == [1, 32, 32, 3]


def test_the_same_comes_out_whether_weights_pass_the_converter_or_not() -> None:
    beside = converted(tiny_study(), STUDY).model
    part = inference_graph.inference_graph(tiny_study(), STUDY)
    carried = convert.onnx_from_graph(part.graph, part.image, part.outputs, 1 << 40).model
    tolerance = agreement.Tolerance(1e-6, 1e-5)
    agreement.check_models(carried, beside, PICTURES, tolerance)


def test_only_large_float_constants_are_taken_out() -> None:
    graph = found_graphs.graph_of(
        lambda: (
            tf.constant(np.zeros(4096, np.float32), name="large"),
            tf.constant(np.zeros(4096, np.int32), name="numbers"),
            tf.constant(np.zeros(8, np.float32), name="small"),
            tf.fill([64, 64], 0.5, name="filled"),
        )
    )
    weights = weight_stubs.take_out(graph)
    assert list(weights) == ["large:0"]
    assert {n.name: n.op for n in graph.node}["large"] == "Placeholder"


def test_constants_written_as_one_value_are_taken_out_whole() -> None:
    graph = found_graphs.graph_of(lambda: tf.constant(0.5, tf.float32, (64, 64), name="filled"))
    weights = weight_stubs.take_out(graph)
    values = onnx.numpy_helper.to_array(weights["filled:0"])
    np.testing.assert_array_equal(values, np.full((64, 64), 0.5, np.float32))


def test_an_operator_without_counterpart_is_named() -> None:
    def build() -> None:
        x = tf.raw_ops.Betainc(a=found_graphs.picture(), b=0.5, x=0.25, name="incomplete_beta")
        found_graphs.network(x)

    graph = found_graphs.graph_of(build)
    with pytest.raises(GraphError, match=r"not ONNX's: incomplete_beta \(Betainc\)"):
        converted(graph, Choice("picture", ("answer",), found_graphs.SHAPE))


def test_a_batch_that_is_frozen_in_is_refused() -> None:
    graph = found_graphs.frozen_batch(12)
    with pytest.raises(GraphError, match=r"one picture at a time.*dozen.*batch 1"):
        converted(graph, Choice("picture", ("answer",), found_graphs.SHAPE))


def stranger(domain: str, op: str) -> onnx.ModelProto:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node(op, ["a"], ["b"], name="odd", domain=domain)
    ends = [helper.make_tensor_value_info(name, kind, [1]) for name in "ab"]
    imports = [helper.make_opsetid("", 13)]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=imports, ir_version=7)


@pytest.mark.parametrize(("domain", "op"), [("com.microsoft", "Gelu"), ("", "DecodeJpeg")])
def test_an_operator_that_is_not_onnx_is_refused(domain: str, op: str) -> None:
    with pytest.raises(GraphError, match=r"not ONNX's: odd \(.*{}\)".format(op)):
        convert.check_standard(stranger(domain, op))


def versions(opset: int, ir_version: int) -> onnx.ModelProto:
    model = stranger("", "Relu")
    model.opset_import[0].version, model.ir_version = opset, ir_version
    return model


@pytest.mark.parametrize("pair", [(14, 7), (13, 8)])
def test_another_version_is_refused(pair: Tuple[int, int]) -> None:
    convert.check_standard(versions(13, 7))
    with pytest.raises(GraphError, match="expected opset 13 and IR 7"):
        convert.check_standard(versions(*pair))
