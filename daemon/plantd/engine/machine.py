"""What a plan belongs to: one TensorRT, one CUDA, one L4T and one GPU."""

import os
import re
from typing import Any, NamedTuple

from plantd.engine import gpu, trt
from plantd.system.libraries import L4T_RELEASE

NO_L4T = "none"


class Machine(NamedTuple):
    """The part of a plan's key that the device decides.

    Attributes:
        tensorrt, cuda: versions.
        l4t: release of NVIDIA's Linux for Tegra, "32.7.1"; "none" elsewhere.
        gpu: its name; sm: its compute capability, "6.2".
    """

    tensorrt: str
    cuda: str
    l4t: str
    gpu: str
    sm: str


def machine_from_modules(tensorrt: Any, cuda: Any, root: str = "/") -> Machine:
    """Return what this device is. Raises EngineError without a GPU."""
    card = gpu.facts(cuda)
    return Machine(trt.version(tensorrt), card.cuda, l4t_release(root), card.name, card.sm)


def l4t_release(root: str = "/") -> str:
    """Return the L4T release below `root`, "none" where it is no Tegra.

    The file begins: # R32 (release), REVISION: 7.1, GCID: ..., BOARD: t186ref, ...
    """
    try:
        with open(os.path.join(root, L4T_RELEASE), encoding="utf-8", errors="replace") as source:
            line = source.readline(500)
    except OSError:
        return NO_L4T
    found = re.search(r"R(\d+).*REVISION:\s*([\d.]+)", line)
    return "{}.{}".format(*found.groups()) if found else line.strip() or NO_L4T
