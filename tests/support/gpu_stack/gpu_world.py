"""What the fake tensorrt and the fake pycuda share: names, device memory, faults, leaks."""

import gc
import json
import os
import threading
import weakref
from typing import Any, Callable, Dict, List, Set, Tuple

import numpy as np

LISTS = os.path.join(os.path.dirname(__file__), "..", "..", "data", "tensorrt_api")


def names_of(library: str) -> Dict[str, Any]:
    """Return the public names by class, as the library's list has them."""
    with open(os.path.join(LISTS, library + ".json"), encoding="utf-8") as source:
        return json.load(source)


class Block:
    """Memory that an address points into: device memory, or pinned memory, mapped or not."""

    def __init__(self, address: int, size: int, kind: str) -> None:
        self.address = address
        self.kind = kind
        self.bytes = np.zeros(size, np.uint8)


class World:
    """One process's GPU."""

    def __init__(self) -> None:
        self.version = os.environ["PLANTD_TEST_TENSORRT"]
        self.gpu = os.environ.get("PLANTD_TEST_GPU", "NVIDIA Tegra X2")
        self.sm = os.environ.get("PLANTD_TEST_SM", "6.2")
        self._fault = os.environ.get("PLANTD_TEST_FAULT", "")
        self._fault_path = os.environ.get("PLANTD_TEST_FAULT_FILE", "")
        self.names = {"tensorrt": names_of(self.version), "pycuda": names_of("pycuda-2022.1")}
        self.used: Set[Tuple[str, str, str]] = set()
        self.blocks: Dict[int, Block] = {}
        self.current: Dict[int, List[Any]] = {}
        self.retained = 0
        self.initialised = False
        self.broken = False
        self.violations: List[str] = []
        self.built_with: List[int] = []
        # What TensorRT asked of a calibrator, in turn, and the inputs it was given.
        self.calibration_calls: List[str] = []
        self.calibrated_with: List[np.ndarray] = []
        self.objects: "weakref.WeakSet[Any]" = weakref.WeakSet()
        self._next_address = 0x7F0000000

    @property
    def fault(self) -> str:
        """What fails now: no gpu, memory, needs cudnn, enqueue, launch; a file may say it."""
        if self._fault_path and os.path.exists(self._fault_path):
            with open(self._fault_path) as source:
                return source.read()
        return self._fault

    @fault.setter
    def fault(self, fault: str) -> None:
        self._fault = fault

    def check_name(self, library: str, kind: str, name: str) -> None:
        """Raise AttributeError for a name that the version's class does not have."""
        listed = self.names[library].get(kind)
        if listed is not None and name not in listed:
            told = self.version if library == "tensorrt" else ""
            raise AttributeError("{} {} has no {}.{}".format(library, told, kind, name))
        self.used.add((library, kind, name))

    def allocate(self, size: int, kind: str = "device") -> Block:
        block = Block(self._next_address, size, kind)
        self._next_address += size + 4096
        self.blocks[block.address] = block
        return block

    def release(self, block: Block) -> None:
        del self.blocks[block.address]

    def at(self, address: int, size: int) -> np.ndarray:
        """Return the bytes behind a device address; KeyError when they are not allocated."""
        block = self.blocks[address]
        if block.bytes.size < size:
            raise KeyError("{} bytes at {:#x}, {} wanted".format(block.bytes.size, address, size))
        return block.bytes[:size]

    def has_context(self) -> bool:
        return bool(self.current.get(threading.get_ident()))

    def leaks(self) -> List[str]:
        """Return what was not given back."""
        gc.collect()
        found = ["{} bytes at {:#x}".format(b.bytes.size, a) for a, b in self.blocks.items()]
        found += ["{} still alive".format(type(each).__name__) for each in self.objects]
        found += ["a context still current"] if any(self.current.values()) else []
        found += ["the primary context still retained"] if self.retained else []
        return found


class Listed:
    """Has only the names that the version's list of its class has."""

    library = "tensorrt"

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name != "library":
            WORLD.check_name(self.library, type(self).__name__, name)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            WORLD.check_name(self.library, type(self).__name__, name)
        object.__setattr__(self, name, value)


WORLD = World()
Enqueued = Callable[[], None]
