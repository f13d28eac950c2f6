"""The part of pycuda.driver that works on one GPU; every name is checked against the list."""

import threading
from typing import Any, List, Tuple

import numpy as np
from gpu_world import WORLD, Block, Enqueued, Listed


class Error(Exception):
    """pycuda's base."""


class MemoryError(Error):  # noqa: A001  # pycuda's name
    """Out of device memory."""


class LogicError(Error):
    """A call that cannot be right: no context, a wrong size, freed memory."""


class LaunchError(Error):
    """A kernel failed."""


class RuntimeError(Error):  # noqa: A001  # pycuda's name
    """Anything else."""


def _check(call: str, needs_context: bool = True) -> None:
    if WORLD.broken:
        raise LaunchError(call + " failed: an illegal memory access was encountered")
    if not WORLD.initialised:
        raise LogicError(call + " failed: initialization error")
    if needs_context and not WORLD.has_context():
        raise LogicError(call + " failed: invalid device context")


class _Cuda(Listed):
    library = "pycuda"


class host_alloc_flags:  # noqa: N801  # pycuda's name
    """Flags of pinned memory."""

    PORTABLE, DEVICEMAP, WRITECOMBINED = 1, 2, 4


class Context(_Cuda):
    """The primary context."""

    def __init__(self) -> None:
        self._is_retained = True
        WORLD.retained += 1

    def push(self) -> None:
        _check("cuCtxPushCurrent", needs_context=False)
        WORLD.current.setdefault(threading.get_ident(), []).append(self)

    @staticmethod
    def pop() -> None:
        stack = WORLD.current.get(threading.get_ident()) or []
        if not stack:
            raise LogicError("context::pop failed: cannot pop non-current context")
        stack.pop()
        if WORLD.broken:
            raise LaunchError("cuCtxPopCurrent failed: an illegal memory access was encountered")

    def detach(self) -> None:
        if not self._is_retained:
            raise LogicError("context::detach failed: cannot detach from invalid context")
        self._is_retained = False
        WORLD.retained -= 1


class Device(_Cuda):
    """The one GPU."""

    def __init__(self, index: int) -> None:
        _check("cuDeviceGet", needs_context=False)
        if index != 0:
            raise LogicError("cuDeviceGet failed: invalid device ordinal")

    def name(self) -> str:
        return WORLD.gpu

    def compute_capability(self) -> Tuple[int, int]:
        major, minor = WORLD.sm.split(".")
        return int(major), int(minor)

    def retain_primary_context(self) -> Context:
        return Context()


class Stream(_Cuda):
    """Work in order, done when it is waited for: what is read before that is garbage."""

    def __init__(self, flags: int = 0) -> None:
        _check("cuStreamCreate")
        self._work: List[Enqueued] = []
        self._handle = 0x5000 + len(WORLD.objects)
        WORLD.objects.add(self)

    @property
    def handle(self) -> int:
        return self._handle

    def synchronize(self) -> "Stream":
        _check("cuStreamSynchronize")
        work, self._work = self._work, []
        if WORLD.fault == "launch" and work:
            WORLD.broken = True
            _check("cuStreamSynchronize")
        for each in work:
            each()
        return self


class DeviceAllocation(_Cuda):
    """Device memory."""

    def __init__(self, block: Block) -> None:
        self._block: Any = block

    def __int__(self) -> int:
        if self._block is None:
            raise LogicError("device_allocation failed: memory was freed")
        return int(self._block.address)

    def free(self) -> None:
        _check("cuMemFree")
        if self._block is None:
            raise LogicError("device_allocation::free failed: memory was freed already")
        WORLD.release(self._block)
        self._block = None


class PagelockedHostAllocation(_Cuda):
    """Pinned memory; with DEVICEMAP the device reaches it."""

    def __init__(self, shape: Tuple[int, ...], kind: np.dtype, is_mapped: bool) -> None:
        size = int(np.prod(shape)) * kind.itemsize
        self._block: Any = WORLD.allocate(size, "mapped" if is_mapped else "pinned")
        self._is_mapped = is_mapped
        pointer = self._block.bytes.__array_interface__["data"]
        self.__array_interface__ = {
            "shape": tuple(shape),
            "typestr": kind.str,
            "data": pointer,
            "version": 3,
        }

    def get_device_pointer(self) -> int:
        _check("cuMemHostGetDevicePointer")
        if not self._is_mapped:
            raise LogicError("cuMemHostGetDevicePointer failed: memory is not mapped")
        return int(self._block.address)

    def free(self) -> None:
        _check("cuMemFreeHost")
        if self._block is None:
            raise LogicError("pagelocked_host_allocation::free failed: memory was freed already")
        WORLD.release(self._block)
        self._block = None


def init() -> None:
    """Load the driver."""
    if WORLD.fault == "no gpu":
        raise RuntimeError("cuInit failed: no CUDA-capable device is detected")
    WORLD.initialised = True


def get_version() -> Tuple[int, int, int]:
    """CUDA that pycuda was built for."""
    return (10, 2, 0)


def mem_alloc(size: int) -> DeviceAllocation:
    """Allocate device memory."""
    _check("cuMemAlloc")
    if WORLD.fault == "memory":
        raise MemoryError("cuMemAlloc failed: out of memory")
    return DeviceAllocation(WORLD.allocate(size))


def pagelocked_empty(
    shape: Tuple[int, ...], dtype: Any, order: str = "C", mem_flags: int = 0
) -> np.ndarray:
    """Return an array in pinned memory; its base is the allocation."""
    _check("cuMemHostAlloc")
    is_mapped = bool(mem_flags & host_alloc_flags.DEVICEMAP)
    return np.asarray(PagelockedHostAllocation(shape, np.dtype(dtype), is_mapped))


def _pinned(array: Any) -> np.ndarray:
    if not isinstance(array.base, PagelockedHostAllocation) or array.base._block is None:
        raise LogicError("an asynchronous copy needs pinned memory that was not freed")
    return array.base._block.bytes


def memcpy_htod_async(dest: Any, src: Any, stream: Stream) -> None:
    """Enqueue a copy to the device."""
    _check("cuMemcpyHtoDAsync")
    source, target = _pinned(src), _device(int(dest), src.nbytes)
    stream._work.append(lambda: target.__setitem__(slice(None), source))


def memcpy_dtoh_async(dest: Any, src: Any, stream: Stream) -> None:
    """Enqueue a copy from the device."""
    _check("cuMemcpyDtoHAsync")
    target, source = _pinned(dest), _device(int(src), dest.nbytes)
    stream._work.append(lambda: target.__setitem__(slice(None), source))


def _device(address: int, size: int) -> np.ndarray:
    try:
        return WORLD.at(address, size)
    except KeyError as error:
        raise LogicError("cuMemcpy failed: invalid argument: {}".format(error)) from error


for _name in [name for name in list(globals()) if not name.startswith("_")]:
    if getattr(globals()[_name], "__module__", "") == __name__:
        WORLD.check_name("pycuda", "top", _name)
