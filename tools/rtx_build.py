"""Builds plans with TensorRT-RTX, which needs no GPU: the build code that a device runs, for real.

usage: PYTHONPATH=daemon:engines .venv-rtx/bin/python tools/rtx_build.py MODEL.onnx...
Every model is built for every target below; one that is not built fails the run. A graph that holds
its quantisation is built in INT8, and every convolution between its Q and DQ must be one in INT8 by
the builder's own list of layers. The plans are not run: deserializing one needs NVIDIA's driver.
"""

import os
import resource
import sys
from typing import List, Sequence, Tuple

import rtx_layers
import tensorrt_rtx

from plantd.errors import PlantdError
from plantd_engines.network import BuildOptions, is_quantised, plan_from_graph

WORKSPACE_MB = 512
# RTX refuses FP32 matrix products on SM75 (Turing); FP16 is fine there.
TARGETS = (("SM75", "fp16"),) + tuple(
    (capability, precision)
    for capability in ("SM80", "SM86", "SM89", "SM120")
    for precision in ("fp32", "fp16")
)
# RTX knows no SM72 (Xavier) and no SM87 (Orin): these are their next of kin on a desk.
INT8_TARGETS = (("SM86", "int8"), ("SM89", "int8"))


def main(paths: List[str]) -> int:
    """Build all; return 1 if one failed."""
    print("TensorRT-RTX {}".format(tensorrt_rtx.__version__))
    asked = [(path, *target) for path in paths for target in _targets(path)]
    failures = [each for each in asked if not _build(*each)]
    if failures:
        print("NOT BUILT: {} of {}".format(len(failures), len(asked)))
        return 1
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("{} plans built; peak memory {} MB".format(len(asked), peak_mb))
    print("not shown here: loading and running them, which needs a GPU and its driver")
    return 0


class _Layers(tensorrt_rtx.ILogger):  # type: ignore[misc]  # it has no types
    """Keeps what the builder tells of its layers."""

    def __init__(self) -> None:
        tensorrt_rtx.ILogger.__init__(self)
        self.lines: List[str] = []

    def log(self, severity: object, text: str) -> None:
        """Called by TensorRT for every message, of one line or many."""
        if severity in (tensorrt_rtx.ILogger.ERROR, tensorrt_rtx.ILogger.INTERNAL_ERROR):
            print(text)
        self.lines += text.splitlines()


def _targets(path: str) -> Sequence[Tuple[str, str]]:
    return INT8_TARGETS if is_quantised(_bytes_of(path)) else TARGETS


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as source:
        return source.read()


def _build(path: str, capability: str, precision: str) -> bool:
    model = _bytes_of(path)
    name = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
    line = "{:28} {:6} {}".format(name, capability, precision)
    is_int8 = precision == "int8"
    options = BuildOptions(precision, WORKSPACE_MB, capability, tells_layers=is_int8)
    layers = _Layers() if is_int8 else None
    try:
        built = plan_from_graph(tensorrt_rtx, model, options, log=layers)
    except PlantdError as error:
        print("{}  FAILED: {}".format(line, error))
        return False
    print(
        "{}  {:6.1f} MB in {:4.1f} s, {} layers".format(
            line, len(built.plan) / (1 << 20), built.seconds, built.layers
        ),
        flush=True,
    )
    return layers is None or _is_kept(model, layers.lines)


def _is_kept(model: bytes, lines: Sequence[str]) -> bool:
    kept = rtx_layers.kept_in_int8(model, lines)
    print(
        "{:28} {} of {} convolutions take INT8 inputs and weights, by the builder's list of "
        "layers".format("", len(kept.in_int8), len(kept.asked))
    )
    return bool(kept.asked) and kept.in_int8 == kept.asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
