"""What every engine does, whatever runs it: one suite for ordinary tests and for a real device.

A class that inherits has the fixtures `model` (a loaded support.tiny_bundle) and `engine` (of that
model, not opened).
"""

import numpy as np
import pytest

from plantd.engine.self_test import self_test
from plantd.errors import EngineError
from plantd.tensor import to_tensor
from support import tiny_bundle

BACKENDS = ("onnxruntime", "tensorrt", "fake")


class EngineContract:
    backends = BACKENDS

    def test_golden_outputs_are_reproduced(self, engine, model):
        with engine:
            self_test(model, engine)
            outputs = engine.infer(model.golden.tensors[:1])
        np.testing.assert_allclose(outputs.poison, model.golden.poison[0], atol=1e-4)
        np.testing.assert_allclose(outputs.species, model.golden.species[0], atol=1e-4)

    def test_outputs_are_flat_float32_of_the_declared_sizes(self, engine, model):
        tensor = to_tensor(tiny_bundle.flat(tiny_bundle.GREY), model.manifest.input)
        with engine:
            outputs = engine.infer(tensor)
        assert outputs.poison.shape == (2,)
        assert outputs.species.shape == (5,)
        assert outputs.poison.dtype == outputs.species.dtype == np.float32

    def test_same_tensor_same_outputs(self, engine, model):
        tensor = to_tensor(tiny_bundle.flat(tiny_bundle.GREY), model.manifest.input)
        with engine:
            first, second = engine.infer(tensor), engine.infer(tensor)
        np.testing.assert_array_equal(first.species, second.species)

    def test_outputs_stay_when_the_next_picture_comes(self, engine, model):
        with engine:
            first = engine.infer(model.golden.tensors[:1])
            kept = first.species.copy()
            engine.infer(model.golden.tensors[1:2])
        np.testing.assert_array_equal(first.species, kept)

    @pytest.mark.parametrize("shape", [(1, 31, 32, 3), (2, 32, 32, 3), (32, 32, 3)])
    def test_wrong_shape_is_refused_by_name(self, engine, shape):
        with engine, pytest.raises(EngineError, match=r"expected \(1, 32, 32, 3\) float32"):
            engine.infer(np.zeros(shape, np.float32))

    def test_wrong_type_is_refused(self, engine):
        with engine, pytest.raises(EngineError, match="float64"):
            engine.infer(np.zeros(tiny_bundle.INPUT.shape, np.float64))

    def test_infer_before_open_says_so(self, engine):
        with pytest.raises(EngineError, match="not open"):
            engine.infer(np.zeros(tiny_bundle.INPUT.shape, np.float32))

    def test_infer_after_close_says_so(self, engine):
        with engine:
            pass
        with pytest.raises(EngineError, match="not open"):
            engine.infer(np.zeros(tiny_bundle.INPUT.shape, np.float32))

    def test_close_twice_is_harmless(self, engine):
        engine.open()
        engine.close()
        engine.close()

    def test_can_be_opened_again_after_close(self, engine, model):
        with engine:
            pass
        with engine:
            self_test(model, engine)

    def test_info_names_backend_precision_and_artefact(self, engine):
        info = engine.info
        assert info.backend in self.backends
        assert info.precision == "fp32"
        assert info.version
        assert info.plan.startswith("sha256:") or info.backend == "fake"

    def test_outputs_of_other_sizes_than_declared_are_refused(self, engine):
        with engine:
            engine.output_sizes = (2, 6)
            with pytest.raises(EngineError, match="rebuild the engine"):
                engine.infer(np.zeros(tiny_bundle.INPUT.shape, np.float32))
