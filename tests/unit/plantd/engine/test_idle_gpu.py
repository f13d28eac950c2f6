"""A GPU that nobody uses is said."""

import pytest
from support import gpu

from plantd.config import EngineConfig
from plantd.engine.idle_gpu import idle_gpu


def test_without_a_gpu_nothing_is_said() -> None:
    assert idle_gpu(EngineConfig(), l4t=False) == ""


def test_a_backend_that_uses_it_leaves_nothing_to_say() -> None:
    assert idle_gpu(EngineConfig(backend="tensorrt"), l4t=True) == ""


def test_on_a_jetson_without_tensorrt_what_installs_it_is_said() -> None:
    text = idle_gpu(EngineConfig(), l4t=True)
    assert text.startswith("GPU idle: backend onnxruntime; tensorrt is missing: ")
    assert text.endswith("sudo apt-get install python3-libnvinfer")


def test_where_all_is_there_the_configuration_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(gpu.STACK)
    assert idle_gpu(EngineConfig(), l4t=False) == (
        "GPU idle: backend onnxruntime; set engine.backend to tensorrt, then make engine"
    )
