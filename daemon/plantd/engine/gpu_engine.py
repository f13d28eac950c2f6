"""The tensorrt backend: runs a proven plan on the GPU.

One press copies the tensor once into pinned memory, from there asynchronously to the GPU, enqueues
the network and copies both heads back; then it waits. Once CUDA has failed, the process's context
is broken: every later inference fails at once with the same sentence, and only a new process helps.
"""

import logging
import threading
from typing import Any, Optional, Tuple

import numpy as np

from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine import gpu, trt
from plantd.engine.gpu import Buffer, Card
from plantd.engine.interface import Engine, EngineInfo
from plantd.engine.machine import machine_from_modules
from plantd.engine.plan import BUILD_IT, Plan, PlanKey, differences, find, read_plan
from plantd.errors import EngineError, PlanError
from plantd.heads import HeadOutputs

logger = logging.getLogger(__name__)


def engine_for_this_device(bundle: Bundle, config: EngineConfig, directory: str) -> Engine:
    """Return the engine of the plan in `directory` that fits bundle, device and configuration.

    Raises EngineError without TensorRT, pycuda or a GPU, PlanError without a plan that fits.
    """
    tensorrt, cuda = trt.module(), gpu.driver()
    machine = machine_from_modules(tensorrt, cuda)
    graph = bundle.manifest.files["model.onnx"]
    key = PlanKey(graph, machine, config.precision, config.workspace_mb)
    plan = find(directory, key)
    if plan.key != key:
        told = ", ".join(differences(plan.key, key))
        logger.warning("the plan was built with %s; it serves until the next: make engine", told)
    return TensorRtEngine(bundle, plan, directory, tensorrt, cuda, config.zero_copy)


class TensorRtEngine(Engine):
    """See the module's text."""

    def __init__(
        self,
        bundle: Bundle,
        plan: Plan,
        directory: str,
        tensorrt: Any,
        cuda: Any,
        zero_copy: bool = False,
    ) -> None:
        """Args: the plan and where it lies; the two libraries; see engine.zero_copy."""
        manifest = bundle.manifest
        super().__init__(manifest.input.shape, bundle.output_sizes, manifest.activation)
        maps = (manifest.activation.output,) if manifest.activation else ()
        self._needed = (manifest.input.name, manifest.poison.output, manifest.species.output)
        self._names = (*self._needed, *maps)
        self._plan = plan
        self._directory = directory
        self._trt = tensorrt
        self._cuda = cuda
        self._zero_copy = zero_copy
        self._card: Optional[Card] = None
        # Never in local variables: a traceback would keep them alive beyond the CUDA context.
        self._log: Any = None
        self._runtime: Any = None
        self._engine: Any = None
        self._context: Any = None
        self._tensors: Tuple[trt.EngineTensor, ...] = ()
        self._buffers: Tuple[Buffer, ...] = ()
        self._thread = 0
        self._fault = ""

    @property
    def info(self) -> EngineInfo:
        """See Engine."""
        return EngineInfo(
            "tensorrt",
            self._plan.precision,
            "sha256:" + self._plan.sha256,
            trt.version(self._trt),
        )

    def open(self) -> None:
        """See Engine."""
        if self._card is not None:
            raise EngineError("the tensorrt engine is open already; close() it first")
        data = read_plan(self._directory, self._plan)
        self._thread = threading.get_ident()
        self._card = Card(self._cuda)
        try:
            self._card.open()
            self._deserialize(data)
            self._buffers = tuple(
                self._card.buffer(self._shape_of(tensor), self._zero_copy)
                for tensor in self._tensors
            )
        except self._card.error as error:
            self._note_fault(error)
            self.close()
            raise EngineError(self._fault) from error
        except (EngineError, PlanError):
            self.close()
            raise

    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        """See Engine."""
        self._check_usable()
        assert self._card is not None
        by_name = {each.name: buffer for each, buffer in zip(self._tensors, self._buffers)}
        picture, *outputs = (by_name[name] for name in self._names if name in by_name)
        stream = self._card.stream
        np.copyto(picture.host, tensor)
        try:
            picture.upload(stream)
            addresses = [buffer.address for buffer in self._buffers]
            if not trt.enqueue(self._context, self._tensors, addresses, stream.handle):
                raise self._note_fault("TensorRT did not take the inference")
            for output in outputs:
                output.download(stream)
            self._card.wait()
        except self._card.error as error:
            raise self._note_fault(error) from error
        poison, species = (output.host.reshape(-1).copy() for output in outputs[:2])
        return HeadOutputs(poison, species, *(maps.host[0].copy() for maps in outputs[2:]))

    def close(self) -> None:
        """See Engine."""
        if self._card is None:
            return
        # TensorRT's objects go first, the youngest before what it was made from.
        self._context = None
        self._engine = None
        self._runtime = None
        self._log = None
        self._buffers = ()
        self._card.close()
        self._card = None

    def _deserialize(self, data: bytes) -> None:
        self._log = trt.logger_for(self._trt)
        self._runtime = self._trt.Runtime(self._log)
        self._engine = self._runtime.deserialize_cuda_engine(data)
        if self._engine is None:
            raise EngineError(
                "TensorRT {} refuses the plan; it belongs to one TensorRT and one GPU; {}".format(
                    trt.version(self._trt), BUILD_IT
                )
            )
        self._tensors = trt.tensors_of(self._trt, self._engine)
        self._check_tensors()
        self._context = self._engine.create_execution_context()
        if self._context is None:
            raise EngineError("TensorRT makes no execution context; is there memory left?")
        for index, tensor in enumerate(self._tensors):
            if tensor.is_input:
                trt.set_input_shape(self._context, index, tensor, self.input_shape)

    def _shape_of(self, tensor: trt.EngineTensor) -> Tuple[int, ...]:
        if tensor.is_input:
            return self.input_shape
        return tuple(1 if size == -1 else size for size in tensor.shape)

    def _check_tensors(self) -> None:
        """The plan must have the manifest's input and outputs, of its shape, in float32.

        It need not have the activation maps.
        """
        inputs = [each for each in self._tensors if each.is_input]
        seen = sorted(each.name for each in self._tensors)
        fits = len(inputs) == 1 and inputs[0].name == self._names[0]
        if not fits or seen not in (sorted(self._needed), sorted(self._names)):
            self._refuse("inputs and outputs {}".format(seen), "{}".format(sorted(self._names)))
        self.gives_activation = len(seen) > len(self._needed)
        if not all(each.is_float32 for each in self._tensors):
            self._refuse("values of another type", "float32 inputs and outputs")
        shape = inputs[0].shape
        sizes_fit = all(size in (-1, own) for size, own in zip(shape, self.input_shape))
        if len(shape) != len(self.input_shape) or not sizes_fit:
            self._refuse("an input of {}".format(shape), "{}".format(self.input_shape))

    def _refuse(self, seen: str, expected: str) -> None:
        raise PlanError(
            "the plan {} has {}; the bundle's manifest says {}; {}".format(
                self._plan.file, seen, expected, BUILD_IT
            )
        )

    def _check_usable(self) -> None:
        if self._fault:
            raise EngineError(self._fault)
        if self._context is None:
            raise EngineError("the tensorrt engine is not open; open() it first")
        if threading.get_ident() != self._thread:
            raise EngineError("the tensorrt engine was opened by another thread; use it there")

    def _note_fault(self, error: object) -> EngineError:
        self._fault = (
            "the GPU failed ({}); plantd must be started again, and if that does not help the "
            "device; the kernel's log (dmesg) may say why".format(error)
        )
        return EngineError(self._fault)
