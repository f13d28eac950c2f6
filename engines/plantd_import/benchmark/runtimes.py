"""The runtimes that can be compared, each behind the same three calls.

Both heads are asked for each picture, as a press does. Libraries are imported when a runtime is
made, so that a process holds nothing but the one it measures. TensorFlow runs as the study ran it,
ONNX Runtime as the service runs it.
"""

import os
from abc import ABC, abstractmethod
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence, Tuple

import numpy as np

from plantd.engine.onnx_session import session_from_file
from plantd.errors import PlantdError, UnavailableError

Answers = Tuple[np.ndarray, np.ndarray]


class Frozen(NamedTuple):
    """One head's graph as found, and how TensorFlow runs it."""

    path: str
    image: str
    output: str
    feeds: Mapping[str, object]
    nodes: int


class Material(NamedTuple):
    """One model in every form that a runtime may want; paths of files.

    Attributes:
        merged: ONNX, one input, outputs `poison` and `species`.
        heads: ONNX of the poison head and of the species head by itself.
        frozen: the two graphs it was made from; empty where they are not at hand.
        bundle, engines: for the service's own engines: the model, and where its plans lie.
        tensors: .npy of (n, *input shape[1:]) float32.
        reference: .npz with poison (n, values) and species (n, values).
    """

    title: str
    merged: str
    heads: Tuple[str, str]
    frozen: Tuple[Frozen, ...]
    bundle: str
    engines: str
    tensors: str
    reference: str


class Runtime(ABC):
    """Loaded by load(), asked by infer(); lives as long as its process."""

    def __init__(self, material: Material, threads: int) -> None:
        """Import the library; raise UnavailableError where it is not installed."""
        self.material = material
        self.threads = threads

    @property
    @abstractmethod
    def version(self) -> str:
        """Of the library."""

    @property
    def files(self) -> Sequence[str]:
        """What it loads."""
        return [self.material.merged]

    @abstractmethod
    def load(self) -> None:
        """Load the model."""

    @abstractmethod
    def infer(self, tensor: np.ndarray) -> Answers:
        """Return (values,) of the poison head and of the species head."""

    def close(self) -> None:  # noqa: B027
        """Free what does not go with the process; most have nothing."""


class TensorFlowSessions(Runtime):
    """Two sessions, one a head, asked one after the other: as the study did in 2019."""

    def __init__(self, material: Material, threads: int) -> None:
        """See Runtime."""
        super().__init__(material, threads)
        if len(material.frozen) != 2:
            raise UnavailableError("the frozen graphs of this model are not at hand")
        self._tf = _imported("tensorflow")
        self._sessions: List[Any] = []

    @property
    def version(self) -> str:
        """See Runtime."""
        return str(self._tf.__version__)

    @property
    def files(self) -> Sequence[str]:
        """See Runtime."""
        return [frozen.path for frozen in self.material.frozen]

    def load(self) -> None:
        """See Runtime."""
        v1 = self._tf.compat.v1
        config = v1.ConfigProto(
            intra_op_parallelism_threads=self.threads, inter_op_parallelism_threads=1
        )
        for frozen in self.material.frozen:
            definition = v1.GraphDef()
            with open(frozen.path, "rb") as source:
                definition.ParseFromString(source.read())
            with self._tf.Graph().as_default() as graph:
                self._tf.import_graph_def(definition, name="")
                self._sessions.append(v1.Session(graph=graph, config=config))

    def infer(self, tensor: np.ndarray) -> Answers:
        """See Runtime."""
        poison, species = (
            session.run(frozen.output, {frozen.image: tensor, **frozen.feeds}).reshape(-1)
            for session, frozen in zip(self._sessions, self.material.frozen)
        )
        return poison, species


class OnnxRuntime(Runtime):
    """One session of the merged graph, made as the service makes its own."""

    def __init__(self, material: Material, threads: int) -> None:
        """See Runtime."""
        super().__init__(material, threads)
        self._ort = _imported("onnxruntime")
        self._sessions: List[Any] = []

    @property
    def version(self) -> str:
        """See Runtime."""
        return str(self._ort.__version__)

    def load(self) -> None:
        """See Runtime."""
        for path in self.files:
            self._sessions.append(session_from_file(self._ort, path, self.threads))

    def infer(self, tensor: np.ndarray) -> Answers:
        """See Runtime."""
        answers: Dict[str, np.ndarray] = {}
        for session in self._sessions:
            names = [output.name for output in session.get_outputs()]
            values = session.run(names, {session.get_inputs()[0].name: tensor})
            answers.update(zip(names, (value.reshape(-1) for value in values)))
        return answers["poison"], answers["species"]


class TwoOnnxRuntimeSessions(OnnxRuntime):
    """One session a head: nothing is shared."""

    @property
    def files(self) -> Sequence[str]:
        """See Runtime."""
        return list(self.material.heads)


class OpenVino(Runtime):
    """The merged graph on OpenVINO's CPU plugin."""

    def __init__(self, material: Material, threads: int) -> None:
        """See Runtime."""
        super().__init__(material, threads)
        self._openvino = _imported("openvino")
        self._compiled: Any = None

    @property
    def version(self) -> str:
        """See Runtime."""
        return str(self._openvino.__version__)

    def load(self) -> None:
        """See Runtime."""
        core = self._openvino.Core()
        config = {"INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY"}
        # Its default on newer CPUs is bfloat16, which is another arithmetic than the others'.
        config["INFERENCE_PRECISION_HINT"] = "f32"
        self._compiled = core.compile_model(self.material.merged, "CPU", config)

    def infer(self, tensor: np.ndarray) -> Answers:
        """See Runtime."""
        answers = self._compiled(tensor)
        return answers["poison"].reshape(-1), answers["species"].reshape(-1)


class TensorRt(Runtime):
    """The plan that the service would load, by the service's own engine."""

    def __init__(self, material: Material, threads: int) -> None:
        """See Runtime."""
        super().__init__(material, threads)
        from plantd import bundle
        from plantd.config import EngineConfig
        from plantd.engine.registry import engine_from_config

        _imported("tensorrt")
        config = EngineConfig(backend="tensorrt", threads=threads)
        try:
            loaded = bundle.load(material.bundle)
            self._engine = engine_from_config(config, loaded, material.engines)
        except PlantdError as error:
            raise UnavailableError(str(error)) from error

    @property
    def version(self) -> str:
        """See Runtime."""
        return str(self._engine.info.version)

    @property
    def files(self) -> Sequence[str]:
        """See Runtime."""
        from plantd.engine.plan import plans_in

        folder, loaded = self.material.engines, self._engine.info.plan
        plans = [plan for plan in plans_in(folder) if "sha256:" + plan.sha256 == loaded]
        return [os.path.join(folder, plan.file) for plan in plans[:1]]

    def load(self) -> None:
        """See Runtime."""
        self._engine.open()

    def infer(self, tensor: np.ndarray) -> Answers:
        """See Runtime."""
        outputs = self._engine.infer(tensor)
        return outputs.poison, outputs.species

    def close(self) -> None:
        """See Runtime."""
        self._engine.close()


RUNTIMES: Dict[str, Callable[[Material, int], Runtime]] = {
    "tensorflow two sessions": TensorFlowSessions,
    "onnxruntime two sessions": TwoOnnxRuntimeSessions,
    "onnxruntime one graph": OnnxRuntime,
    "openvino one graph": OpenVino,
    "tensorrt one graph": TensorRt,
}


def size_bytes(paths: Sequence[str]) -> int:
    """Return how large the files are together."""
    return sum(os.path.getsize(path) for path in paths)


def _imported(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnavailableError("{} is not installed here".format(name)) from error
