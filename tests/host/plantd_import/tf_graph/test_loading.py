"""A file becomes a GraphDef, or is refused in one sentence."""

import tempfile
from pathlib import Path

import onnx
import pytest
import tensorflow as tf
from google.protobuf import text_format
from host.support import found_graphs
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from plantd.errors import GraphError, PlantdError
from plantd_import.importer import steps
from plantd_import.tf_graph import loading, source


def load(path: Path):
    return loading.graph_from_source(source.identify(str(path)))


def test_a_frozen_graph_is_read_in_both_forms(tmp_path: Path) -> None:
    graph = found_graphs.plain()
    (tmp_path / "a.pb").write_bytes(graph.SerializeToString())
    (tmp_path / "a.pbtxt").write_text(text_format.MessageToString(graph))
    assert load(tmp_path / "a.pb") == graph
    assert load(tmp_path / "a.pbtxt") == graph


def test_a_graph_cut_anywhere_is_refused(tmp_path: Path) -> None:
    content = found_graphs.plain().SerializeToString()
    path = tmp_path / "a.pb"
    for size in range(1, len(content) - 60, max(1, len(content) // 40)):
        path.write_bytes(content[:size])
        with pytest.raises(GraphError, match=r"cut off|text file"):
            load(path)


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), which=st.integers(0, 2))
@settings(max_examples=40)
def test_a_graph_with_a_wrong_byte_is_read_or_refused(place: float, byte: int, which: int) -> None:
    builds = (found_graphs.constant_default, found_graphs.two_heads, found_graphs.keep_prob)
    content = bytearray(builds[which]().SerializeToString())
    content[int(place * len(content))] = byte
    with tempfile.NamedTemporaryFile(suffix=".pb") as file:
        file.write(content)
        file.flush()
        refused = None
        try:
            part = steps.HeadGraph(
                "species", source.identify(file.name), "picture", "answer", found_graphs.SHAPE
            )
            steps.convert(part._replace(constants={"keep_prob": 1.0}), file.name)
        except PlantdError as error:
            refused = str(error)
        assert refused is None or file.name in refused


def test_a_graph_that_lost_a_node_names_it(tmp_path: Path) -> None:
    graph = found_graphs.plain()
    lost = next(node for node in graph.node if node.name == "answer_kernel")
    graph.node.remove(lost)
    (tmp_path / "a.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(GraphError, match=r"answer_conv reads answer_kernel, which is not"):
        load(tmp_path / "a.pb")


@pytest.mark.parametrize("op", ["Softmax", "Identity", "GreaterEqual", "SelectV2"])
def test_a_node_that_lost_its_inputs_is_named(tmp_path: Path, op: str) -> None:
    graph = found_graphs.plain()
    graph.node.add(name="bare", op=op, input=["^" + graph.node[0].name])
    (tmp_path / "a.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(GraphError, match=r"bare \(.*\) has 0 inputs, where at least"):
        load(tmp_path / "a.pb")


def test_a_graph_that_goes_in_a_circle_is_refused(tmp_path: Path) -> None:
    graph = found_graphs.plain()
    graph.node.add(name="there", op="Identity", input=["back"])
    graph.node.add(name="back", op="Identity", input=["there:0"])
    (tmp_path / "a.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(GraphError, match=r"goes in a circle by (there|back)"):
        load(tmp_path / "a.pb")


def test_a_loop_that_tensorflow_writes_is_taken(tmp_path: Path) -> None:
    graph = found_graphs.plain()
    first = graph.node[0].name
    graph.node.add(name="merge", op="Merge", input=[first, "next"])
    graph.node.add(name="next", op="NextIteration", input=["merge"])
    (tmp_path / "a.pb").write_bytes(graph.SerializeToString())
    load(tmp_path / "a.pb")


def test_broken_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pbtxt").write_text('node {\n  name: "picture"\n  op: \n')
    with pytest.raises(GraphError, match="text format and is not one"):
        load(tmp_path / "a.pbtxt")


def saved_model() -> bytes:
    message = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    message.meta_graphs.add().graph_def.CopyFrom(found_graphs.plain())
    return message.SerializeToString()


def meta_graph() -> bytes:
    message = meta_graph_pb2.MetaGraphDef(graph_def=found_graphs.plain())
    message.meta_info_def.tensorflow_version = tf.__version__
    return message.SerializeToString()


def onnx_model() -> bytes:
    node = onnx.helper.make_node("Relu", ["a"], ["b"])
    ends = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1]) for n in "ab"]
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:])
    return onnx.helper.make_model(graph).SerializeToString()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (saved_model, "graph of a SavedModel; name its folder"),
        (meta_graph, "MetaGraph"),
        (onnx_model, "ONNX model already"),
        (lambda: bytes(range(256)) * 4, "not a TensorFlow graph or is cut off"),
    ],
)
def test_another_format_is_called_by_its_name(tmp_path: Path, content, words: str) -> None:
    path = tmp_path / "renamed.pb"
    path.write_bytes(content())
    with pytest.raises(GraphError, match=words):
        load(path)
