"""Builds plans with TensorRT-RTX, which needs no GPU: the build code that a device runs, for real.

usage: PYTHONPATH=daemon:engines .venv-rtx/bin/python tools/rtx_build.py MODEL.onnx...
Every model is built for every target below; one that is not built fails the run. The plans are not
run: deserializing one needs NVIDIA's driver.
"""

import os
import resource
import sys
from typing import List

import tensorrt_rtx

from plantd.errors import PlantdError
from plantd_engines.network import BuildOptions, plan_from_graph

WORKSPACE_MB = 512
# RTX refuses FP32 matrix products on SM75 (Turing); FP16 is fine there.
TARGETS = (("SM75", "fp16"),) + tuple(
    (capability, precision)
    for capability in ("SM80", "SM86", "SM89", "SM120")
    for precision in ("fp32", "fp16")
)


def main(paths: List[str]) -> int:
    """Build all; return 1 if one failed."""
    print("TensorRT-RTX {}".format(tensorrt_rtx.__version__))
    failures = [path for path in paths for target in TARGETS if not _built(path, *target)]
    if failures:
        print("NOT BUILT: {} of {}".format(len(failures), len(paths) * len(TARGETS)))
        return 1
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("{} plans built; peak memory {} MB".format(len(paths) * len(TARGETS), peak_mb))
    print("not shown here: loading and running them, which needs a GPU and its driver")
    return 0


def _built(path: str, capability: str, precision: str) -> bool:
    with open(path, "rb") as source:
        model = source.read()
    name = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
    line = "{:28} {:6} {}".format(name, capability, precision)
    options = BuildOptions(precision, WORKSPACE_MB, capability)
    try:
        built = plan_from_graph(tensorrt_rtx, model, options)
    except PlantdError as error:
        print("{}  FAILED: {}".format(line, error))
        return False
    print(
        "{}  {:6.1f} MB in {:4.1f} s, {} layers".format(
            line, len(built.plan) / (1 << 20), built.seconds, built.layers
        ),
        flush=True,
    )
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
