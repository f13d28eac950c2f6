"""The engines' contract over onnxruntime, the fake, and tensorrt on its stand-in.

The stand-in plays every generation of TensorRT (support/gpu_stack); a real one is tested by
`make device-test`.
"""

import pytest
from support import gpu, plans, tiny_bundle
from support.engine_contract import EngineContract

from plantd import bundle
from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine.registry import engine_from_config

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
