"""Entropy calibration: TensorRT 8 measures activations on the calibration set, and keeps a cache.

How this works: TensorRT calls back from C++. It asks for a cache, and where there is none for one
batch after the other, until None; then it hands out the cache to keep.

    get_batch_size, read_calibration_cache, [get_batch ... None, write_calibration_cache]

Its Python bindings take an exception in get_batch for the end of the set: calibration would go on
with fewer pictures, and nobody would know. So the first error is kept, nothing is written to the
cache any more, and `check` raises it once the builder has returned.
Source: TensorRT release/8.2, python/src/infer/pyInt8.cpp.
"""

import hashlib
import json
import os
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.errors import CannotWriteError
from plantd_engines import store
from plantd_engines.calibration.calibration_set import CalibrationError

BATCH = 1


class CacheKey(NamedTuple):
    """What a calibration cache belongs to: digests of graph and set, TensorRT's version, recipe."""

    graph: str
    calibration: str
    tensorrt: str
    recipe: int


class Cache:
    """TensorRT's calibration cache in a file, behind a line that says what it belongs to."""

    def __init__(self, path: str, key: CacheKey) -> None:
        """Args: the file need not exist; one of another key is not used, and overwritten."""
        self._path = path
        self._key = key

    def read(self) -> Optional[bytes]:
        """Return the cache; None when there is none of this key that is whole."""
        if not os.path.exists(self._path):
            return None
        with open(self._path, "rb") as source:
            line, _, data = source.read().partition(b"\n")
        return data if data and line == self._line(data) else None

    def write(self, data: bytes) -> None:
        """Keep the cache: whole or not at all. Raises CannotWriteError."""
        store.write_whole(self._path, self._line(data) + b"\n" + data)

    def _line(self, data: bytes) -> bytes:
        tree = dict(self._key._asdict(), sha256=hashlib.sha256(data).hexdigest())
        return json.dumps(tree, sort_keys=True).encode("ascii")


class Feed:
    """The calibration set as TensorRT asks for it, and what went wrong meanwhile."""

    def __init__(
        self,
        name: str,
        shape: Tuple[int, ...],
        tensors: Sequence[Callable[[], np.ndarray]],
        to_device: Callable[[np.ndarray], int],
        cache: Cache,
    ) -> None:
        """Args:
        name, shape: of the network's input, batch 1.
        tensors: each returns one picture as the network's input, float32 of that shape.
        to_device: copies a tensor to the GPU, and returns the address of device memory.
        """
        self.name = name
        self.shape = shape
        self._tensors = tensors
        self._to_device = to_device
        self._cache = cache
        self._error: Optional[Exception] = None
        self._given = 0
        self._has_ended = False
        self._known: Optional[bytes] = None
        self.note = ""

    def restart(self) -> None:
        """Begin again with the first picture: before each build."""
        if self._error is None:
            self._given, self._has_ended = 0, False

    def check(self) -> None:
        """Raise CalibrationError if anything went wrong in a call of TensorRT's."""
        if self._error is not None:
            raise CalibrationError(
                "INT8 calibration failed at picture {} of {}: {}".format(
                    self._given + 1, len(self._tensors), self._error
                )
            ) from self._error

    def check_whole(self) -> None:
        """Raise CalibrationError unless TensorRT had the whole set, or a cache made of it."""
        self.check()
        if self._known is None:
            raise CalibrationError(
                "TensorRT calibrated with {} of {} pictures and left no cache; its lines above "
                "say why".format(self._given, len(self._tensors))
            )

    def get_batch_size(self) -> int:
        """Return how many pictures a batch has."""
        return BATCH

    def get_batch(self, names: Sequence[str]) -> Optional[List[int]]:
        """Return the next picture's device address; None after the last one, and after an error."""
        if self._error is not None:
            return None
        try:
            if list(names) != [self.name]:
                raise CalibrationError(
                    "TensorRT asks for the inputs {}; expected {}".format(list(names), [self.name])
                )
            if self._given == len(self._tensors):
                self._has_ended = True
                return None
            address = self._to_device(self._checked(self._tensors[self._given]()))
        except Exception as error:  # noqa: BLE001  # what is raised here, TensorRT swallows
            self._error = error
            return None
        self._given += 1
        return [address]

    def read_calibration_cache(self) -> Optional[bytes]:
        """Return the cache of this graph, set and TensorRT, or None."""
        if self._error is None and self._known is None:
            try:
                self._known = self._cache.read()
            except OSError as error:
                self.note = "the calibration cache cannot be read ({})".format(error.strerror)
        return self._known

    def write_calibration_cache(self, data: Any) -> None:
        """Keep the cache of a whole set; of one that failed, nothing."""
        if self._error is not None or not self._has_ended:
            return
        # Copied: the memory is TensorRT's.
        self._known = bytes(data)
        try:
            self._cache.write(self._known)
        except CannotWriteError as error:
            self.note = "the next build calibrates again: {}".format(error)
        except Exception as error:  # noqa: BLE001  # what is raised here, TensorRT swallows
            self._error = error

    def _checked(self, tensor: np.ndarray) -> np.ndarray:
        if tensor.shape != self.shape or tensor.dtype != np.float32:
            raise CalibrationError(
                "the tensor is {} {}; expected {} float32".format(
                    tensor.shape, tensor.dtype, self.shape
                )
            )
        return tensor


def calibrator_of(trt: Any, feed: Feed) -> Any:
    """Return TensorRT's entropy calibrator that asks `feed`; it must outlive the build.

    A class of the moment: its base exists only where TensorRT does.
    """
    kind = type(
        "EntropyCalibrator",
        (trt.IInt8EntropyCalibrator2,),
        {
            "get_batch_size": lambda _self: feed.get_batch_size(),
            "get_batch": lambda _self, names: feed.get_batch(names),
            "read_calibration_cache": lambda _self: feed.read_calibration_cache(),
            "write_calibration_cache": lambda _self, cache: feed.write_calibration_cache(cache),
        },
    )
    return kind()
