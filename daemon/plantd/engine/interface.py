"""The contract every engine keeps (tests/contract/test_engine_contract.py)."""

from abc import abstractmethod
from typing import NamedTuple, Tuple

import numpy as np

from plantd.errors import EngineError
from plantd.heads import HeadOutputs
from plantd.system.lifetime import Openable


class EngineInfo(NamedTuple):
    """What answers: backend, precision, and the artefact it was loaded from.

    Attributes:
        backend: tensorrt, onnxruntime or fake.
        precision: fp32, fp16 or int8.
        plan: "sha256:..." of the plan or graph that is loaded.
        version: version of the runtime library.
    """

    backend: str
    precision: str
    plan: str
    version: str


class Engine(Openable):
    """Runs both heads on one tensor. Opened, used and closed by one and the same thread."""

    def __init__(self, input_shape: Tuple[int, ...], output_sizes: Tuple[int, int]) -> None:
        """Args: the tensor's shape, and how many values (poison, species) have."""
        self.input_shape = input_shape
        self.output_sizes = output_sizes

    @property
    @abstractmethod
    def info(self) -> EngineInfo:
        """What answers. Known from construction on."""

    @abstractmethod
    def open(self) -> None:
        """Load everything. The first inference is slow: `plantd.inference.loader` runs it.

        Raises EngineError (library absent, graph unreadable) or PlanError (plan stale, damaged).
        """

    @abstractmethod
    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        """Compute. `tensor` is already known to have the right shape and type."""

    @abstractmethod
    def close(self) -> None:
        """Free everything; may be called twice."""

    def infer(self, tensor: np.ndarray) -> HeadOutputs:
        """Return both heads' raw values for one tensor of `input_shape`, float32.

        Raises EngineError when the tensor has another shape or type, when the engine is not
        open, or when inference fails.
        """
        if tensor.shape != self.input_shape or tensor.dtype != np.float32:
            raise EngineError(
                "the engine was given {} {}; expected {} float32; the tensor must come from "
                "plantd.tensor with this bundle's input".format(
                    tensor.shape, tensor.dtype, self.input_shape
                )
            )
        outputs = self.infer_impl(tensor)
        sizes = (outputs.poison.size, outputs.species.size)
        if sizes != self.output_sizes:
            raise EngineError(
                "the engine returned {} values (poison, species); the bundle declares {}; "
                "rebuild the engine".format(sizes, self.output_sizes)
            )
        return outputs
