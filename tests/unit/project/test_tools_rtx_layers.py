"""What a builder tells of its layers is read, and a convolution that is none in INT8 is seen."""

import pytest
import rtx_layers
from support import onnx_bytes

LAYER = (
    "Name: {name}_myl0_3, LayerType: correlation, Inputs: [ {{ Name: x, Dimensions: [1,4,8,8], "
    "Strides: [256,1,32,4], StrideOrder: [3,0,2,1], Datatype: {taken}, Format: (NHWC) Channel "
    "major format }}], Constants: [ {{ Name: w, Dimensions: [8,4,3,3], Datatype: {weights}, "
    "Format: (NHWC) }}, {{ Name: scale, Dimensions: [1,8,1,1], Datatype: Float, Format: (NHWC) "
    "}}], Outputs: [ {{ Name: y, Dimensions: [1,8,8,8], Datatype: Float, Format: (NHWC) }}], "
    "TacticName: some, StreamId: 1, Metadata: [ONNX Layer: {name}][ONNX Layer: {name}_scale]"
)


def told(name="first", taken="Int8", weights="Int8"):
    return LAYER.format(name=name, taken=taken, weights=weights)


def named(kind, inputs, output, name):
    return onnx_bytes.node(kind, inputs, output) + b"\x1a" + bytes([len(name)]) + name.encode()


def graph(second_is_quantised=True):
    node = onnx_bytes.node
    weights = "w2_again" if second_is_quantised else "w2"
    return onnx_bytes.model(
        inputs=[("x", (1, 4, 8, 8))],
        outputs=[("y", (1, 8, 8, 8))],
        constants=[],
        nodes=[
            node("QuantizeLinear", ["x", "s"], "x8"),
            node("DequantizeLinear", ["x8", "s"], "x_again"),
            node("DequantizeLinear", ["w", "s"], "w_again"),
            named("Conv", ["x_again", "w_again", "bias"], "h", "first"),
            node("QuantizeLinear", ["h", "s"], "h8"),
            node("DequantizeLinear", ["h8", "s"], "h_again"),
            node("DequantizeLinear", ["w2", "s"], "w2_again"),
            named("Conv", ["h_again", weights], "y", "second"),
        ],
    )


def test_convolutions_between_q_and_dq_are_asked_for():
    assert rtx_layers.quantised_convolutions(graph()) == {"first", "second"}
    assert rtx_layers.quantised_convolutions(graph(second_is_quantised=False)) == {"first"}


def test_a_layer_of_int8_inputs_and_weights_is_kept():
    kept = rtx_layers.kept_in_int8(graph(), ["Engine Layer Information:", told(), told("second")])
    assert kept.in_int8 == kept.asked == {"first", "second"}


@pytest.mark.parametrize("changed", [{"taken": "Float"}, {"weights": "Float"}, {"taken": "Half"}])
def test_a_layer_of_other_types_is_not_kept(changed):
    kept = rtx_layers.kept_in_int8(graph(), [told(**changed), told("second")])
    assert kept.asked - kept.in_int8 == {"first"}


def test_a_builder_that_tells_nothing_keeps_nothing():
    assert rtx_layers.kept_in_int8(graph(), ["[W] nothing about layers"]).in_int8 == set()
