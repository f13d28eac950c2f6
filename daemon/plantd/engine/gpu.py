"""The one wrapper of pycuda: one context in one thread, its stream and its buffers.

The thread that opens a `Card` is the only one that may use and close it: CUDA's current context
belongs to a thread. The primary context is retained, which TensorRT uses too; `pycuda.autoinit`
would make another one, in whichever thread happens to import it first.
"""

import logging
from typing import Any, Callable, List, NamedTuple, Tuple

import numpy as np

from plantd.errors import EngineError

logger = logging.getLogger(__name__)


class CardFacts(NamedTuple):
    """The first GPU: its name, its compute capability ("6.2") and the CUDA version ("10.2")."""

    name: str
    sm: str
    cuda: str


def driver() -> Any:
    """Return pycuda.driver; raise EngineError when it is absent."""
    try:
        import pycuda.driver
    except ImportError as error:
        raise EngineError(
            "pycuda cannot be loaded ({}); the tensorrt backend needs it: on the device, with nvcc "
            "on the PATH, pip install pycuda (2022.1 is the last for Python 3.6)".format(error)
        ) from error
    return pycuda.driver


def facts(cuda: Any) -> CardFacts:
    """Return what the first GPU is; no context is made. Raises EngineError without a GPU."""
    try:
        cuda.init()
        device = cuda.Device(0)
        major, minor = device.compute_capability()
        return CardFacts(
            str(device.name()), "{}.{}".format(major, minor), _text_of(cuda.get_version())
        )
    except cuda.Error as error:
        raise EngineError(
            "CUDA finds no GPU ({}); is the user in group video, and does the driver fit CUDA?"
            "".format(error)
        ) from error


def _text_of(version: Tuple[int, ...]) -> str:
    major, minor = version[:2]
    return "{}.{}".format(major, minor)


class Buffer:
    """One tensor's memory: pinned for the CPU, and where the GPU reads or writes it.

    Attributes:
        host: the values as the CPU sees them, float32.
        address: the device address.
    """

    def __init__(self, cuda: Any, shape: Tuple[int, ...], is_mapped: bool) -> None:
        """Args: is_mapped: the GPU reaches into `host` itself (zero-copy); else it has a copy."""
        flags = cuda.host_alloc_flags.DEVICEMAP if is_mapped else 0
        self._cuda = cuda
        self._pinned: Any = None
        self._device: Any = None
        self.host = cuda.pagelocked_empty(shape, np.float32, mem_flags=flags)
        self._pinned = self.host.base
        if is_mapped:
            self.address = int(self._pinned.get_device_pointer())
            return
        try:
            self._device = cuda.mem_alloc(self.host.nbytes)
        except cuda.Error:
            self._pinned.free()
            raise
        self.address = int(self._device)

    def upload(self, stream: Any) -> None:
        """Enqueue the copy to the device."""
        if self._device is not None:
            self._cuda.memcpy_htod_async(self._device, self.host, stream)

    def download(self, stream: Any) -> None:
        """Enqueue the copy from the device."""
        if self._device is not None:
            self._cuda.memcpy_dtoh_async(self.host, self._device, stream)

    def frees(self) -> List[Callable[[], None]]:
        """Return what gives the memory back, in order."""
        device = [] if self._device is None else [self._device.free]
        return device + [self._pinned.free]


class Card:
    """The GPU as one thread uses it. `Card.Error` is what pycuda raises."""

    def __init__(self, cuda: Any) -> None:
        """Args: pycuda.driver."""
        self._cuda = cuda
        self._context: Any = None
        self._buffers: List[Buffer] = []
        self.stream: Any = None
        self.error: Any = cuda.Error

    def open(self) -> None:
        """Make the primary context current in this thread. Raises pycuda's Error."""
        self._cuda.init()
        self._context = self._cuda.Device(0).retain_primary_context()
        self._context.push()
        self.stream = self._cuda.Stream()

    def buffer(self, shape: Tuple[int, ...], is_mapped: bool) -> Buffer:
        """Return memory for one float32 tensor, freed by `close`."""
        made = Buffer(self._cuda, shape, is_mapped)
        self._buffers.append(made)
        return made

    def wait(self) -> None:
        """Wait until the stream has done everything. Raises pycuda's Error."""
        self.stream.synchronize()

    def close(self) -> None:
        """Free everything, in reverse; may be called twice.

        After a CUDA error nothing can be freed any more: that is logged, and the process must end.
        """
        frees = [free for buffer in reversed(self._buffers) for free in buffer.frees()]
        self._buffers = []
        self.stream = None
        if self._context is not None:
            frees += [self._context.pop, self._context.detach]
            self._context = None
        for free in frees:
            try:
                free()
            except self.error as error:
                logger.warning("CUDA memory could not be freed: %s", error)
