"""Asks a calibrator as TensorRT 8 does, through bindings that let no exception out."""

import os
from typing import Any, Callable, List, Tuple

import numpy as np
from gpu_world import WORLD

MAGIC = b"TRT-EntropyCalibration2\n"

Input = Tuple[str, Tuple[int, ...]]


class Calibrating:
    """One calibration: batch after batch until None, unless there is a cache."""

    def __init__(
        self, calibrator: Any, inputs: List[Input], profile: Any, say: Callable[[str], None]
    ) -> None:
        self._calibrator = calibrator
        self._inputs = inputs
        self._profile = profile
        self._say = say

    def done(self) -> bool:
        """Calibrate; return whether the builder goes on."""
        if self._call("get_batch_size", default=-1) != 1:
            self._say("2: [calibrator.cpp::calibrateEngine] the batch size is not the network's")
            return False
        cache = self._call("read_calibration_cache")
        if cache is not None:
            if not bytes(cache).startswith(MAGIC):
                self._say("1: Unexpected exception: the calibration cache cannot be read")
                return False
            return True
        count = 0
        while self._batch():
            count += 1
        if not count:
            self._say("2: [calibrator.cpp::calibrateEngine] no batch: calibration failed")
            return False
        written = bytearray(MAGIC + "{} batches".format(count).encode("ascii"))
        self._call("write_calibration_cache", memoryview(written))
        # The memory was the builder's own.
        written[:] = bytes(len(written))
        return True

    def _batch(self) -> bool:
        given = self._call("get_batch", [name for name, _ in self._inputs])
        if not given:
            return False
        if not isinstance(given, list) or not all(type(each) is int for each in given):
            _swallow("get_batch", TypeError("Unable to cast Python instance to C++ type"))
            return False
        if len(given) != len(self._inputs):
            raise RuntimeError("getBatch: TensorRT reads past the addresses it was given")
        for (_, shape), address in zip(self._inputs, given):
            self._look(shape, address)
        return True

    def _look(self, shape: Tuple[int, ...], address: int) -> None:
        if -1 in shape and self._profile is None:
            raise RuntimeError("calibrating with an open size, and no calibration profile")
        shape = tuple(1 if size == -1 else size for size in shape)
        size = 4 * int(np.prod(shape))
        block = WORLD.blocks.get(address)
        if block is None or block.kind != "device" or block.bytes.size < size:
            WORLD.broken = True
            raise RuntimeError("an illegal memory access was encountered")
        WORLD.calibrated_with.append(block.bytes[:size].view(np.float32).reshape(shape).copy())

    def _call(self, name: str, *arguments: Any, default: Any = None) -> Any:
        """Call into Python; an exception ends on stderr, and the default goes back to C++."""
        WORLD.calibration_calls.append(name)
        try:
            return getattr(self._calibrator, name)(*arguments)
        except Exception as error:  # noqa: BLE001  # so do the bindings
            _swallow(name, error)
            return default


def _swallow(name: str, error: Exception) -> None:
    text = "[ERROR] Exception caught in {}(): {}\n".format(name, error)
    os.write(2, text.encode("utf-8"))
