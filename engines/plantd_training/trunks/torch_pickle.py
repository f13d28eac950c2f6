"""Weights from a legacy torch file, read without torch and without running anything in it.

A legacy file is four pickles (magic number, protocol, system information, state dict), the list
of storage keys, and then each storage's raw numbers. The unpickler knows the names below and
refuses every other one, so a file can bring numbers and nothing else.
"""

import collections
import pickle
import struct
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, NamedTuple, Tuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from plantd.errors import GraphError, NotFoundError

# Source: torch/serialization.py, MAGIC_NUMBER and PROTOCOL_VERSION of the legacy format.
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

# What Python's unpickler and numpy raise on foreign bytes.
REFUSED = (
    pickle.UnpicklingError,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)

STORAGE_TYPES = {
    "DoubleStorage": np.float64,
    "FloatStorage": np.float32,
    "HalfStorage": np.float16,
    "IntStorage": np.int32,
    "LongStorage": np.int64,
}


class _TensorView(NamedTuple):
    """A tensor before its numbers are read: a window of one storage."""

    storage: str
    offset: int
    size: Tuple[int, ...]
    stride: Tuple[int, ...]


class _NumbersOnly(pickle.Unpickler):
    """Unpickles containers and tensors; refuses whatever else a pickle could call."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__(source)
        self.storages: Dict[str, Any] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        raise pickle.UnpicklingError("the file asks for {}.{}".format(module, name))

    def persistent_load(self, pid: Any) -> str:
        _, number_type, key = pid[:3]
        self.storages.setdefault(key, number_type)
        return str(key)


def _view(storage: str, offset: int, size: Any, stride: Any, *_: Any) -> _TensorView:
    return _TensorView(storage, offset, tuple(size), tuple(stride))


def read_weights(path: Path) -> Dict[str, np.ndarray]:
    """Return every tensor of a legacy torch file by its name, shapes as torch has them.

    Raises NotFoundError when there is no file, GraphError when it is no legacy torch file, is cut
    short, or holds anything but tensors.
    """
    try:
        with path.open("rb") as source:
            views, numbers = _read(source)
        return {name: _cut(view, numbers[view.storage]) for name, view in views.items()}
    except FileNotFoundError as error:
        raise NotFoundError(
            "there are no weights at {}; install plantd[train]".format(path)
        ) from error
    except REFUSED as error:
        raise GraphError(
            "{} is not a legacy torch weights file ({}); expected one of tensors only".format(
                path, error
            )
        ) from error


def _read(source: BinaryIO) -> Tuple[Dict[str, _TensorView], Dict[str, np.ndarray]]:
    if _NumbersOnly(source).load() != MAGIC or _NumbersOnly(source).load() != PROTOCOL:
        raise ValueError("its magic number or protocol is another")
    _NumbersOnly(source).load()
    unpickler = _NumbersOnly(source)
    views = unpickler.load()
    keys = _NumbersOnly(source).load()
    return dict(views), _numbers(source, keys, unpickler.storages)


def _numbers(source: BinaryIO, keys: List[str], types: Dict[str, Any]) -> Dict[str, np.ndarray]:
    numbers = {}
    for key in keys:
        (count,) = struct.unpack("<q", source.read(8))
        dtype = np.dtype(types[key])
        raw = source.read(count * dtype.itemsize)
        if len(raw) != count * dtype.itemsize:
            raise ValueError("it ends inside a tensor")
        numbers[key] = np.frombuffer(raw, dtype)
    return numbers


def _cut(view: _TensorView, storage: np.ndarray) -> np.ndarray:
    """Return the window's numbers. Raises ValueError for one that reaches beyond its storage.

    `as_strided` itself reads whatever memory it is told to.
    """
    if len(view.size) != len(view.stride) or min((view.offset, *view.size, *view.stride)) < 0:
        raise ValueError("a tensor has the size {} and steps {}".format(view.size, view.stride))
    last = view.offset + sum((n - 1) * step for n, step in zip(view.size, view.stride))
    if 0 not in view.size and last >= storage.size:
        raise ValueError("a tensor reaches beyond its {} numbers".format(storage.size))
    bytes_apart = [step * storage.itemsize for step in view.stride]
    return as_strided(storage[view.offset :], view.size, bytes_apart).copy()
