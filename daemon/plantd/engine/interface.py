"""The contract every engine keeps (tests/contract/test_engine_contract.py)."""

from abc import abstractmethod
from typing import NamedTuple, Optional, Tuple

import numpy as np

from plantd.activation import ActivationSpec
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

    #: Whether `infer` gives the activation maps that the bundle declares. Known once it is open.
    gives_activation = False

    def __init__(
        self,
        input_shape: Tuple[int, ...],
        output_sizes: Tuple[int, int],
        activation: Optional[ActivationSpec] = None,
    ) -> None:
        """Args: the tensor's shape, how many values (poison, species) have; the bundle's maps."""
        self.input_shape = input_shape
        self.output_sizes = output_sizes
        self.activation = activation

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
        if outputs.activation is not None:
            self._check_activation(outputs.activation)
        return outputs

    def _check_activation(self, maps: np.ndarray) -> None:
        told = self.activation
        expected = (told.rows, told.columns, self.output_sizes[1]) if told else ()
        if maps.shape != expected:
            raise EngineError(
                "the engine returned activation maps of {}; the bundle declares {}; rebuild the "
                "engine".format(maps.shape, expected)
            )
