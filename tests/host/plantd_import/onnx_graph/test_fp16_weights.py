"""Weights in half precision: half the file, the same arithmetic, and a proof that can fail."""

import numpy as np
import onnx
import pytest
from host.support import small_onnx
from onnx import TensorProto

from plantd.errors import GraphError
from plantd_import.onnx_graph import agreement, fp16_weights


def test_large_weights_are_halved_and_cast_back() -> None:
    model = small_onnx.classifier(1, 20, 5)
    stored = fp16_weights.store_weights_fp16(model, from_values=64)
    onnx.checker.check_model(stored)
    types = {tensor.name: tensor.data_type for tensor in stored.graph.initializer}
    assert types["k1_fp16"] == TensorProto.FLOAT16
    assert types["k2"] == TensorProto.FLOAT, "small tensors are left alone"
    casts = [node for node in stored.graph.node if node.op_type == "Cast"]
    assert [list(node.output) for node in casts] == [["k1"]]
    found = agreement.check_models(model, stored, small_onnx.tensors())
    assert 0.0 < found[0].largest < 5e-3


def test_the_model_given_is_not_changed() -> None:
    model = small_onnx.classifier(1, 20, 5)
    before = model.SerializeToString()
    fp16_weights.store_weights_fp16(model, from_values=1)
    assert model.SerializeToString() == before


def test_what_half_precision_cannot_hold_stays_single() -> None:
    model = small_onnx.classifier(1, 20, 5)
    big = small_onnx.values(0, small_onnx.CHANNELS, 3, 3, 3)
    big[0, 0, 0, 0] = 1e6
    model.graph.initializer[0].raw_data = big.tobytes()
    stored = fp16_weights.store_weights_fp16(model, from_values=64)
    assert [t.name for t in stored.graph.initializer if t.data_type == TensorProto.FLOAT16] == []
    agreement.check_models(model, stored, small_onnx.tensors(), agreement.Tolerance(0.0, 0.0))


def test_another_network_does_not_pass_for_the_same() -> None:
    with pytest.raises(GraphError, match=r"y differs by .* expected at most"):
        agreement.check_models(
            small_onnx.classifier(1, 20, 5), small_onnx.classifier(1, 21, 5), small_onnx.tensors()
        )


def test_nan_never_agrees() -> None:
    expected = {"y": np.ones((2, 3), np.float32)}
    seen = {"y": np.array([[1, 1, 1], [1, np.nan, 1]], np.float32)}
    found = agreement.differences(expected, seen)
    with pytest.raises(GraphError, match="y differs by nan"):
        agreement.check(found, agreement.CONVERSION, "a graph")


def test_another_size_is_refused() -> None:
    with pytest.raises(GraphError, match="y has shape"):
        agreement.differences({"y": np.ones((1, 3))}, {"y": np.ones((1, 2))})


def test_best_answers_are_compared() -> None:
    expected = np.eye(3, 7, dtype=np.float32) + np.linspace(0, 0.3, 7, dtype=np.float32)
    swapped = expected.copy()
    swapped[0, [0, 6]] = swapped[0, [6, 0]]
    (found,) = agreement.differences({"y": expected}, {"y": swapped})
    assert found.same_best == pytest.approx(2 / 3)
    assert found.same_five == pytest.approx(2 / 3)


def test_a_file_that_is_no_graph_is_refused() -> None:
    with pytest.raises(GraphError, match="ONNX Runtime cannot load"):
        agreement.session_of(b"not a graph")
