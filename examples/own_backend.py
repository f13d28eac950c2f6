"""A backend of one's own: a bundle's graph on OpenVINO's CPU plugin, proven before it answers.

usage: own_backend.py BUNDLE PICTURE

How this works: a backend gives both heads' raw outputs for one tensor and nothing else (see
plantd.engine.interface); pictures, labels and thresholds are not its business. It keeps the
contract of every engine, tests/support/engine_contract.py. To let the service use it by name, it
gets its line in plantd.engine.registry and its name in plantd.config.
"""

import sys
from typing import Any, List, Optional

import numpy as np

from plantd import bundle, picture, quality, tensor
from plantd.assessment import assess
from plantd.bundle import Bundle, sha256_of_file
from plantd.engine.interface import Engine, EngineInfo
from plantd.engine.self_test import self_test
from plantd.errors import EX_USAGE, EngineError, PlantdError
from plantd.heads import HeadOutputs


class OpenVinoEngine(Engine):
    """One compiled model in float32, for one thread of ours."""

    def __init__(self, model: Bundle, threads: int) -> None:
        """Args: the bundle whose graph is run; threads within one operator."""
        super().__init__(model.manifest.input.shape, model.output_sizes)
        self._model = model
        self._threads = threads
        self._openvino = _openvino()
        self._compiled: Optional[Any] = None
        self._info = EngineInfo(
            backend="openvino",
            precision="fp32",
            plan="sha256:" + sha256_of_file(model.model_path),
            version=str(self._openvino.__version__),
        )

    @property
    def info(self) -> EngineInfo:
        """See Engine."""
        return self._info

    def open(self) -> None:
        """See Engine."""
        # Its default on newer CPUs is bfloat16, which would not be the precision that `info` names.
        settings = {"INFERENCE_NUM_THREADS": self._threads, "INFERENCE_PRECISION_HINT": "f32"}
        try:
            core = self._openvino.Core()
            self._compiled = core.compile_model(self._model.model_path, "CPU", settings)
        except RuntimeError as error:
            raise EngineError(
                "OpenVINO {} cannot load {}: {}".format(
                    self._info.version, self._model.model_path, error
                )
            ) from error

    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        """See Engine."""
        if self._compiled is None:
            raise EngineError("the openvino engine is not open; open() it first")
        manifest = self._model.manifest
        answers = self._compiled(tensor)
        # Copied: the next inference writes into the same memory.
        return HeadOutputs(
            *[
                np.array(answers[head.output], np.float32).reshape(-1)
                for head in (manifest.poison, manifest.species)
            ]
        )

    def close(self) -> None:
        """See Engine."""
        self._compiled = None


def _openvino() -> Any:
    try:
        import openvino
    except ImportError as error:
        raise EngineError("openvino is not installed here; pip install openvino") from error
    return openvino


def verdict_on(model: Bundle, engine: Engine, path: str) -> str:
    """Return the rules' answer on a picture's file, with the rule that decided."""
    pixels = picture.read(path)
    height, width = pixels.shape[:2]
    measured = quality.measure(picture.thumbnail_grey(pixels), width, height)
    outputs = engine.infer(tensor.to_tensor(pixels, model.manifest.input))
    decision = assess(model, [outputs], measured).decision
    return "{} {}".format(decision.answer, decision.rule.value)


def main(arguments: List[str]) -> int:
    """Prove the backend on the bundle, then answer; return the exit code."""
    if len(arguments) != 2:
        print("usage: own_backend.py BUNDLE PICTURE", file=sys.stderr)
        return EX_USAGE
    try:
        model = bundle.load(arguments[0])
        with OpenVinoEngine(model, threads=1) as engine:
            self_test(model, engine)
            print(verdict_on(model, engine, arguments[1]))
    except PlantdError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
