"""Two graphs, one input, two outputs: what is shared is computed once, what is answered stays."""

from typing import List

import numpy as np
import onnx
import pytest
from host.support import small_onnx
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from plantd.errors import GraphError
from plantd.tensor import InputSpec
from plantd_import.onnx_graph import agreement, common_subexpressions, merge

SPEC = InputSpec(
    "input", 32, 32, "NHWC", "RGB", "stretch", "area", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
)


def ops(model: onnx.ModelProto) -> List[str]:
    return [node.op_type for node in model.graph.node]


def merged_and_checked(poison: onnx.ModelProto, species: onnx.ModelProto) -> onnx.ModelProto:
    copies = [onnx.ModelProto.FromString(m.SerializeToString()) for m in (poison, species)]
    both = merge.merged(*copies, used_up=True)
    assert both == merge.merged(poison, species), "the models given are as they were"
    answers = agreement.outputs_of(both, small_onnx.tensors())
    for name, separate in ((merge.POISON, poison), (merge.SPECIES, species)):
        expected = agreement.outputs_of(separate, small_onnx.tensors())["y"]
        np.testing.assert_array_equal(answers[name], expected)
    return both


def test_one_trunk_becomes_one() -> None:
    poison = small_onnx.classifier(trunk_seed=1, head_seed=20, labels=2)
    species = small_onnx.classifier(trunk_seed=1, head_seed=30, labels=5)
    both = merged_and_checked(poison, species)
    assert ops(both) == ["Conv", "Relu", "Conv", "ReduceMean", "MatMul", "MatMul"]
    assert len(both.graph.initializer) == 4


def test_a_shared_beginning_becomes_one() -> None:
    poison = small_onnx.classifier(1, 20, 2, own_layer=True)
    species = small_onnx.classifier(1, 30, 5, own_layer=True)
    both = merged_and_checked(poison, species)
    assert ops(both).count("Conv") == 3
    assert ops(both).count("Relu") == 1


def test_networks_that_share_nothing_stay_whole() -> None:
    poison, species = small_onnx.classifier(1, 20, 2), small_onnx.classifier(2, 30, 5)
    both = merged_and_checked(poison, species)
    assert len(both.graph.node) == len(poison.graph.node) + len(species.graph.node)


def test_the_very_same_network_twice_keeps_two_outputs() -> None:
    twice = small_onnx.classifier(1, 20, 2)
    both = merged_and_checked(twice, twice)
    assert [output.name for output in both.graph.output] == ["poison", "species"]
    assert len(both.graph.node) == len(twice.graph.node) + 1


@given(
    trunks=st.tuples(st.integers(0, 1), st.integers(0, 1)),
    heads=st.tuples(st.integers(10, 11), st.integers(10, 11)),
    own=st.tuples(st.booleans(), st.booleans()),
)
def test_the_merged_graph_answers_exactly_as_the_two(trunks, heads, own) -> None:
    poison = small_onnx.classifier(trunks[0], heads[0], 2, own[0])
    species = small_onnx.classifier(trunks[1], heads[1], 2, own[1])
    both = merged_and_checked(poison, species)
    assert len(both.graph.node) <= len(poison.graph.node) + len(species.graph.node)


def test_one_input_and_one_opset_are_left() -> None:
    both = merge.merged(small_onnx.classifier(1, 20, 2), small_onnx.classifier(1, 30, 5))
    assert [value.name for value in both.graph.input] == ["input"]
    assert [(o.domain, o.version) for o in both.opset_import] == [("", 13)]
    assert both.ir_version == 7


def test_another_input_shape_is_refused() -> None:
    species = small_onnx.classifier(1, 30, 5)
    species.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 7
    with pytest.raises(GraphError, match=r"input is .*6, 6.* the species graph's .*7, 6"):
        merge.merged(small_onnx.classifier(1, 20, 2), species)


def test_another_opset_is_refused() -> None:
    species = small_onnx.classifier(1, 30, 5)
    species.opset_import[0].version = 12
    with pytest.raises(GraphError, match=r"opset is .*13.*12"):
        merge.merged(small_onnx.classifier(1, 20, 2), species)


def test_a_graph_with_two_outputs_is_refused() -> None:
    species = small_onnx.classifier(1, 30, 5)
    species.graph.output.add().CopyFrom(helper.make_tensor_value_info("m", 1, None))
    with pytest.raises(GraphError, match=r"species graph has 1 inputs and 2 outputs"):
        merge.merged(small_onnx.classifier(1, 20, 2), species)


def test_another_preprocessing_is_refused_with_what_differs() -> None:
    merge.check_same_preprocessing(SPEC, SPEC._replace(name="other"))
    other = SPEC._replace(colour="BGR", mean=(103.9, 116.8, 123.7))
    with pytest.raises(GraphError, match=r"colour is RGB and BGR, mean is \(0.0.*103\.9"):
        merge.check_same_preprocessing(SPEC, other)


def test_constant_nodes_count_as_weights() -> None:
    one = helper.make_tensor("anything", onnx.TensorProto.FLOAT, [1], [2.0])
    two = helper.make_tensor("other", onnx.TensorProto.FLOAT, [1], [2.0])
    nodes = [
        helper.make_node("Constant", [], ["a"], value=one),
        helper.make_node("Constant", [], ["b"], value=two),
        helper.make_node("Mul", ["x", "a"], ["p"]),
        helper.make_node("Mul", ["x", "b"], ["q"]),
        helper.make_node("Add", ["p", "q"], ["y"]),
    ]
    model = small_onnx.model(nodes, {}, "y")
    lean = common_subexpressions.without_duplicates(model)
    assert ops(lean) == ["Mul", "Add"]
    agreement.check_models(model, lean, small_onnx.tensors(), agreement.Tolerance(0.0, 0.0))


def test_two_draws_of_random_numbers_stay_two() -> None:
    nodes = [
        helper.make_node("RandomNormalLike", ["x"], ["p"]),
        helper.make_node("RandomNormalLike", ["x"], ["q"]),
        helper.make_node("Sub", ["p", "q"], ["y"]),
    ]
    lean = common_subexpressions.without_duplicates(small_onnx.model(nodes, {}, "y"))
    assert ops(lean).count("RandomNormalLike") == 2


def test_attributes_tell_nodes_apart() -> None:
    nodes = [
        helper.make_node("LeakyRelu", ["x"], ["p"], alpha=0.1),
        helper.make_node("LeakyRelu", ["x"], ["q"], alpha=0.2),
        helper.make_node("Sub", ["p", "q"], ["y"]),
    ]
    lean = common_subexpressions.without_duplicates(small_onnx.model(nodes, {}, "y"))
    assert ops(lean).count("LeakyRelu") == 2


def test_a_branch_reads_the_name_that_is_kept() -> None:
    def branch(name: str) -> onnx.GraphProto:
        inner = helper.make_node("Add", ["q", name], [name + "_out"])
        out = helper.make_tensor_value_info(name + "_out", onnx.TensorProto.FLOAT, None)
        return helper.make_graph([inner], name, [], [out])

    nodes = [
        helper.make_node("Relu", ["x"], ["p"]),
        helper.make_node("Relu", ["x"], ["q"]),
        helper.make_node("If", ["yes"], ["y"], then_branch=branch("p"), else_branch=branch("x")),
    ]
    model = small_onnx.model(nodes, {"yes": np.array(True)}, "y")
    lean = common_subexpressions.without_duplicates(model)
    onnx.checker.check_model(lean)
    assert ops(lean) == ["Relu", "If"]
    agreement.check_models(model, lean, small_onnx.tensors(), agreement.Tolerance(0.0, 0.0))
