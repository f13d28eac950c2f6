"""The tensorrt backend where things go wrong: faults, memory, threads, plans that do not fit."""

import os
import sys
import threading

import numpy as np
import pytest
from support import gpu, onnx_bytes, plans, tiny_bundle

from plantd import bundle
from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine.machine import l4t_release
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import EngineError, PlanError
from plantd.inference import loader

CONFIG = EngineConfig(backend="tensorrt", precision="fp32")
BOTH_GENERATIONS = pytest.mark.parametrize("version", ["8.2", "11.4"])


@pytest.fixture
def model(tmp_path) -> Bundle:
    return bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))


@pytest.fixture
def engines(tmp_path) -> str:
    return str(tmp_path / "engines")


def ready(patch, version, model, engines):
    stack = gpu.stand_in(patch, version)
    plans.build(stack, model, engines)
    return stack, engine_from_config(CONFIG, model, engines)


@BOTH_GENERATIONS
@pytest.mark.parametrize("fault", ["launch", "enqueue"])
def test_after_a_cuda_error_every_inference_fails_at_once(
    version, fault, model, engines, monkeypatch
):
    stack, engine = ready(monkeypatch, version, model, engines)
    engine.open()
    stack.world.fault = fault
    with pytest.raises(EngineError, match="the GPU failed") as first:
        engine.infer(model.golden.tensors[:1])
    stack.world.fault = ""
    stack.world.used.clear()
    with pytest.raises(EngineError) as second:
        engine.infer(model.golden.tensors[:1])
    assert str(second.value) == str(first.value)
    assert stack.world.used == set()
    engine.close()
    engine.close()


@BOTH_GENERATIONS
def test_too_little_device_memory_leaves_nothing_behind(version, model, engines, monkeypatch):
    stack, engine = ready(monkeypatch, version, model, engines)
    stack.world.fault = "memory"
    with pytest.raises(EngineError, match="out of memory"):
        engine.open()
    stack.assert_nothing_left()


def test_another_thread_is_refused(model, engines, monkeypatch):
    _, engine = ready(monkeypatch, "8.2", model, engines)
    said = []

    def infer():
        try:
            engine.infer(model.golden.tensors[:1])
        except EngineError as error:
            said.append(str(error))

    with engine:
        thread = threading.Thread(target=infer)
        thread.start()
        thread.join(10.0)
    assert said == ["the tensorrt engine was opened by another thread; use it there"]


def test_opening_twice_is_refused(model, engines, monkeypatch):
    _, engine = ready(monkeypatch, "8.2", model, engines)
    with engine, pytest.raises(EngineError, match="open already"):
        engine.open()


def test_a_damaged_plan_is_not_loaded(model, engines, monkeypatch):
    stack, engine = ready(monkeypatch, "8.2", model, engines)
    (name,) = [name for name in os.listdir(engines) if name.endswith(".plan")]
    with open(os.path.join(engines, name), "r+b") as target:
        target.write(b"X")
    with pytest.raises(PlanError, match="it is damaged or another file; build it: make engine"):
        engine.open()
    stack.assert_nothing_left()


def test_no_plan_names_what_builds_one(model, engines, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    with pytest.raises(PlanError, match="no TensorRT plan in .*systemctl start plantd-engine"):
        engine_from_config(CONFIG, model, engines)


def test_a_plan_of_another_tensorrt_says_both_versions(model, engines, monkeypatch):
    with pytest.MonkeyPatch.context() as before:
        plans.build(gpu.stand_in(before, "8.2"), model, engines)
    gpu.stand_in(monkeypatch, "8.6.1")
    with pytest.raises(PlanError, match=r"built for TensorRT 8.2.1.8 \(here 8.6.1.6\)"):
        engine_from_config(CONFIG, model, engines)


def test_a_plan_that_tensorrt_refuses_is_said(model, engines, monkeypatch, capfd):
    stack = gpu.stand_in(monkeypatch, "8.2")
    built = plans.build(stack, model, engines)
    plans.keep(engines, built, b"not a plan, but with the right sha256")
    engine = engine_from_config(CONFIG, model, engines)
    with pytest.raises(EngineError, match="TensorRT 8.2.1.8 refuses the plan"):
        engine.open()
    assert "magicTag" in capfd.readouterr().out
    stack.assert_nothing_left()


@BOTH_GENERATIONS
def test_a_plan_with_other_outputs_than_the_manifest_is_refused(
    version, model, tmp_path, engines, monkeypatch
):
    stack = gpu.stand_in(monkeypatch, version)
    plans.build(stack, model, engines)
    manifest = model.manifest._replace(species=model.manifest.species._replace(output="kinds"))
    engine = engine_from_config(CONFIG, model._replace(manifest=manifest), engines)
    with pytest.raises(PlanError, match=r"manifest says \['input', 'kinds', 'poison'\]"):
        engine.open()
    stack.assert_nothing_left()


@BOTH_GENERATIONS
def test_an_open_batch_is_fixed_to_one(version, tmp_path, engines, monkeypatch):
    path = tiny_bundle.make(str(tmp_path / "open"))
    nodes = [
        onnx_bytes.node("ReduceMean", ["input"], "mean", axes=[1, 2], keepdims=0),
        onnx_bytes.node("MatMul", ["mean", "wp"], "poison"),
        onnx_bytes.node("MatMul", ["mean", "ws"], "species"),
    ]
    with open(os.path.join(path, "model.onnx"), "wb") as target:
        target.write(
            onnx_bytes.model(
                inputs=[("input", (OPEN, 32, 32, 3))],
                outputs=[("poison", (OPEN, 2)), ("species", (OPEN, 5))],
                constants=[
                    ("wp", tiny_bundle.POISON_WEIGHTS),
                    ("ws", tiny_bundle.SPECIES_WEIGHTS),
                ],
                nodes=nodes,
            )
        )
    bundle.write_manifest(path, tiny_bundle.manifest())
    model = bundle.load(path)
    stack, engine = ready(monkeypatch, version, model, engines)
    with engine:
        self_test(model, engine)
    del engine
    stack.assert_nothing_left()


# A size that nobody fixes: ONNX writes it as a name, and runtimes take any negative number so.
OPEN = -1 & 0xFFFFFFFFFFFFFFFF


def test_no_gpu_is_said_in_words(model, engines, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", fault="no gpu")
    with pytest.raises(EngineError, match="CUDA finds no GPU .*group video"):
        engine_from_config(CONFIG, model, engines)


def test_without_tensorrt_it_says_where_it_comes_from(model, engines, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(EngineError, match="comes with JetPack as python3-libnvinfer"):
        engine_from_config(CONFIG, model, engines)


def test_without_pycuda_it_says_what_to_install(model, engines, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    monkeypatch.setitem(sys.modules, "pycuda.driver", None)
    monkeypatch.setitem(sys.modules, "pycuda", None)
    with pytest.raises(EngineError, match="pip install pycuda"):
        engine_from_config(CONFIG, model, engines)


def test_the_model_loader_proves_and_warms_it(model, engines, monkeypatch):
    stack, _ = ready(monkeypatch, "8.2", model, engines)
    loaded = loader.load(model.path, CONFIG, engines_path=engines)
    assert loaded.engine.info.backend == "tensorrt"
    assert np.isfinite(loaded.engine.infer(model.golden.tensors[:1]).species).all()
    loaded.engine.close()
    del loaded
    stack.assert_nothing_left()


def test_a_plan_built_with_other_options_serves_with_a_warning(model, engines, monkeypatch, caplog):
    ready(monkeypatch, "8.2", model, engines)
    engine_from_config(CONFIG._replace(workspace_mb=64), model, engines)
    assert "workspace_mb 512 (here 64)" in caplog.text


def test_running_a_plan_imports_no_tensorflow(model, engines, monkeypatch):
    _, engine = ready(monkeypatch, "8.2", model, engines)
    with engine:
        engine.infer(model.golden.tensors[:1])
    assert "tensorflow" not in sys.modules


@pytest.mark.parametrize(
    ("line", "release"),
    [
        ("# R32 (release), REVISION: 7.1, GCID: 29818004, BOARD: t186ref, EABI: aarch64", "32.7.1"),
        ("# R32 (release), REVISION: 4.4, GCID: 23942405, BOARD: t186ref", "32.4.4"),
        ("something else", "something else"),
        ("", "none"),
    ],
)
def test_l4t_is_read_from_its_release_file(tmp_path, line, release):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/nv_tegra_release").write_text(line + "\n")
    assert l4t_release(str(tmp_path)) == release


def test_no_release_file_is_no_l4t(tmp_path):
    assert l4t_release(str(tmp_path)) == "none"
