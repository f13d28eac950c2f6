"""A GPU that TensorRT could use and nobody does: said, since all works without it, slowly."""

import importlib.util
from typing import Optional

from plantd.config import EngineConfig
from plantd.engine import trt
from plantd.system import libraries


def idle_gpu(config: EngineConfig, l4t: Optional[bool] = None) -> str:
    """Return one sentence where the configured backend leaves a GPU idle, else nothing.

    Args:
        l4t: whether this is a Jetson; None looks.
    """
    if config.backend != "onnxruntime":
        return ""
    is_l4t = libraries.is_l4t() if l4t is None else l4t
    if not (is_l4t or trt.installed()):
        return ""
    missing = [name for name in ("tensorrt", "pycuda") if importlib.util.find_spec(name) is None]
    if missing:
        helps = "{} is missing: {}".format(missing[0], libraries.remedy(missing[0], is_l4t))
    else:
        helps = "set engine.backend to tensorrt, then make engine"
    return "GPU idle: backend onnxruntime; {}".format(helps)
