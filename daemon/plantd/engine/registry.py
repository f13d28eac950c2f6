"""Engines by name. There is no fall-back: what is configured is what runs, or an error says why."""

from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine.interface import Engine
from plantd.errors import EngineError

BACKENDS = ("onnxruntime", "tensorrt", "fake")


def engine_from_config(config: EngineConfig, bundle: Bundle, engines_path: str = "") -> Engine:
    """Return the configured engine, not yet opened.

    Args:
        engines_path: tensorrt: where the plans lie; see Config.engines_path.

    Raises EngineError when the backend's library is absent, PlanError when no plan fits.
    """
    if config.backend == "onnxruntime":
        from plantd.engine.onnxrt import OnnxRuntimeEngine

        return OnnxRuntimeEngine(bundle, config.threads)
    if config.backend == "tensorrt":
        from plantd.engine.gpu_engine import engine_for_this_device

        return engine_for_this_device(bundle, config, engines_path)
    if config.backend == "fake":
        from plantd.engine.scripted import ScriptedEngine

        return ScriptedEngine(bundle)
    raise EngineError(
        "engine.backend is {!r}; expected one of {}".format(config.backend, ", ".join(BACKENDS))
    )
