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


def keep_to_ourselves(environment: MutableMapping[str, str]) -> None:
    """Keep ONNX Runtime from making a device id and a database in the home directory, to be sent.

    It does so from 1.32 on, when it is imported. Source: its telemetry_1ds.cc.
    """
    environment.setdefault("ORT_DISABLE_TELEMETRY", "1")


# Here, since every program of ours imports this first, and `sudo` drops what a shell exports.
choose_blas_kernels(os.uname().machine, os.environ)
keep_to_ourselves(os.environ)
