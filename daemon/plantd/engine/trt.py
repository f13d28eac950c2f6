"""The one wrapper of TensorRT's Python package: versions 8.2 to 11 behind one set of functions.

How this works: what a version can is asked of the module itself, never read off its version number.
Two generations differ in how tensors reach a context:

    bindings   num_bindings, get_binding_*, execute_async_v2       8.2 .. 8.6
    tensors    num_io_tensors, get_tensor_*, execute_async_v3      8.5 .. 11

Where both exist the newer one is used. Nothing here is imported before an engine is asked for.
"""

import importlib.util
import logging
from typing import Any, NamedTuple, Sequence, Tuple

from plantd.errors import EngineError

logger = logging.getLogger(__name__)


class EngineTensor(NamedTuple):
    """One input or output of an engine.

    Attributes:
        shape: with -1 where the plan leaves a size open.
        is_float32: whether its values are float32, as plantd always builds them.
    """

    name: str
    is_input: bool
    shape: Tuple[int, ...]
    is_float32: bool


def installed() -> bool:
    """Return whether there is a TensorRT for this Python, without loading its libraries."""
    return importlib.util.find_spec("tensorrt") is not None


def module() -> Any:
    """Return the tensorrt package; raise EngineError when it is absent or does not load."""
    try:
        import tensorrt
    except ImportError as error:
        raise EngineError(
            "TensorRT cannot be loaded for this Python ({}); on a Jetson it comes with JetPack as "
            "python3-libnvinfer and is seen by a virtual environment made with "
            "--system-site-packages; or set engine.backend to onnxruntime".format(error)
        ) from error
    return tensorrt


def version(trt: Any) -> str:
    """Return TensorRT's version, e.g. "8.2.1.8"."""
    return str(trt.__version__)


def logger_for(trt: Any) -> Any:
    """Return TensorRT's own logger, which writes warnings and errors to standard output."""
    return trt.Logger(trt.Logger.WARNING)


def has_tensors(engine: Any) -> bool:
    """Return whether the engine speaks the newer generation."""
    return hasattr(engine, "num_io_tensors")


def tensors_of(trt: Any, engine: Any) -> Tuple[EngineTensor, ...]:
    """Return the engine's inputs and outputs, in the order of its bindings."""
    if has_tensors(engine):
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        return tuple(
            EngineTensor(
                name,
                engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT,
                tuple(engine.get_tensor_shape(name)),
                engine.get_tensor_dtype(name) == trt.DataType.FLOAT,
            )
            for name in names
        )
    return tuple(
        EngineTensor(
            engine.get_binding_name(index),
            bool(engine.binding_is_input(index)),
            tuple(engine.get_binding_shape(index)),
            engine.get_binding_dtype(index) == trt.DataType.FLOAT,
        )
        for index in range(engine.num_bindings)
    )


def set_input_shape(context: Any, index: int, tensor: EngineTensor, shape: Sequence[int]) -> None:
    """Fix the shape of an input whose size the plan leaves open; nothing where it does not."""
    if -1 not in tensor.shape:
        return
    if hasattr(context, "set_input_shape"):
        accepted = context.set_input_shape(tensor.name, tuple(shape))
    else:
        accepted = context.set_binding_shape(index, tuple(shape))
    if not accepted:
        raise EngineError(
            "TensorRT refuses the shape {} for input {!r} of {}; build the plan again".format(
                tuple(shape), tensor.name, tensor.shape
            )
        )


def enqueue(
    context: Any, tensors: Sequence[EngineTensor], addresses: Sequence[int], stream: int
) -> bool:
    """Enqueue one inference on a CUDA stream; return whether TensorRT took it.

    Args:
        tensors, addresses: of one engine, in the order of `tensors_of`; device addresses.
        stream: handle of the CUDA stream.
    """
    if not hasattr(context, "execute_async_v3"):
        return bool(context.execute_async_v2(list(addresses), stream))
    for tensor, address in zip(tensors, addresses):
        if not context.set_tensor_address(tensor.name, address):
            return False
    return bool(context.execute_async_v3(stream))
