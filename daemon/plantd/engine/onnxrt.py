"""The onnxruntime backend: runs the bundle's ONNX graph on the CPU, anywhere."""

from typing import Any, List, Optional

import numpy as np

from plantd.bundle import Bundle, sha256_of_file
from plantd.engine.interface import Engine, EngineInfo
from plantd.engine.onnx_session import session_from_file
from plantd.errors import EngineError
from plantd.heads import HeadOutputs


class OnnxRuntimeEngine(Engine):
    """One session with few threads that never spin."""

    def __init__(self, bundle: Bundle, threads: int) -> None:
        """Args: the bundle whose graph is run; threads within one operator."""
        manifest = bundle.manifest
        super().__init__(manifest.input.shape, bundle.output_sizes, manifest.activation)
        self.gives_activation = manifest.activation is not None
        self._bundle = bundle
        self._threads = threads
        self._runtime = _runtime()
        self._session: Optional[Any] = None
        self._info = EngineInfo(
            backend="onnxruntime",
            precision="fp32",
            plan="sha256:" + sha256_of_file(bundle.model_path),
            version=str(self._runtime.__version__),
        )

    @property
    def info(self) -> EngineInfo:
        """See Engine."""
        return self._info

    def open(self) -> None:
        """See Engine."""
        try:
            self._session = session_from_file(self._runtime, self._bundle.model_path, self._threads)
            self._check_names(self._session)
        except EngineError:
            self.close()
            raise
        except Exception as error:  # onnxruntime raises its own classes, each below Exception
            self.close()
            raise EngineError(
                "onnxruntime {} cannot load {}: {}; install the bundle again".format(
                    self._info.version, self._bundle.model_path, error
                )
            ) from error

    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        """See Engine."""
        if self._session is None:
            raise EngineError("the onnxruntime engine is not open; open() it first")
        manifest = self._bundle.manifest
        try:
            values = self._session.run(self._names(), {manifest.input.name: tensor})
        except Exception as error:  # onnxruntime raises its own classes, each below Exception
            raise EngineError("onnxruntime failed while inferring: {}".format(error)) from error
        return HeadOutputs(_flat(values[0]), _flat(values[1]), *(maps[0] for maps in values[2:]))

    def close(self) -> None:
        """See Engine."""
        self._session = None

    def _names(self) -> List[str]:
        """Poison, species, and the activation maps where the bundle has them."""
        manifest = self._bundle.manifest
        maps = [manifest.activation.output] if manifest.activation else []
        return [manifest.poison.output, manifest.species.output, *maps]

    def _check_names(self, session: Any) -> None:
        manifest = self._bundle.manifest
        seen = {value.name for value in session.get_inputs() + session.get_outputs()}
        expected = {manifest.input.name, *self._names()}
        if not expected <= seen:
            raise EngineError(
                "{} has inputs and outputs {}; the manifest names {}; the bundle contradicts "
                "itself: make it again".format(
                    self._bundle.model_path, sorted(seen), sorted(expected)
                )
            )


def _flat(values: Any) -> np.ndarray:
    return np.asarray(values, np.float32).reshape(-1)


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError(
            "engine.backend is onnxruntime, which is not installed here; "
            "pip install onnxruntime, or set engine.backend to tensorrt on a Jetson"
        ) from error
    return onnxruntime
