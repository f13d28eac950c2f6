"""Every name of tensorrt and pycuda that is called exists in the version it is called on.

The stand-in raises for a name that NVIDIA's list of the version lacks, so that running the whole
path on each version is the check. Here the check itself is checked: a planted wrong name fails, and
the stand-in is as strict as it claims.
"""

import json
import os
import threading
import types

import numpy as np
import pytest
from support import gpu, plans, tiny_bundle

import plantd_engines.network
from plantd import bundle
from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine import gpu_engine
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import GraphError
from plantd_engines.calibration.entropy_calibrator import Feed
from plantd_engines.graph.dequantised_weights import with_weights_widened
from plantd_engines.network import BuildOptions, plan_from_graph

GENERATION = {
    "8.2": {"IBuilderConfig.max_workspace_size", "IExecutionContext.execute_async_v2"},
    "8.6.1": {"IBuilderConfig.set_memory_pool_limit", "IExecutionContext.execute_async_v3"},
    "10.0.1": {"IBuilderConfig.set_memory_pool_limit", "IExecutionContext.execute_async_v3"},
    "10.16.1.11": {"IBuilderConfig.set_memory_pool_limit", "IExecutionContext.execute_async_v3"},
    "11.4": {"IBuilderConfig.set_memory_pool_limit", "IExecutionContext.execute_async_v3"},
}


@pytest.fixture
def model(tmp_path) -> Bundle:
    return bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))


def graph(model) -> bytes:
    with open(model.model_path, "rb") as source:
        return source.read()


def lists():
    for version in gpu.VERSIONS + ("pycuda-2022.1",):
        with open(os.path.join(gpu.LISTS, version + ".json"), encoding="utf-8") as source:
            yield json.load(source)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("version", gpu.VERSIONS)
def test_build_and_run_call_only_what_the_version_has(
    version, precision, model, tmp_path, monkeypatch
):
    stack = gpu.stand_in(monkeypatch, version)
    plans.build(stack, model, str(tmp_path / "engines"), precision)
    config = EngineConfig(backend="tensorrt", precision=precision)
    with engine_from_config(config, model, str(tmp_path / "engines")) as engine:
        self_test(model, engine)
        assert engine.info.precision == precision
    used = {"{}.{}".format(kind, name) for _, kind, name in stack.world.used}
    assert used >= GENERATION[version]


def test_the_stand_in_offers_nothing_that_no_list_has(monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2")
    assert len(gpu.offered(stack)) > 15
    assert not_listed(stack) == set()


def test_a_wrong_name_planted_in_the_stand_in_is_found(monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2")
    stack.tensorrt.Builder.build_serialised_net = lambda self: None
    stack.cuda.Stream.synchronise = lambda self: None
    assert not_listed(stack) == {"Builder.build_serialised_net", "Stream.synchronise"}


def not_listed(stack):
    known = {}
    for listed in lists():
        for kind, names in listed.items():
            known.setdefault(kind, set()).update(names or [])
    return {
        "{}.{}".format(kind, name)
        for kind, names in gpu.offered(stack).items()
        for name in names
        if name not in known[kind]
    }


@pytest.mark.parametrize("version", gpu.VERSIONS)
def test_a_planted_wrong_name_fails_in_the_build(version, model, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version)
    planted = with_planted(
        plantd_engines.network, "builder.build_serialized_network", "builder.build_serialised_net"
    )
    with pytest.raises(AttributeError, match="Builder has no|has no Builder.build_serialised_net"):
        planted.plan_from_graph(stack.tensorrt, graph(model), BuildOptions("fp32", 64))


CUDNN = 1 << 2


@pytest.mark.parametrize("version", gpu.VERSIONS)
def test_cudnn_is_left_out_where_the_version_has_it(version, model, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version)
    plan_from_graph(stack.tensorrt, graph(model), BuildOptions("fp32", 64))
    assert [sources & CUDNN for sources in stack.world.built_with] == [0]


@pytest.mark.parametrize("version", ["8.2", "8.6.1", "10.0.1"])
def test_a_network_that_needs_cudnn_is_built_with_it(version, model, monkeypatch, capsys):
    stack = gpu.stand_in(monkeypatch, version)
    stack.world.fault = "needs cudnn"
    assert plan_from_graph(stack.tensorrt, graph(model), BuildOptions("fp32", 64)).plan
    assert [sources & CUDNN for sources in stack.world.built_with] == [0, CUDNN]
    assert "building with them" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["8.2", "8.6.1"])
def test_a_planted_wrong_name_fails_in_the_calibration(version, model, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version, sm="7.2")
    planted = with_planted(
        plantd_engines.network, "config.int8_calibrator = ", "config.int8_calibrater = "
    )
    feed = Feed("input", tiny_bundle.INPUT.shape, [], int, None)
    with pytest.raises(AttributeError, match="has no IBuilderConfig.int8_calibrater"):
        planted.plan_from_graph(stack.tensorrt, graph(model), BuildOptions("int8", 64), b"", feed)


def test_a_set_that_does_not_fit_the_input_is_refused(model, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm="7.2")
    feed = Feed("input", (1, 3, 32, 32), [], int, None)
    with pytest.raises(GraphError, match=r"the calibration set gives .*\(1, 3, 32, 32\)"):
        plan_from_graph(stack.tensorrt, graph(model), BuildOptions("int8", 64), b"", feed)


def test_int8_without_quantisation_or_a_set_is_refused(model, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "11.4", sm="8.7")
    with pytest.raises(GraphError, match="and there is neither"):
        plan_from_graph(stack.tensorrt, graph(model), BuildOptions("int8", 64))


@pytest.mark.parametrize("version", ["10.0.1", "11.4"])
def test_a_name_that_a_newer_version_dropped_fails(version, model, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version)
    planted = with_planted(
        plantd_engines.network,
        "config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, size_bytes)",
        "config.max_workspace_size = size_bytes",
    )
    with pytest.raises(AttributeError, match="has no IBuilderConfig.max_workspace_size"):
        planted.plan_from_graph(stack.tensorrt, graph(model), BuildOptions("fp32", 64))


def test_a_planted_wrong_name_fails_in_the_run(model, tmp_path, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "11.4")
    plan = plans.build(stack, model, str(tmp_path / "engines"))
    planted = with_planted(
        gpu_engine, "self._engine.create_execution_context()", "self._engine.create_context()"
    )
    engine = planted.TensorRtEngine(
        model, plan, str(tmp_path / "engines"), stack.tensorrt, stack.cuda
    )
    with pytest.raises(AttributeError, match="has no ICudaEngine.create_context"):
        engine.open()


def with_planted(module, right: str, wrong: str) -> types.ModuleType:
    """Return a copy of a module in which one piece of its source is another."""
    with open(module.__file__, encoding="utf-8") as source:
        text = source.read()
    assert right in text
    copy = types.ModuleType(module.__name__)
    copy.__file__ = module.__file__
    exec(compile(text.replace(right, wrong), module.__file__, "exec"), copy.__dict__)
    return copy


def in_int8(stack, model, calibrator=None):
    """Return a builder, a parsed network and a config for INT8."""
    builder, log = stack.tensorrt.Builder(stack.tensorrt.Logger()), stack.tensorrt.Logger()
    parsed = plantd_engines.network.network_from_graph(stack.tensorrt, builder, log, model)
    config = builder.create_builder_config()
    config.set_flag(stack.tensorrt.BuilderFlag.INT8)
    if calibrator is not None:
        config.int8_calibrator = calibrator
    return builder, parsed, config


def calibrator_giving(stack, batch):
    """Return an entropy calibrator whose every batch is what `batch` returns."""
    answers = {
        "get_batch_size": lambda _self: 1,
        "get_batch": lambda _self, _names: batch(),
        "read_calibration_cache": lambda _self: None,
        "write_calibration_cache": lambda _self, _cache: None,
    }
    return type("Giving", (stack.tensorrt.IInt8EntropyCalibrator2,), answers)()


class TestStrictness:
    """What the stand-in does not let pass."""

    @pytest.fixture
    def stack(self, monkeypatch):
        return gpu.stand_in(monkeypatch, "8.6.1")

    @pytest.fixture
    def context(self, stack, model):
        """An execution context in a current CUDA context, with a stream."""
        stack.cuda.init()
        cuda_context = stack.cuda.Device(0).retain_primary_context()
        cuda_context.push()
        built = plan_from_graph(stack.tensorrt, graph(model), BuildOptions("fp32", 64))
        made = types.SimpleNamespace(stream=stack.cuda.Stream(), owner=cuda_context)
        made.runtime = stack.tensorrt.Runtime(stack.tensorrt.Logger())
        made.engine = made.runtime.deserialize_cuda_engine(built.plan)
        made.of = made.engine.create_execution_context()
        return made

    def test_executing_without_addresses_is_refused(self, context, capfd):
        assert not context.of.execute_async_v3(context.stream.handle)
        assert "Address is not set for every tensor" in capfd.readouterr().out

    def test_a_buffer_that_is_too_small_is_refused(self, stack, context):
        small = [stack.cuda.mem_alloc(4) for _ in range(3)]
        with pytest.raises(stack.cuda.LogicError, match="invalid argument"):
            context.of.execute_async_v2([int(each) for each in small], context.stream.handle)

    def test_results_are_not_there_before_the_stream_is_waited_for(self, stack, context):
        host = stack.cuda.pagelocked_empty((4,), np.float32)
        host[:] = 1.0
        device = stack.cuda.mem_alloc(16)
        stack.cuda.memcpy_htod_async(device, host, context.stream)
        host[:] = 0.0
        stack.cuda.memcpy_dtoh_async(host, device, context.stream)
        assert not host.any()
        context.stream.synchronize()
        assert not host.any()

    def test_memory_that_is_not_pinned_is_refused(self, stack, context):
        device = stack.cuda.mem_alloc(16)
        with pytest.raises(stack.cuda.LogicError, match="pinned"):
            stack.cuda.memcpy_htod_async(device, np.zeros(4, np.float32), context.stream)

    def test_a_thread_without_the_context_is_refused(self, stack, context):
        said = []

        def allocate():
            try:
                stack.cuda.mem_alloc(16)
            except stack.cuda.LogicError as error:
                said.append(str(error))

        thread = threading.Thread(target=allocate)
        thread.start()
        thread.join(10.0)
        assert said == ["cuMemAlloc failed: invalid device context"]

    def test_use_after_free_is_refused(self, stack, context):
        device = stack.cuda.mem_alloc(16)
        device.free()
        with pytest.raises(stack.cuda.LogicError, match="freed already"):
            device.free()
        with pytest.raises(stack.cuda.LogicError, match="memory was freed"):
            int(device)

    def test_a_context_whose_engine_is_gone_is_refused(self, stack, context):
        context.engine = None
        with pytest.raises(RuntimeError, match="was destroyed"):
            context.of.execute_async_v2([0, 0, 0], context.stream.handle)
        assert "an engine was destroyed before its execution context" in stack.world.violations

    def test_everything_that_is_not_given_back_is_a_leak(self, stack, context):
        stack.cuda.mem_alloc(16)
        found = "\n".join(stack.world.leaks())
        assert "16 bytes at" in found
        assert "IExecutionContext still alive" in found
        assert "Stream still alive" in found
        assert "a context still current" in found
        assert "the primary context still retained" in found

    def test_a_runtime_needs_a_current_context(self, stack):
        with pytest.raises(RuntimeError, match="without a current CUDA context"):
            stack.tensorrt.Runtime(stack.tensorrt.Logger())

    def test_weights_behind_a_cast_are_refused_as_by_the_parser_of_8(self, stack, monkeypatch):
        from support import half_graphs

        builder = stack.tensorrt.Builder(stack.tensorrt.Logger())
        parser = stack.tensorrt.OnnxParser(builder.create_network(1), stack.tensorrt.Logger())
        assert not parser.parse(half_graphs.convolution())
        assert "required to be an initializer" in str(parser.get_error(0))

    def test_a_network_whose_parser_is_gone_is_refused(self, stack, model):
        builder = stack.tensorrt.Builder(stack.tensorrt.Logger())
        network = builder.create_network(1)
        assert stack.tensorrt.OnnxParser(network, stack.tensorrt.Logger()).parse(graph(model))
        with pytest.raises(RuntimeError, match="the parser was destroyed"):
            builder.build_serialized_network(network, builder.create_builder_config())

    def test_int8_without_a_calibrator_builds_nothing(self, stack, model, capfd):
        builder, network, config = in_int8(stack, graph(model))
        assert builder.build_serialized_network(network.network, config) is None
        assert "Calibrator is not being used" in capfd.readouterr().out

    def test_a_quantised_graph_without_the_flag_builds_nothing(self, stack, capfd):
        quantised = with_weights_widened(tiny_bundle.quantised_network())
        builder, network, config = in_int8(stack, quantised)
        assert builder.build_serialized_network(network.network, config) is not None
        plain = builder.create_builder_config()
        assert builder.build_serialized_network(network.network, plain) is None
        assert "not in the builder" in capfd.readouterr().out

    def test_weights_stored_in_8_bits_are_refused_as_by_the_parser_of_8(self, stack):
        builder = stack.tensorrt.Builder(stack.tensorrt.Logger())
        parser = stack.tensorrt.OnnxParser(builder.create_network(1), stack.tensorrt.Logger())
        assert not parser.parse(tiny_bundle.quantised_network())
        assert str(parser.get_error(0)) == "wp8: invalid weights type of Int8"

    def test_what_a_calibrator_raises_is_swallowed_as_by_the_bindings(self, stack, model, capfd):
        calibrator = calibrator_giving(stack, lambda: 1 / 0)
        builder, network, config = in_int8(stack, graph(model), calibrator)
        assert builder.build_serialized_network(network.network, config) is None
        assert "Exception caught in get_batch(): division by zero" in capfd.readouterr().err

    def test_a_batch_in_memory_of_the_host_is_an_illegal_access(self, stack, model, context):
        host = stack.cuda.pagelocked_empty(tiny_bundle.INPUT.shape, np.float32)
        calibrator = calibrator_giving(stack, lambda: [host.base._block.address])
        builder, network, config = in_int8(stack, graph(model), calibrator)
        with pytest.raises(RuntimeError, match="illegal memory access"):
            builder.build_serialized_network(network.network, config)

    def test_a_batch_that_is_too_small_is_an_illegal_access(self, stack, model, context):
        small = stack.cuda.mem_alloc(16)
        calibrator = calibrator_giving(stack, lambda: [int(small)])
        builder, network, config = in_int8(stack, graph(model), calibrator)
        with pytest.raises(RuntimeError, match="illegal memory access"):
            builder.build_serialized_network(network.network, config)

    def test_an_array_instead_of_addresses_ends_the_set(self, stack, model, capfd):
        calibrator = calibrator_giving(stack, lambda: [np.ones(3)])
        builder, network, config = in_int8(stack, graph(model), calibrator)
        assert builder.build_serialized_network(network.network, config) is None
        assert "Unable to cast Python instance" in capfd.readouterr().err

    def test_a_calibrator_whose_base_was_not_made_is_refused(self, stack, model):
        kind = type("Lazy", (stack.tensorrt.IInt8EntropyCalibrator2,), {"__init__": lambda _: None})
        with pytest.raises(TypeError, match="__init__"):
            in_int8(stack, graph(model), kind())

    def test_an_implicit_batch_is_refused_as_by_the_parser_of_8(self, stack, model):
        builder = stack.tensorrt.Builder(stack.tensorrt.Logger())
        parser = stack.tensorrt.OnnxParser(builder.create_network(0), stack.tensorrt.Logger())
        assert not parser.parse(graph(model))
        assert "EXPLICIT_BATCH" in str(parser.get_error(0))
