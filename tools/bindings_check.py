"""Asks our INT8 calibrator for its set as TensorRT 8 does: from C++, through NVIDIA's own bindings.

usage: PYTHONPATH=daemon:engines .venv-rtx/bin/python tools/bindings_check.py
TensorRT's libraries are not there: the bindings are loaded over empty ones, which gcc makes here,
and what TensorRT would call is called through the calibrator's table of virtual functions. Shown is
that the bindings take the calibrator for one, what reaches it, and what becomes of its exceptions.
Nothing is calibrated, and nothing is built.
"""

import ctypes
import importlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from typing import Any, Callable, List, Optional, Tuple

import numpy as np

from plantd_engines.calibration.calibration_set import CalibrationError
from plantd_engines.calibration.entropy_calibrator import Cache, CacheKey, Feed, calibrator_of

PACKAGE = "tensorrt_bindings"
LIBRARIES = ("nvinfer", "nvonnxparser", "nvparsers", "nvinfer_plugin")
MAJOR = 8
SHAPE = (1, 4, 4, 3)
ADDRESS = 0x10000
KEY = CacheKey("graph", "set", "8.6.1", 1)
# pybind11: an object's C++ counterpart is named behind Python's own two words.
HEADER_BYTES = 16


def main() -> int:
    """Check all; return 1 with what differs."""
    with tempfile.TemporaryDirectory(prefix="plantd-bindings-") as work:
        trt = _bindings(work)
        print("NVIDIA's bindings {}, over empty libraries".format(trt.__version__))
        print("what they say of exceptions themselves is part of the check:", flush=True)
        failures = [check.__name__ for check in CHECKS if not check(trt, work)]
    for check in CHECKS:
        print("{}: {}".format(check.__name__, "NOT SO" if check.__name__ in failures else "yes"))
    return 1 if failures else 0


def a_whole_set_is_taken_in_its_order_and_its_cache_kept(trt: Any, work: str) -> bool:
    """A set that nothing goes wrong with."""
    given: List[float] = []
    feed, called = _feed(trt, work + "/whole", [_filled(1.0), _filled(2.0)], given)
    first = (called.batch_size(), called.algorithm(), called.cache())
    batches = [called.batch() for _ in range(3)]
    called.keep(b"scales")
    feed.check_whole()
    entropy_2 = int(trt.CalibrationAlgoType.ENTROPY_CALIBRATION_2)
    return (first, batches, given, called.cache()) == (
        (1, entropy_2, None),
        [(True, ADDRESS), (True, ADDRESS), (False, 0)],
        [1.0, 2.0],
        b"scales",
    )


def a_cache_of_before_is_handed_to_cpp(trt: Any, work: str) -> bool:
    """The second build of a set."""
    Cache(work + "/before", KEY).write(b"scales of before")
    _, called = _feed(trt, work + "/before", [_filled(1.0)], [])
    return called.cache() == b"scales of before"


def an_exception_is_swallowed_by_the_bindings_and_kept_by_us(trt: Any, work: str) -> bool:
    """A picture that cannot be read, between two that can."""
    feed, called = _feed(trt, work + "/failing", [_filled(1.0), _failing, _filled(2.0)], [])
    batches = [called.batch() for _ in range(3)]
    called.keep(b"scales of a part")
    try:
        feed.check()
    except CalibrationError as error:
        kept = "picture 2 of 3: the leaf is torn" in str(error)
        ended = batches == [(True, ADDRESS), (False, 0), (False, 0)]
        return kept and ended and not os.path.exists(work + "/failing")
    return False


def an_exception_that_nobody_keeps_looks_like_the_end_of_the_set(trt: Any, _work: str) -> bool:
    """Why ours is kept: the bindings tell TensorRT no more than that there is no further batch."""
    kind = type("Naive", (trt.IInt8EntropyCalibrator2,), {"get_batch": lambda _self, _: _failing()})
    return _Called(kind()).batch() == (False, 0)


CHECKS = (
    a_whole_set_is_taken_in_its_order_and_its_cache_kept,
    a_cache_of_before_is_handed_to_cpp,
    an_exception_is_swallowed_by_the_bindings_and_kept_by_us,
    an_exception_that_nobody_keeps_looks_like_the_end_of_the_set,
)


class _Called:
    """Calls a calibrator's virtual functions, in the order that NvInfer.h declares them."""

    def __init__(self, calibrator: Any) -> None:
        self._owner = calibrator
        self._this = ctypes.c_void_p.from_address(id(calibrator) + HEADER_BYTES).value
        self._table = ctypes.c_void_p.from_address(self._this or 0).value or 0

    def batch_size(self) -> int:
        return int(self._virtual(0, ctypes.c_int32)(self._this))

    def batch(self) -> Tuple[bool, int]:
        """Return whether there is a batch, and the address that it is at."""
        addresses, names = (ctypes.c_void_p * 1)(), (ctypes.c_char_p * 1)(b"input")
        places = (ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_char_p))
        call = self._virtual(1, ctypes.c_bool, *places, ctypes.c_int32)
        return bool(call(self._this, addresses, names, 1)), int(addresses[0] or 0)

    def cache(self) -> Optional[bytes]:
        size = ctypes.c_size_t(0)
        call = self._virtual(2, ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t))
        found = call(self._this, ctypes.byref(size))
        return ctypes.string_at(found, size.value) if found else None

    def keep(self, data: bytes) -> None:
        """Hand out a cache in memory that is gone afterwards."""
        memory = ctypes.create_string_buffer(data, len(data))
        call = self._virtual(3, None, ctypes.c_void_p, ctypes.c_size_t)
        call(self._this, ctypes.addressof(memory), len(data))
        ctypes.memset(memory, 0, len(data))

    def algorithm(self) -> int:
        return int(self._virtual(4, ctypes.c_int32)(self._this))

    def _virtual(self, place: int, result: Any, *kinds: Any) -> Any:
        address = ctypes.c_void_p.from_address(self._table + place * 8).value
        return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *kinds)(address or 0)


def _feed(
    trt: Any, cache: str, tensors: List[Callable[[], np.ndarray]], given: List[float]
) -> Tuple[Feed, _Called]:
    def to_device(tensor: np.ndarray) -> int:
        given.append(float(tensor.mean()))
        return ADDRESS

    feed = Feed("input", SHAPE, tensors, to_device, Cache(cache, KEY))
    return feed, _Called(calibrator_of(trt, feed))


def _filled(value: float) -> Callable[[], np.ndarray]:
    return lambda: np.full(SHAPE, value, np.float32)


def _failing() -> np.ndarray:
    raise ValueError("the leaf is torn")


def _bindings(work: str) -> Any:
    """Return NVIDIA's bindings, over empty libraries that are loaded already by their names."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        sys.exit("{} is not installed: make venv-rtx".format(PACKAGE))
    extension = os.path.join(found.submodule_search_locations[0], "tensorrt.so")
    wanted = subprocess.run(
        ["nm", "-D", "--undefined-only", extension], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    names = [line.split()[-1] for line in wanted.splitlines()]
    # What has no version is TensorRT's or Python's.
    ours = [name for name in names if re.match(r"(create|get|init|_ZN\d+nv)[^@]*$", name)]
    source = os.path.join(work, "empty.c")
    for library in LIBRARIES:
        bodies = ["void *{}(void) {{ return 0; }}\n".format(name) for name in ours]
        with open(source, "w", encoding="ascii") as target:
            target.write("".join(bodies) if library == "nvinfer" else "")
        _load_empty(source, "lib{}.so.{}".format(library, MAJOR), work)
    return importlib.import_module(PACKAGE)


def _load_empty(source: str, name: str, work: str) -> None:
    path = os.path.join(work, name)
    link = ["-shared", "-fPIC", "-w", "-Wl,-soname," + name, source, "-o", path]
    subprocess.run(["gcc", *link], check=True)
    ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)


if __name__ == "__main__":
    sys.exit(main())
