"""ONNX graph -> TensorRT network -> plan, over TensorRT 8.2 to 11 and TensorRT-RTX.

How this works: what a TensorRT can is asked of its module. Two ways of saying "half precision":

    a flag         BuilderFlag.FP16; the builder chooses where        8.2 .. 8.6
    typed          STRONGLY_TYPED, or nothing else exists: the
                   types in the ONNX decide, so they are changed      10 .. 11, RTX

and two of limiting scratch memory: `max_workspace_size` (8.2) and `set_memory_pool_limit`.

INT8 lies in the graph (QuantizeLinear) or, with TensorRT 8 alone, in a calibration
(calibration/entropy_calibrator.py).

cuBLAS and cuDNN are left out first: loading them costs a small board hundreds of megabytes that the
engine then lacks. A network that TensorRT's own kernels cannot build is built with them after all.
"""

import sys
import time
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

from plantd.engine import trt as wrapper
from plantd.errors import GraphError, PlanError
from plantd_engines.calibration.entropy_calibrator import Feed, calibrator_of
from plantd_engines.graph import onnx_message as onnx
from plantd_engines.graph.cast_folding import with_casts_folded
from plantd_engines.graph.dequantised_weights import with_weights_widened
from plantd_engines.graph.fp16 import in_half
from plantd_engines.precision import is_typed

MIB = 1 << 20
# Libraries that kernels may come from; TensorRT 11 has none of them.
LIBRARIES = ("CUBLAS", "CUBLAS_LT", "CUDNN")


class BuildOptions(NamedTuple):
    """How a plan is built.

    Attributes:
        precision: fp32, fp16 or int8.
        workspace_mb: scratch memory that the builder may take.
        compute_capability: RTX only: the GPU to build for, "SM86"; None is the one that is there.
        tells_layers: the builder writes each layer and its types into its log.
    """

    precision: str
    workspace_mb: int
    compute_capability: Optional[str] = None
    tells_layers: bool = False


class Built(NamedTuple):
    """A plan that nobody has proven yet.

    Attributes:
        plan: its bytes; layers: of the network; seconds: what the build took.
        timing_cache: what the builder has measured, for the next build; empty without one.
    """

    plan: bytes
    layers: int
    seconds: float
    timing_cache: bytes


class Parsed(NamedTuple):
    """A network with the parser that owns its weights: TensorRT 8 reads them while it builds."""

    network: Any
    parser: Any


def graph_for(trt: Any, model: bytes, precision: str) -> bytes:
    """Return the ONNX graph as this TensorRT is to be given it.

    Raises GraphError when FP16 cannot be written into it.
    """
    folded = with_casts_folded(model)
    if precision == "int8" and not is_typed(trt):
        return with_weights_widened(folded)
    return in_half(folded) if precision == "fp16" and is_typed(trt) else folded


def is_quantised(model: bytes) -> bool:
    """Return whether a graph says itself how it is quantised."""
    kinds: List[str] = []

    def look(graph: onnx.Fields) -> onnx.Fields:
        nodes = onnx.messages(graph, onnx.GRAPH_NODE)
        kinds.extend(onnx.node_of(data).kind for data in nodes)
        return graph

    onnx.edited(model, look)
    return "QuantizeLinear" in kinds


def plan_from_graph(
    trt: Any,
    model: bytes,
    options: BuildOptions,
    timing_cache: bytes = b"",
    feed: Optional[Feed] = None,
    log: Any = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Built:
    """Return the plan of a bundle's ONNX graph.

    Args:
        trt: the tensorrt package, or tensorrt_rtx.
        timing_cache: of an earlier build on the same device, or empty.
        feed: the calibration set, for INT8 of a graph that holds no quantisation.
        log: TensorRT's logger; by default the one that writes warnings to standard output.

    Raises GraphError when TensorRT refuses the graph, PlanError when it builds nothing,
    CalibrationError when it could not look at the whole set.
    """
    started_at = monotonic()
    _check_int8(model, options, feed)
    log = wrapper.logger_for(trt) if log is None else log
    builder = trt.Builder(log)
    parsed = network_from_graph(trt, builder, log, graph_for(trt, model, options.precision))
    calibrator = None if feed is None else _calibrator(trt, parsed.network, feed)
    config = _config(trt, builder, parsed.network, options, calibrator)
    cache = _with_timing_cache(config, timing_cache)
    serialized = _serialize(trt, builder, parsed.network, config, feed)
    if serialized is None:
        raise PlanError(
            "TensorRT {} built nothing with {} and {} MB of workspace; its lines above say "
            "why".format(wrapper.version(trt), options.precision, options.workspace_mb)
        )
    measured = bytes(cache.serialize()) if cache is not None else b""
    layers = int(parsed.network.num_layers)
    return Built(bytes(serialized), layers, monotonic() - started_at, measured)


def _check_int8(model: bytes, options: BuildOptions, feed: Optional[Feed]) -> None:
    """INT8 needs the quantisation in the graph, or a set to calibrate with; never both or none."""
    if options.precision != "int8" or is_quantised(model) != (feed is not None):
        return
    raise GraphError(
        "INT8 needs a graph that holds its quantisation (QuantizeLinear) or a calibration set, and "
        "{}; make a quantised bundle with plantd-calibrate int8".format(
            "there is neither" if feed is None else "there are both"
        )
    )


def _serialize(trt: Any, builder: Any, network: Any, config: Any, feed: Optional[Feed]) -> Any:
    """Return TensorRT's plan, or None; without cuBLAS and cuDNN where that goes."""

    def build() -> Any:
        if feed is not None:
            feed.restart()
        built = builder.build_serialized_network(network, config)
        if feed is not None:
            feed.check()
        return built

    sources = getattr(trt, "TacticSource", None)
    libraries = sum(
        1 << int(getattr(sources, each)) for each in LIBRARIES if hasattr(sources, each)
    )
    if not libraries:
        return build()
    usual = config.get_tactic_sources()
    config.set_tactic_sources(usual & ~libraries)
    serialized = build()
    if serialized is None and usual & libraries:
        sys.stdout.write("nothing was built without cuBLAS and cuDNN; building with them\n")
        config.set_tactic_sources(usual)
        serialized = build()
    if serialized is not None and feed is not None:
        feed.check_whole()
    return serialized


def _calibrator(trt: Any, network: Any, feed: Feed) -> Any:
    """Return TensorRT's calibrator; raise GraphError when the set does not fit the input."""
    inputs = [network.get_input(index) for index in range(network.num_inputs)]
    seen = [(each.name, tuple(1 if size == -1 else size for size in each.shape)) for each in inputs]
    if seen != [(feed.name, feed.shape)]:
        raise GraphError(
            "the graph's inputs are {}; the calibration set gives {}; the bundle's manifest does "
            "not fit its graph".format(seen, (feed.name, feed.shape))
        )
    return calibrator_of(trt, feed)


def network_from_graph(trt: Any, builder: Any, log: Any, graph: bytes) -> Parsed:
    """Return the network and its parser; raise GraphError with what the parser says."""
    network = builder.create_network(_network_flags(trt))
    parser = trt.OnnxParser(network, log)
    if not parser.parse(graph):
        told = "; ".join(str(parser.get_error(index)) for index in range(parser.num_errors))
        raise GraphError(
            "TensorRT {} cannot read the ONNX graph: {}; import the network again with "
            "plantd-import, which keeps to what TensorRT takes".format(wrapper.version(trt), told)
        )
    return Parsed(network, parser)


def _network_flags(trt: Any) -> int:
    flags = trt.NetworkDefinitionCreationFlag
    if hasattr(flags, "STRONGLY_TYPED"):
        return 1 << int(flags.STRONGLY_TYPED)
    if hasattr(flags, "EXPLICIT_BATCH"):
        return 1 << int(flags.EXPLICIT_BATCH)
    return 0


def _config(trt: Any, builder: Any, network: Any, options: BuildOptions, calibrator: Any) -> Any:
    config = builder.create_builder_config()
    size_bytes = options.workspace_mb * MIB
    if hasattr(config, "set_memory_pool_limit"):
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, size_bytes)
    else:
        config.max_workspace_size = size_bytes
    if not is_typed(trt):
        for precision, flag in (("fp16", "FP16"), ("int8", "INT8")):
            if options.precision == precision:
                config.set_flag(getattr(trt.BuilderFlag, flag))
    if options.compute_capability is not None:
        config.num_compute_capabilities = 1
        target = getattr(trt.ComputeCapability, options.compute_capability)
        config.set_compute_capability(target, 0)
    if options.tells_layers:
        config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    profile = _fix_open_sizes(builder, network, config)
    if calibrator is not None:
        config.int8_calibrator = calibrator
        if profile is not None:
            config.set_calibration_profile(profile)
    return config


def _fix_open_sizes(builder: Any, network: Any, config: Any) -> Any:
    """An input whose batch is open is built for a batch of one; return that profile, or None."""
    profile = None
    for index in range(network.num_inputs):
        source = network.get_input(index)
        shape: Tuple[int, ...] = tuple(source.shape)
        if -1 not in shape:
            continue
        one = tuple(1 if size == -1 else size for size in shape)
        profile = builder.create_optimization_profile()
        profile.set_shape(source.name, one, one, one)
        config.add_optimization_profile(profile)
    return profile


def _with_timing_cache(config: Any, data: bytes) -> Any:
    cache = config.create_timing_cache(data)
    # False: a cache of another device is not used; the builder measures again.
    return cache if config.set_timing_cache(cache, False) else None
