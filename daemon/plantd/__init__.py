"""plantd: press the button, and it says whether the plant is poisonous and which one it is."""

import os
from typing import MutableMapping

__version__ = "0.1.0"


def choose_blas_kernels(machine: str, environment: MutableMapping[str, str]) -> None:
    """Tell the OpenBLAS of numpy the processor of a Jetson: numpy 1.19.5 dies of its guess.

    To be called before numpy is imported. Source: numpy issue 18131, OpenBLAS issue 2715.
    """
    if machine == "aarch64":
        environment.setdefault("OPENBLAS_CORETYPE", "ARMV8")


# Here, since every program of ours imports this first, and `sudo` drops what a shell exports.
choose_blas_kernels(os.uname().machine, os.environ)
