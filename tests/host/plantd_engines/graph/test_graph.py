"""What plantd_engines makes of the default graph, judged by the onnx package (no device has it)."""

import numpy as np
import onnx
import onnxruntime
import pytest
from support.checkout import TOP

from plantd_engines.graph.cast_folding import with_casts_folded
from plantd_engines.graph.fp16 import in_half

PLANTS70 = TOP / "engines/bundles/plants70"
ALLOWED = 2e-2


def answers(model: bytes, picture: np.ndarray) -> list:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["poison", "species"], {session.get_inputs()[0].name: picture})


def probabilities(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max())
    return powers / powers.sum()


@pytest.fixture(scope="module")
def model() -> bytes:
    return (PLANTS70 / "model.onnx").read_bytes()


@pytest.fixture
def picture(model) -> np.ndarray:
    graph = onnx.load_model_from_string(model).graph
    shape = [size.dim_value or 1 for size in graph.input[0].type.tensor_type.shape.dim]
    return np.random.RandomState(3).uniform(-1, 1, shape).astype(np.float32)


def test_folding_gives_a_valid_graph_with_the_same_answers(model, picture):
    folded = with_casts_folded(model)
    onnx.checker.check_model(onnx.load_model_from_string(folded), full_check=True)
    for seen, expected in zip(answers(folded, picture), answers(model, picture)):
        np.testing.assert_array_equal(seen, expected)


def test_halving_gives_a_valid_graph_with_the_same_answers_but_for_rounding(model, picture):
    half = in_half(with_casts_folded(model))
    onnx.checker.check_model(onnx.load_model_from_string(half), full_check=True)
    for seen, expected in zip(answers(half, picture), answers(model, picture)):
        difference = np.abs(probabilities(seen) - probabilities(expected))
        assert difference.max() <= ALLOWED


def test_a_halved_graph_holds_no_float32_constant(model):
    half = onnx.load_model_from_string(in_half(with_casts_folded(model)))
    kinds = {each.data_type for each in half.graph.initializer}
    assert onnx.TensorProto.FLOAT not in kinds
    assert onnx.TensorProto.FLOAT16 in kinds
