"""Puts the strict stand-ins for tensorrt and pycuda in place for one test; see gpu_stack/."""

import importlib
import os
import sys
from types import ModuleType
from typing import Any, Dict, List, NamedTuple

import pytest

STACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpu_stack")
LISTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "tensorrt_api")
VERSIONS = ("8.2", "8.6.1", "10.0.1", "10.16.1.11", "11.4")
MODULES = ("tensorrt", "pycuda", "pycuda.driver", "gpu_world", "gpu_calibration")


class Gpu(NamedTuple):
    """What a test gets: the two modules and the world behind them."""

    tensorrt: ModuleType
    cuda: ModuleType
    world: Any

    def assert_nothing_left(self) -> None:
        assert self.world.leaks() == []
        assert self.world.violations == []


def stand_in(patch: pytest.MonkeyPatch, version: str, **settings: str) -> Gpu:
    """Install the stand-ins, playing a version, until `patch` is undone.

    Args:
        settings: of the world: gpu, sm, fault, half, ...: PLANTD_TEST_GPU and so on.
    """
    patch.setenv("PLANTD_TEST_TENSORRT", version)
    for name, value in settings.items():
        patch.setenv("PLANTD_TEST_" + name.upper(), value)
    patch.setattr(sys, "path", [STACK] + sys.path)
    for name in MODULES:
        patch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    tensorrt = importlib.import_module("tensorrt")
    cuda = importlib.import_module("pycuda.driver")
    world = importlib.import_module("gpu_world").WORLD
    for name in MODULES:
        # Registered, so that undoing the patch takes the stand-ins away again.
        module = sys.modules.pop(name)
        patch.setitem(sys.modules, name, module)
    return Gpu(tensorrt, cuda, world)


def offered(stack: Gpu) -> Dict[str, List[str]]:
    """Return class -> the public names that the stand-ins' sources have for it, in any version."""
    listed = sys.modules["gpu_world"].Listed
    kinds = list(vars(stack.tensorrt).values()) + list(vars(stack.cuda).values())
    return {
        kind.__name__: [n for n in vars(kind) if not n.startswith("_") and n != "library"]
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, listed) and kind.__name__[0].isupper()
    }
