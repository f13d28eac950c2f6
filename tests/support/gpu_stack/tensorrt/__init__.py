"""A strict stand-in for TensorRT's Python package, 8.2 to 11; see ../README.md.

Only the names of the version that is played are in this module's dictionary.
"""

import enum
import hashlib
import json
import os
import signal
import weakref
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from gpu_calibration import Calibrating
from gpu_world import WORLD, Listed
from pycuda import driver as cuda

from plantd_engines.graph import onnx_message as onnx

_LIST = WORLD.names["tensorrt"]
_MAGIC = b"plan of the fake TensorRT\n"
_FULL = {"8.2": "8.2.1.8", "8.6.1": "8.6.1.6", "10.0.1": "10.0.1.6"}
_IS_8 = WORLD.version.startswith("8.")

__version__ = _FULL.get(WORLD.version, WORLD.version)


def _enumeration(name: str, **values: int) -> Any:
    members = {key: value for key, value in values.items() if key in _LIST[name]}
    return enum.IntEnum(name, members)


_BuilderFlag = _enumeration("BuilderFlag", FP16=0, INT8=1, DEBUG=2, GPU_FALLBACK=3, REFIT=4)
_NetworkDefinitionCreationFlag = _enumeration(
    "NetworkDefinitionCreationFlag", EXPLICIT_BATCH=0, EXPLICIT_PRECISION=1, STRONGLY_TYPED=2
)
_DataType = _enumeration("DataType", FLOAT=0, HALF=1, INT8=2, INT32=3, BOOL=4)
_MemoryPoolType = (
    _enumeration("MemoryPoolType", WORKSPACE=0) if _LIST["MemoryPoolType"] is not None else None
)
_TacticSource = _enumeration("TacticSource", CUBLAS=0, CUBLAS_LT=1, CUDNN=2, JIT_CONVOLUTIONS=4)
_TensorIOMode = enum.IntEnum("TensorIOMode", {"NONE": 0, "INPUT": 1, "OUTPUT": 2})


def _say(text: str, kind: str = "E") -> None:
    """As the real logger does: to standard output, past Python's sys.stdout."""
    os.write(1, "[TRT] [{}] {}\n".format(kind, text).encode("utf-8"))


class _Logger:
    """What is logged goes to standard output."""

    INTERNAL_ERROR, ERROR, WARNING, INFO, VERBOSE = range(5)

    def __init__(self, severity: int = WARNING) -> None:
        self.severity = severity


class _Session:
    """ONNX Runtime behind a network or an engine."""

    def __init__(self, model: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def tensors(self) -> List[Tuple[str, bool, Tuple[int, ...]]]:
        """Inputs first, then outputs in another order than the graph's."""
        inputs = [(v.name, True, _shape(v.shape)) for v in self.session.get_inputs()]
        outputs = [(v.name, False, _shape(v.shape)) for v in self.session.get_outputs()]
        return inputs + outputs[::-1]


def _shape(shape: Any) -> Tuple[int, ...]:
    return tuple(size if isinstance(size, int) else -1 for size in shape)


class Builder(Listed):
    """Makes networks and plans."""

    def __init__(self, logger: _Logger) -> None:
        if not isinstance(logger, _Logger):
            raise TypeError("Builder takes a Logger")
        WORLD.objects.add(self)

    platform_has_fast_fp16 = property(lambda self: WORLD.sm != "6.1")
    platform_has_fast_int8 = property(lambda self: WORLD.sm != "6.2")

    def create_network(self, flags: int = 0) -> "INetworkDefinition":
        return INetworkDefinition(flags)

    def create_builder_config(self) -> "IBuilderConfig":
        return IBuilderConfig()

    def create_optimization_profile(self) -> "IOptimizationProfile":
        return IOptimizationProfile()

    def build_serialized_network(
        self, network: "INetworkDefinition", config: "IBuilderConfig"
    ) -> Optional["IHostMemory"]:
        if not isinstance(network, INetworkDefinition) or not isinstance(config, IBuilderConfig):
            raise TypeError("build_serialized_network takes a network and a config")
        if network._model is not None and network._parser() is None:
            raise RuntimeError("the parser was destroyed, and the network's weights with it")
        if network._model is None:
            _say("4: [network.cpp::validate] Network must have at least one output")
            return None
        if not _calibrated(network, config):
            return None
        open_sizes = any(-1 in shape for _, is_in, shape in network._session.tensors() if is_in)
        if open_sizes and not config._profiles:
            _say("4: Network has dynamic or shape inputs, but no optimization profile was defined")
            return None
        if not _survives(config._workspace):
            return None
        WORLD.built_with.append(config._sources)
        if WORLD.fault == "needs cudnn" and not config._sources & 1 << int(_TacticSource.CUDNN):
            _say("10: [optimizer.cpp] Error Code 10: Could not find any implementation for node")
            return None
        return IHostMemory(_plan_of(network, config))


def _calibrated(network: "INetworkDefinition", config: "IBuilderConfig") -> bool:
    """What TensorRT 8 does about INT8 before it builds; whether it goes on."""
    if not _IS_8:
        return True
    wants_int8 = _BuilderFlag.INT8 in config._flags
    if "QuantizeLinear" in _kinds_of(network._model or b""):
        if not wants_int8:
            _say("4: [network.cpp::validate] Int8 precision, but not in the builder")
        return wants_int8
    if not wants_int8:
        return True
    if config._calibrator is None:
        _say("4: Calibrator is not being used. Users must provide dynamic range for all tensors")
        return False
    inputs = [(each._name, each._shape) for each in network._inputs()]
    return Calibrating(config._calibrator, inputs, config._calibration_profile, _say).done()


def _survives(workspace: int) -> bool:
    pid_path = os.environ.get("PLANTD_TEST_BUILD_HANGS")
    if pid_path:
        with open(pid_path + ".new", "w") as target:
            target.write(str(os.getpid()))
        os.rename(pid_path + ".new", pid_path)
        signal.pause()
    dies_above_mb = int(os.environ.get("PLANTD_TEST_BUILD_DIES_ABOVE_MB", "1000000"))
    if workspace > dies_above_mb << 20:
        os.kill(os.getpid(), signal.SIGKILL)
    says_above_mb = int(os.environ.get("PLANTD_TEST_BUILD_FAILS_ABOVE_MB", "1000000"))
    if workspace > says_above_mb << 20:
        _say("2: [virtualMemoryBuffer.cpp::resizePhysical] Error Code 2: OutOfMemory")
        return False
    return True


def _plan_of(network: "INetworkDefinition", config: "IBuilderConfig") -> bytes:
    flagged = hasattr(_BuilderFlag, "FP16") and _BuilderFlag.FP16 in config._flags
    header = {
        "version": __version__,
        "sm": WORLD.sm,
        "half": bool(flagged or _holds_half(network._model or b"")),
        "int8": bool(_IS_8 and _BuilderFlag.INT8 in config._flags),
        "sha256": hashlib.sha256(network._model or b"").hexdigest(),
    }
    return _MAGIC + json.dumps(header).encode("ascii") + b"\n" + (network._model or b"")


def _kinds_of(model: bytes) -> List[str]:
    graph = onnx.decode(onnx.messages(onnx.decode(model), onnx.MODEL_GRAPH)[0])
    return [onnx.node_of(each).kind for each in onnx.messages(graph, onnx.GRAPH_NODE)]


def _holds_half(model: bytes) -> bool:
    graph = onnx.decode(onnx.messages(onnx.decode(model), onnx.MODEL_GRAPH)[0])
    constants = [onnx.decode(each) for each in onnx.messages(graph, onnx.GRAPH_INITIALIZER)]
    return any(onnx.tensor_type(each) == onnx.FLOAT16 for each in constants)


class INetworkDefinition(Listed):
    """What the parser fills."""

    def __init__(self, flags: int) -> None:
        WORLD.objects.add(self)
        self._flags = flags
        self._model: Optional[bytes] = None
        self._parser: Any = lambda: None
        self._session: Any = None
        self._layers = 0

    num_layers = property(lambda self: self._layers)
    num_inputs = property(lambda self: len(self._inputs()))

    def get_input(self, index: int) -> "ITensor":
        return self._inputs()[index]

    def _inputs(self) -> List["ITensor"]:
        tensors = self._session.tensors() if self._session else []
        return [ITensor(name, shape) for name, is_input, shape in tensors if is_input]


class ITensor(Listed):
    """An input of a network."""

    def __init__(self, name: str, shape: Tuple[int, ...]) -> None:
        self._name, self._shape = name, shape

    name = property(lambda self: self._name)
    shape = property(lambda self: self._shape)


class IBuilderConfig(Listed):
    """How to build."""

    def __init__(self) -> None:
        WORLD.objects.add(self)
        self._flags: set = set()
        self._workspace = 0
        self._profiles: List[Any] = []
        self._cache: Any = None
        self._calibrator: Any = None
        self._calibration_profile: Any = None
        self._sources = sum(1 << int(each) for each in _TacticSource)

    @property
    def max_workspace_size(self) -> int:
        return self._workspace

    @max_workspace_size.setter
    def max_workspace_size(self, size: int) -> None:
        self._workspace = size

    @property
    def int8_calibrator(self) -> Any:
        return self._calibrator

    @int8_calibrator.setter
    def int8_calibrator(self, calibrator: Any) -> None:
        if not isinstance(calibrator, IInt8Calibrator):
            raise TypeError("int8_calibrator takes an IInt8Calibrator")
        if not getattr(calibrator, "_is_made", False):
            raise TypeError("IInt8EntropyCalibrator2.__init__() must be called when overriding")
        self._calibrator = calibrator

    def set_calibration_profile(self, profile: Any) -> bool:
        if not isinstance(profile, IOptimizationProfile):
            raise TypeError("set_calibration_profile takes an optimization profile")
        self._calibration_profile = profile
        return True

    def set_memory_pool_limit(self, pool: Any, size: int) -> None:
        if not isinstance(pool, _MemoryPoolType):
            raise TypeError("set_memory_pool_limit takes a MemoryPoolType")
        self._workspace = size

    def get_tactic_sources(self) -> int:
        return self._sources

    def set_tactic_sources(self, sources: int) -> bool:
        if sources & ~sum(1 << int(each) for each in _TacticSource):
            raise ValueError("set_tactic_sources takes the bits of TacticSource")
        self._sources = sources
        return True

    def set_flag(self, flag: Any) -> None:
        if not isinstance(flag, _BuilderFlag):
            raise TypeError("set_flag takes a BuilderFlag")
        self._flags.add(flag)

    def add_optimization_profile(self, profile: "IOptimizationProfile") -> int:
        self._profiles.append(profile)
        return len(self._profiles) - 1

    def create_timing_cache(self, data: bytes) -> "ITimingCache":
        if not isinstance(data, bytes):
            raise TypeError("create_timing_cache takes bytes")
        return ITimingCache(data)

    def set_timing_cache(self, cache: "ITimingCache", ignore_mismatch: bool) -> bool:
        if not isinstance(cache, ITimingCache):
            raise TypeError("set_timing_cache takes a timing cache")
        return True


class IInt8Calibrator(Listed):
    """What TensorRT asks for pictures; in 8, and in 10 for networks without types."""

    def __init__(self) -> None:
        WORLD.objects.add(self)
        self._is_made = True

    def get_batch_size(self) -> int:
        raise RuntimeError('Tried to call pure virtual function "get_batch_size"')

    def get_batch(self, names: List[str]) -> Any:
        raise RuntimeError('Tried to call pure virtual function "get_batch"')

    def read_calibration_cache(self) -> Any:
        raise RuntimeError('Tried to call pure virtual function "read_calibration_cache"')

    def write_calibration_cache(self, cache: Any) -> None:
        raise RuntimeError('Tried to call pure virtual function "write_calibration_cache"')


class IInt8EntropyCalibrator2(IInt8Calibrator):
    """Calibrates by entropy."""


class IOptimizationProfile(Listed):
    """Shapes of an input whose size is open."""

    def __init__(self) -> None:
        self._shapes: Dict[str, Any] = {}

    def set_shape(self, name: str, smallest: Any, best: Any, largest: Any) -> None:
        self._shapes[name] = (smallest, best, largest)


class ITimingCache(Listed):
    """What the builder has measured."""

    def __init__(self, data: bytes) -> None:
        WORLD.objects.add(self)
        self._data = data

    def serialize(self) -> "IHostMemory":
        return IHostMemory(self._data + b"measured")


class IHostMemory(Listed):
    """Bytes of TensorRT's own."""

    def __init__(self, data: bytes) -> None:
        WORLD.objects.add(self)
        self._data = data

    def __bytes__(self) -> bytes:
        return self._data

    nbytes = property(lambda self: len(self._data))


class _ParserError:
    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


class OnnxParser(Listed):
    """Reads ONNX into a network."""

    def __init__(self, network: INetworkDefinition, logger: _Logger) -> None:
        if not isinstance(network, INetworkDefinition) or not isinstance(logger, _Logger):
            raise TypeError("OnnxParser takes a network and a Logger")
        WORLD.objects.add(self)
        self._network = network
        self._errors: List[_ParserError] = []

    num_errors = property(lambda self: len(self._errors))

    def get_error(self, index: int) -> _ParserError:
        return self._errors[index]

    def parse(self, model: bytes) -> bool:
        try:
            problems = _problems_of(model, self._network._flags)
            if not problems:
                self._network._session = _Session(model)
        except Exception as error:  # noqa: BLE001  # onnxruntime's own classes, and broken bytes
            problems = [str(error).splitlines()[0]]
        self._errors = [_ParserError(text) for text in problems]
        if problems:
            return False
        graph = onnx.decode(onnx.messages(onnx.decode(model), onnx.MODEL_GRAPH)[0])
        self._network._model = model
        self._network._parser = weakref.ref(self)
        self._network._layers = len(onnx.messages(graph, onnx.GRAPH_NODE))
        return True


def _problems_of(model: bytes, flags: int) -> List[str]:
    """What the real parser of 8.x refuses: implicit batch, new opsets, computed weights."""
    fields = onnx.decode(model)
    graph = onnx.decode(onnx.messages(fields, onnx.MODEL_GRAPH)[0])
    problems = []
    if not _IS_8:
        return problems
    if not flags & 1 << int(_NetworkDefinitionCreationFlag.EXPLICIT_BATCH):
        problems.append("the ONNX parser only supports networks with EXPLICIT_BATCH")
    opsets = [onnx.decode(each) for each in onnx.messages(fields, 8)]
    if max(onnx.numbers(each, 2)[-1] for each in opsets) > 13:
        problems.append("the opset is newer than 13")
    tensors = [onnx.decode(each) for each in onnx.messages(graph, onnx.GRAPH_INITIALIZER)]
    constants = {onnx.text_of(each, onnx.TENSOR_NAME): each for each in tensors}
    for data in onnx.messages(graph, onnx.GRAPH_NODE):
        node = onnx.node_of(data)
        if node.kind == "Conv" and not set(node.inputs[2:]) <= set(constants):
            problems.append("The bias tensor is required to be an initializer for Conv")
            break
        stored = constants.get(node.inputs[0] if node.inputs else "")
        if node.kind == "DequantizeLinear" and stored and onnx.tensor_type(stored) == onnx.INT8:
            problems.append("{}: invalid weights type of Int8".format(node.inputs[0]))
            break
    return problems


class Runtime(Listed):
    """Makes engines of plans."""

    def __init__(self, logger: _Logger) -> None:
        if not isinstance(logger, _Logger):
            raise TypeError("Runtime takes a Logger")
        if not WORLD.has_context():
            raise RuntimeError("a Runtime without a current CUDA context in this thread")
        _say("TensorRT was linked against cuDNN 8.2.1 but loaded cuDNN 8.2.0", "W")
        WORLD.objects.add(self)

    def deserialize_cuda_engine(self, data: bytes) -> Optional["ICudaEngine"]:
        if not isinstance(data, bytes) or not data.startswith(_MAGIC):
            _say("1: [stdArchiveReader.cpp] Serialization assertion magicTagRead failed")
            return None
        header, _, model = data[len(_MAGIC) :].partition(b"\n")
        told = json.loads(header.decode("ascii"))
        if told["version"] != __version__ or told["sm"] != WORLD.sm:
            _say("6: The engine plan file is not compatible with this version of TensorRT")
            return None
        if hashlib.sha256(model).hexdigest() != told["sha256"]:
            _say("1: Serialization assertion failed: checksum")
            return None
        return ICudaEngine(self, model, told["half"], told["int8"])


class ICudaEngine(Listed):
    """A network that is ready."""

    def __init__(self, runtime: Runtime, model: bytes, is_half: bool, is_int8: bool) -> None:
        WORLD.objects.add(self)
        self._runtime = weakref.ref(runtime)
        self._onnx = _Session(model)
        self._tensors = self._onnx.tensors()
        self._is_half = is_half
        self._is_int8 = is_int8
        self._contexts: "weakref.WeakSet[Any]" = weakref.WeakSet()

    def __del__(self) -> None:
        if len(self._contexts):
            WORLD.violations.append("an engine was destroyed before its execution context")
        if self._runtime() is None:
            WORLD.violations.append("a runtime was destroyed before its engine")

    num_bindings = property(lambda self: len(self._tensors))
    num_io_tensors = property(lambda self: len(self._tensors))

    def get_binding_name(self, index: int) -> str:
        return self._tensors[index][0]

    def get_tensor_name(self, index: int) -> str:
        return self._tensors[index][0]

    def binding_is_input(self, index: int) -> bool:
        return self._tensors[index][1]

    def get_tensor_mode(self, name: str) -> Any:
        return _TensorIOMode.INPUT if self._named(name)[1] else _TensorIOMode.OUTPUT

    def get_binding_shape(self, index: int) -> Tuple[int, ...]:
        return self._tensors[index][2]

    def get_tensor_shape(self, name: str) -> Tuple[int, ...]:
        return self._named(name)[2]

    def get_binding_dtype(self, index: int) -> Any:
        return _DataType.FLOAT

    def get_tensor_dtype(self, name: str) -> Any:
        return _DataType.FLOAT

    def create_execution_context(self) -> "IExecutionContext":
        context = IExecutionContext(self)
        self._contexts.add(context)
        return context

    def _named(self, name: str) -> Tuple[str, bool, Tuple[int, ...]]:
        return next(each for each in self._tensors if each[0] == name)


class IExecutionContext(Listed):
    """Runs an engine."""

    def __init__(self, engine: ICudaEngine) -> None:
        WORLD.objects.add(self)
        self._engine = weakref.ref(engine)
        self._addresses: Dict[str, int] = {}
        self._shapes = {name: shape for name, _, shape in engine._tensors}

    def set_input_shape(self, name: str, shape: Tuple[int, ...]) -> bool:
        declared = self._shapes[name]
        if len(shape) != len(declared) or any(d not in (-1, s) for d, s in zip(declared, shape)):
            return False
        self._shapes[name] = tuple(shape)
        return True

    def set_binding_shape(self, index: int, shape: Tuple[int, ...]) -> bool:
        return IExecutionContext.set_input_shape(self, self._owner()._tensors[index][0], shape)

    def set_tensor_address(self, name: str, address: int) -> bool:
        if name not in self._shapes:
            _say("3: setTensorAddress: unknown tensor " + name)
            return False
        self._addresses[name] = address
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        names = [name for name, _, _ in self._owner()._tensors]
        if set(self._addresses) != set(names):
            _say("3: enqueueV3: Address is not set for every tensor")
            return False
        return self._enqueue([self._addresses[name] for name in names], stream_handle)

    def execute_async_v2(self, bindings: List[int], stream_handle: int) -> bool:
        if len(bindings) != len(self._owner()._tensors):
            raise RuntimeError("enqueueV2 reads past the bindings it was given")
        return self._enqueue(bindings, stream_handle)

    def _owner(self) -> ICudaEngine:
        engine = self._engine()
        if engine is None:
            raise RuntimeError("the engine of this context was destroyed")
        return engine

    def _enqueue(self, addresses: List[int], stream_handle: int) -> bool:
        cuda._check("enqueue")
        if WORLD.fault == "enqueue":
            _say("1: [convolutionRunner.cpp] Error Code 1: Cuda Runtime (invalid argument)")
            return False
        engine = self._owner()
        memory = {}
        for (name, is_input, _), address in zip(engine._tensors, addresses):
            shape = self._shapes[name]
            if is_input and -1 in shape:
                _say("3: the shape of input {} is not set".format(name))
                return False
            shape = tuple(1 if size == -1 else size for size in shape)
            memory[name] = cuda._device(address, 4 * int(np.prod(shape))).view(np.float32)
            memory[name] = memory[name].reshape(shape)
        streams = [s for s in WORLD.objects if isinstance(s, cuda.Stream)]
        stream = next(s for s in streams if s._handle == stream_handle)
        stream._work.append(lambda: _compute(engine, memory))
        return True


def _compute(engine: ICudaEngine, memory: Dict[str, np.ndarray]) -> None:
    inputs = {name: memory[name] for name, is_input, _ in engine._tensors if is_input}
    outputs = [name for name, is_input, _ in engine._tensors if not is_input]
    for name, values in zip(outputs, engine._onnx.session.run(outputs, inputs)):
        if engine._is_half:
            values = values.astype(np.float16)
            if os.environ.get("PLANTD_TEST_HALF") == "wrong":
                values = np.zeros_like(values)
            if os.environ.get("PLANTD_TEST_HALF") == "doubtful":
                # What is sure stays as it is, as the golden pictures are.
                values = np.where(np.abs(values) < 2.0, -values, values)
        if engine._is_int8:
            values = _in_int8(values)
        memory[name][:] = values.astype(np.float32)


def _in_int8(values: np.ndarray) -> np.ndarray:
    """As if 8 bits had computed it: nearly the same, or what a test asks for."""
    wrong = os.environ.get("PLANTD_TEST_INT8", "")
    if wrong == "wrong":
        return np.zeros_like(values)
    if wrong == "doubtful":
        # What is sure stays as it is, as the golden pictures are; the rest is turned around.
        return np.where(np.abs(values) < 6.0, -values, values)
    scale = max(float(np.max(np.abs(values))), 1e-6) / 127.0
    return np.round(values / scale) * scale


_TYPING = ("Any", "Calibrating", "Dict", "List", "Optional", "Tuple")
# Names that the lists keep: those of the version that is played, and no others.
for _name in [name for name in list(globals()) if name.startswith("_") and name[1:2].isupper()]:
    if _name[1:] in _LIST["top"]:
        globals()[_name[1:]] = globals()[_name]
for _name in [n for n in list(globals()) if isinstance(globals()[n], type) and n[:1].isupper()]:
    if _name not in _LIST["top"] and _name not in _TYPING:
        del globals()[_name]
