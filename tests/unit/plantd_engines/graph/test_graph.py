"""Graphs as TensorRT is given them: constants folded, FP16 written in; ONNX Runtime judges both."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import half_graphs, onnx_bytes

from plantd.errors import GraphError
from plantd_engines.graph import onnx_message as onnx
from plantd_engines.graph.cast_folding import with_casts_folded
from plantd_engines.graph.dequantised_weights import with_weights_widened
from plantd_engines.graph.fp16 import in_half

PICTURE = np.random.RandomState(1).standard_normal(half_graphs.SHAPE).astype(np.float32)


def answer(model: bytes) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (value,) = session.run(None, {session.get_inputs()[0].name: PICTURE})
    return value


def parts(model: bytes):
    graph = onnx.decode(onnx.messages(onnx.decode(model), onnx.MODEL_GRAPH)[0])
    nodes = [onnx.node_of(data) for data in onnx.messages(graph, onnx.GRAPH_NODE)]
    constants = [onnx.decode(data) for data in onnx.messages(graph, onnx.GRAPH_INITIALIZER)]
    return nodes, constants


def test_folding_changes_no_answer_and_leaves_no_cast():
    model = half_graphs.convolution()
    folded = with_casts_folded(model)
    np.testing.assert_array_equal(answer(folded), answer(model))
    nodes, constants = parts(folded)
    assert [node.kind for node in nodes] == ["Conv", "Mul", "Relu"]
    assert {onnx.tensor_type(each) for each in constants} == {onnx.FLOAT}


def test_folding_keeps_a_half_constant_that_something_else_uses():
    extra = onnx.node("Identity", "kernel_half", "other")

    def add(graph):
        return graph + [(onnx.GRAPH_NODE, onnx.LENGTH, extra)]

    _, constants = parts(with_casts_folded(onnx.edited(half_graphs.convolution(), add)))
    assert "kernel_half" in {onnx.text_of(each, onnx.TENSOR_NAME) for each in constants}


def test_a_graph_without_casts_keeps_its_bytes():
    model = onnx_bytes.model(
        [("x", (1, 2))], [("y", (1, 2))], [], [onnx_bytes.node("Relu", ["x"], "y")]
    )
    assert onnx.decode(with_casts_folded(model))[-1] == onnx.decode(model)[1]


@pytest.mark.parametrize("last", ["Relu", "Softmax", "Sigmoid"])
def test_in_half_computes_in_float16_with_float32_outside(last):
    model = with_casts_folded(half_graphs.convolution(last))
    half = in_half(model)
    value = answer(half)
    assert value.dtype == np.float32
    np.testing.assert_allclose(value, answer(model), atol=2e-2)
    _, constants = parts(half)
    assert {onnx.tensor_type(each) for each in constants} == {onnx.FLOAT16}


def test_softmax_is_computed_in_float32():
    nodes, _ = parts(in_half(with_casts_folded(half_graphs.convolution("Softmax"))))
    (softmax,) = [node for node in nodes if node.kind == "Softmax"]
    (before,) = [node for node in nodes if softmax.inputs[0] in node.outputs]
    assert (before.kind, before.ints["to"]) == ("Cast", onnx.FLOAT)


def test_constants_within_nodes_and_casts_to_float32_become_float16_too():
    scale = onnx.tensor("", (1,), np.asarray([0.5], np.float32))
    attribute = onnx.encode(
        [
            onnx.text_field(onnx.ATTRIBUTE_NAME, "value"),
            (onnx.ATTRIBUTE_TENSOR, onnx.LENGTH, scale),
            (onnx.ATTRIBUTE_KIND, onnx.VARINT, 4),
        ]
    )
    constant = onnx.encode(
        [
            onnx.text_field(onnx.NODE_OUTPUT, "scale"),
            onnx.text_field(onnx.NODE_TYPE, "Constant"),
            (onnx.NODE_ATTRIBUTE, onnx.LENGTH, attribute),
        ]
    )
    model = onnx_bytes.model(
        inputs=[("x", half_graphs.SHAPE)],
        outputs=[("y", half_graphs.SHAPE)],
        constants=[],
        nodes=[
            constant,
            onnx.node("Cast", "x", "same", to=onnx.FLOAT),
            onnx_bytes.node("Mul", ["same", "scale"], "y"),
        ],
    )
    np.testing.assert_allclose(answer(in_half(model)), answer(model), atol=2e-3)


def test_a_constant_beyond_float16_is_refused_by_name():
    with pytest.raises(GraphError, match="'factor' reaches 100000; FP16 ends at 65504"):
        in_half(half_graphs.convolution(largest=1e5))


def test_a_graph_with_its_own_quantisation_is_not_halved():
    model = onnx_bytes.model(
        [("x", (1, 2))], [("y", (1, 2))], [], [onnx_bytes.node("QuantizeLinear", ["x", "s"], "y")]
    )
    with pytest.raises(GraphError, match="QuantizeLinear cannot be written in FP16"):
        in_half(model)


WEIGHTS = np.random.RandomState(2).randint(-127, 128, (4, 3, 3, 3)).astype(np.int8)
SCALES = np.array([0.013, 0.5, 1e-4, 0.07], np.float32)


def stored_in_8_bits(scales=SCALES, zero=0, **axis):
    """Return x -> Conv -> y, with weights of INT8 behind a DequantizeLinear."""
    zeros = np.full(np.shape(scales), zero, np.int8)
    return onnx_bytes.model(
        inputs=[("x", half_graphs.SHAPE)],
        outputs=[("y", (1, 4, 6, 6))],
        constants=[("w", WEIGHTS), ("s", np.asarray(scales, np.float32)), ("z", zeros)],
        nodes=[
            onnx_bytes.node("DequantizeLinear", ["w", "s", "z"], "kernel", **axis),
            onnx_bytes.node("Conv", ["x", "kernel"], "y"),
        ],
    )


@pytest.mark.parametrize(("scales", "axis"), [(SCALES, {"axis": 0}), (np.float32(0.02), {})])
def test_widening_gives_weights_that_round_back_to_themselves(scales, axis):
    model = stored_in_8_bits(scales, **axis)
    wide = with_weights_widened(model)
    np.testing.assert_array_equal(answer(wide), answer(model))
    nodes, constants = parts(wide)
    assert [node.kind for node in nodes] == ["QuantizeLinear", "DequantizeLinear", "Conv"]
    assert nodes[0].ints == axis
    by_name = {onnx.text_of(each, onnx.TENSOR_NAME): each for each in constants}
    assert onnx.tensor_type(by_name["w_wide"]) == onnx.FLOAT
    assert "w" not in by_name


def test_weights_that_two_nodes_read_are_widened_once():
    second = onnx_bytes.node("DequantizeLinear", ["w", "s", "z"], "again", axis=0)

    def add(graph):
        return graph + [(onnx.GRAPH_NODE, onnx.LENGTH, second)]

    nodes, _ = parts(with_weights_widened(onnx.edited(stored_in_8_bits(axis=0), add)))
    assert [node.kind for node in nodes].count("QuantizeLinear") == 1
    assert [node.inputs[0] for node in nodes if node.kind == "DequantizeLinear"] == ["w_narrow"] * 2


def test_weights_with_a_zero_point_are_refused():
    with pytest.raises(GraphError, match="the weights 'w' have a zero point"):
        with_weights_widened(stored_in_8_bits(zero=3, axis=0))


def test_weights_whose_scale_is_computed_are_refused():
    model = onnx_bytes.model(
        [("s", (1,))],
        [("y", (4, 3, 3, 3))],
        [("w", WEIGHTS)],
        [onnx_bytes.node("DequantizeLinear", ["w", "s"], "y")],
    )
    with pytest.raises(GraphError, match="the scale of the weights 'w' is not a constant"):
        with_weights_widened(model)


def test_int8_without_raw_bytes_is_read():
    negative = [(1 << 64) - 3, 5]
    fields = [(onnx.TENSOR_TYPE, onnx.VARINT, onnx.INT8)]
    fields += [(onnx.TENSOR_INT32S, onnx.VARINT, value) for value in negative]
    np.testing.assert_array_equal(onnx.array_of(fields), [-3, 5])


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x3a\xff\xff\xff\x7f", b"\x00" * 40])
def test_what_is_no_onnx_is_refused(data):
    with pytest.raises(GraphError, match="is not an ONNX"):
        with_casts_folded(data)


def test_a_file_that_is_cut_short_is_refused():
    with pytest.raises(GraphError, match="cut short"):
        with_casts_folded(half_graphs.convolution()[:-5])


@given(st.binary(max_size=60))
def test_any_bytes_are_read_back_as_they_are_or_refused(data):
    try:
        fields = onnx.decode(data)
    except GraphError:
        return
    assert onnx.decode(onnx.encode(fields)) == fields


def test_float16_without_raw_bytes_is_read():
    bits = np.asarray([1.0, -2.5], np.float16).view(np.uint16).tolist()
    fields = [(onnx.TENSOR_TYPE, onnx.VARINT, onnx.FLOAT16)]
    fields += [(onnx.TENSOR_INT32S, onnx.VARINT, value) for value in bits]
    np.testing.assert_array_equal(onnx.array_of(fields), [1.0, -2.5])


def test_constants_outside_the_file_are_refused():
    fields = [
        (onnx.TENSOR_TYPE, onnx.VARINT, onnx.FLOAT),
        (onnx.TENSOR_LOCATION, onnx.VARINT, 1),
        onnx.text_field(onnx.TENSOR_NAME, "weights"),
    ]
    with pytest.raises(GraphError, match="'weights' lies outside the ONNX file"):
        onnx.array_of(fields)


def _no_text(graph):
    return [
        (number, wire, value.replace(b"kernel", b"kern\xff\xff") if wire == onnx.LENGTH else value)
        for number, wire, value in graph
    ]


def _no_inputs(graph):
    bare = onnx.encode([onnx.text_field(onnx.NODE_TYPE, "Softmax")])
    return [*graph, (onnx.GRAPH_NODE, onnx.LENGTH, bare)]


@pytest.mark.parametrize("damage", [_no_text, _no_inputs])
def test_a_graph_that_is_none_is_refused_in_one_sentence(damage):
    model = onnx.edited(half_graphs.convolution(), damage)
    with pytest.raises(GraphError, match="install the bundle again"):
        in_half(model)
