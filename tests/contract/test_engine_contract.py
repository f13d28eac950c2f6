"""The engines' contract over onnxruntime, the fake, and tensorrt on its stand-in.

The stand-in plays every generation of TensorRT (support/gpu_stack); a real one is tested by
`make device-test`.
"""

import numpy as np
import pytest
from support import gpu, plans, tiny_bundle
from support.engine_contract import EngineContract

from plantd import bundle
from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine.gpu_engine import TensorRtEngine
from plantd.engine.registry import engine_from_config
from plantd.errors import EngineError

TENSORRT = ["tensorrt " + version for version in gpu.VERSIONS] + ["tensorrt 8.2 zero_copy"]


@pytest.fixture
def model(tmp_path) -> Bundle:
    return bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))


@pytest.fixture(params=["onnxruntime", "fake"] + TENSORRT)
def engine(request, model, tmp_path, monkeypatch):
    backend, _, rest = request.param.partition(" ")
    config = EngineConfig(backend=backend, threads=1, precision="fp32")
    if backend != "tensorrt":
        yield engine_from_config(config, model)
        return
    version, _, zero_copy = rest.partition(" ")
    stack = gpu.stand_in(monkeypatch, version)
    plans.build(stack, model, str(tmp_path / "engines"))
    made = engine_from_config(
        config._replace(zero_copy=bool(zero_copy)), model, str(tmp_path / "engines")
    )
    yield made
    stack.assert_nothing_left()


class TestEngine(EngineContract):
    pass


@pytest.fixture
def showing(tmp_path) -> Bundle:
    return bundle.load(tiny_bundle.show_activation(tiny_bundle.make(str(tmp_path / "showing"))))


@pytest.fixture(params=["onnxruntime"] + TENSORRT[:-1])
def shows(request, showing, tmp_path, monkeypatch):
    """An engine of a bundle that declares the class activation."""
    backend, _, version = request.param.partition(" ")
    config = EngineConfig(backend=backend, threads=1, precision="fp32")
    if backend == "tensorrt":
        stack = gpu.stand_in(monkeypatch, version)
        plans.build(stack, showing, str(tmp_path / "engines"))
    yield engine_from_config(config, showing, str(tmp_path / "engines"))
    if backend == "tensorrt":
        stack.assert_nothing_left()


def test_a_label_s_map_has_its_logit_for_a_mean(shows, showing):
    with shows:
        outputs = shows.infer(showing.golden.tensors[:1])
    assert shows.gives_activation
    assert outputs.activation.shape == (32, 32, 5)
    assert outputs.activation.dtype == np.float32
    np.testing.assert_allclose(outputs.activation.mean(axis=(0, 1)), outputs.species, atol=1e-3)


def test_maps_stay_when_the_next_picture_comes(shows, showing):
    with shows:
        first = shows.infer(showing.golden.tensors[:1])
        kept = first.activation.copy()
        shows.infer(showing.golden.tensors[1:2])
    np.testing.assert_array_equal(first.activation, kept)


def test_a_plan_without_maps_answers_without_them(model, tmp_path, monkeypatch):
    """It was built from the same bundle's graph before that had any."""
    stack = gpu.stand_in(monkeypatch, "8.2")
    plan = plans.build(stack, model, str(tmp_path / "engines"))
    declares = model._replace(manifest=model.manifest._replace(activation=tiny_bundle.ACTIVATION))
    engine = TensorRtEngine(declares, plan, str(tmp_path / "engines"), stack.tensorrt, stack.cuda)
    with engine:
        outputs = engine.infer(model.golden.tensors[:1])
    assert not engine.gives_activation
    assert outputs.activation is None
    assert outputs.species.shape == (5,)


def test_the_fake_gives_no_maps(showing):
    with engine_from_config(EngineConfig(backend="fake"), showing) as engine:
        assert engine.infer(showing.golden.tensors[:1]).activation is None
        assert not engine.gives_activation


def test_maps_of_another_shape_than_the_manifest_s_are_refused(showing):
    other = showing.manifest._replace(activation=tiny_bundle.ACTIVATION._replace(rows=7))
    engine = engine_from_config(
        EngineConfig(backend="onnxruntime", threads=1), showing._replace(manifest=other)
    )
    with engine, pytest.raises(
        EngineError, match=r"\(32, 32, 5\); the bundle declares \(7, 32, 5\)"
    ):
        engine.infer(showing.golden.tensors[:1])
