"""The newest frames, shared with the capture process through memory.

How this works: an unlinked file under /dev/shm holds a page of headers and two slots. The one
writer notes each arrival in the slots' headers in turn, and fills the slot with pixels where they
are wanted, so a reader has a whole frame time to copy the newest ones. Each slot has a sequence
number: the writer makes it odd before and even after it writes; a reader that sees it odd, or
changed after copying, takes the copy for torn and reads again. The readers say in the same page
from which frame on, and until when, they want pixels.

The file is sparse: slots are as large as the largest frame allowed, memory is used only by
what was written. The writer reserves it first, for a full /dev/shm must be an error with a
message and not a SIGBUS. The writer loads no numpy.
"""

import ctypes
import errno
import logging
import mmap
import os
import tempfile
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Optional, Tuple

from plantd.errors import CameraError
from plantd.system.lifetime import Closable

if TYPE_CHECKING:
    import numpy as np

logger = logging.getLogger(__name__)

SHM_DIR = "/dev/shm"
SLOTS = 2
HEADER_BYTES = mmap.PAGESIZE
CHANNELS = 3


class _SlotHeader(ctypes.Structure):
    """Each field lies at a multiple of its size, so that it is read and written whole."""

    _fields_ = [
        ("sequence", ctypes.c_uint64),
        ("id", ctypes.c_uint64),
        ("arrived_at", ctypes.c_double),
        ("changed_at", ctypes.c_double),
        ("width_px", ctypes.c_uint32),
        ("height_px", ctypes.c_uint32),
    ]


class _Headers(ctypes.Structure):
    """What lies in the first page."""

    _fields_ = [
        ("slots", _SlotHeader * SLOTS),
        ("wanted_from_id", ctypes.c_uint64),
        ("wanted_until_s", ctypes.c_double),
    ]


class Picture(ABC):
    """(height, width, 3) uint8 BGR pixels, wherever they lie."""

    width_px: int
    height_px: int

    @abstractmethod
    def copy_to(self, address: int) -> None:
        """Write them there, row behind row."""


class Arrival(NamedTuple):
    """A frame's header.

    Attributes:
        id: counts arrivals.
        arrived_at: monotonic seconds when it arrived.
        changed_at: monotonic seconds when the first of an unbroken run of frames identical
            to it arrived; equals `arrived_at` unless the source repeats itself.
        width_px, height_px: of the picture; 0 where nobody wanted its pixels.
    """

    id: int
    arrived_at: float
    changed_at: float
    width_px: int
    height_px: int


class SharedFrames(Closable):
    """Two slots of BGR frames in one file; one writer, any number of readers."""

    def __init__(self, fd: int, slot_bytes: int) -> None:
        """Map the file behind `fd`, which this object owns from now on."""
        self.fd = fd
        self.slot_bytes = slot_bytes
        self._reserved = [0] * SLOTS
        self._memory = mmap.mmap(fd, HEADER_BYTES + SLOTS * slot_bytes)
        self._headers = _Headers.from_buffer(self._memory)
        self._address = ctypes.addressof(self._headers)

    @classmethod
    def create(cls, max_px: int, fallback_dir: str) -> "SharedFrames":
        """Return new shared memory for frames of at most `max_px` pixels.

        Raises CameraError when neither /dev/shm nor `fallback_dir` takes a file.
        """
        page = mmap.PAGESIZE
        slot_bytes = (max_px * CHANNELS + page - 1) // page * page
        fd = _unlinked_file(fallback_dir)
        os.ftruncate(fd, HEADER_BYTES + SLOTS * slot_bytes)
        return cls(fd, slot_bytes)

    def want(self, from_id: int, until_s: float, now_s: float) -> None:
        """Ask for the pixels of frames from one on, until then. Only one process reads.

        Args:
            until_s, now_s: monotonic seconds; what was wanted earlier stays wanted until its end.
        """
        headers = self._headers
        if headers.wanted_until_s > now_s:
            from_id = min(from_id, headers.wanted_from_id)
        headers.wanted_from_id = from_id
        _fence()
        headers.wanted_until_s = until_s

    def is_wanted(self, frame_id: int, now_s: float) -> bool:
        """Return whether a reader wants the pixels of a frame that arrives now."""
        headers = self._headers
        return bool(now_s < headers.wanted_until_s and frame_id >= headers.wanted_from_id)

    def note(self, frame_id: int, arrived_at: float, changed_at: float) -> None:
        """Say that a frame has arrived, without its pixels. Only the one writer calls this."""
        self._write(frame_id, arrived_at, changed_at, None)

    def write(self, picture: Picture, frame_id: int, arrived_at: float, changed_at: float) -> None:
        """Make a picture the newest frame. Only the one writer calls this.

        Raises CameraError when the frame is larger than a slot or memory is full.
        """
        self._reserve(frame_id % SLOTS, picture)
        self._write(frame_id, arrived_at, changed_at, picture)

    def _write(
        self, frame_id: int, arrived_at: float, changed_at: float, picture: Optional[Picture]
    ) -> None:
        slot = frame_id % SLOTS
        header = self._headers.slots[slot]
        header.sequence += 1
        _fence()
        header.id = frame_id
        header.arrived_at = arrived_at
        header.changed_at = changed_at
        header.width_px = 0 if picture is None else picture.width_px
        header.height_px = 0 if picture is None else picture.height_px
        if picture is not None:
            picture.copy_to(self._address + HEADER_BYTES + slot * self.slot_bytes)
        _fence()
        header.sequence += 1

    def arrivals(self) -> Tuple[Arrival, ...]:
        """Return the headers of the frames in the slots, the oldest first; may be empty."""
        found = [self._arrival(slot) for slot in range(SLOTS)]
        return tuple(sorted(one for one in found if one is not None))

    def newest(self) -> "Optional[Tuple[Arrival, np.ndarray]]":
        """Return the newest frame's header and a copy of its pixels.

        None when there is no frame yet, or when the writer overtook this reader: the copy
        may be torn then, and a newer frame is already there to be asked for.
        """
        arrivals = self.arrivals()
        return self.read(arrivals[-1].id) if arrivals else None

    def read(self, frame_id: int) -> "Optional[Tuple[Arrival, np.ndarray]]":
        """Return that frame's header and a copy of its pixels, None when it is gone."""
        slot = frame_id % SLOTS
        header = self._headers.slots[slot]
        before = header.sequence
        arrival = self._arrival(slot)
        if arrival is None or arrival.id != frame_id or not arrival.height_px:
            return None
        pixels = self._pixels(slot, arrival.height_px, arrival.width_px)
        _fence()
        return (arrival, pixels) if header.sequence == before else None

    def close(self) -> None:
        """Give the memory back; may be called twice."""
        if self.fd < 0:
            return
        # It holds the mapping open.
        del self._headers
        self._memory.close()
        os.close(self.fd)
        self.fd = -1

    def _arrival(self, slot: int) -> Optional[Arrival]:
        header = self._headers.slots[slot]
        before = header.sequence
        _fence()
        found = Arrival(
            header.id, header.arrived_at, header.changed_at, header.width_px, header.height_px
        )
        _fence()
        return None if before == 0 or before % 2 or header.sequence != before else found

    def _pixels(self, slot: int, height_px: int, width_px: int) -> "np.ndarray":
        """Return a copy of a slot's (height, width, 3) uint8 pixels."""
        import numpy as np  # the writer does without

        start = HEADER_BYTES + slot * self.slot_bytes
        count = height_px * width_px * CHANNELS
        return (
            np.frombuffer(self._memory, np.uint8, count, start)
            .reshape(height_px, width_px, CHANNELS)
            .copy()
        )

    def _reserve(self, slot: int, picture: Picture) -> None:
        size = picture.width_px * picture.height_px * CHANNELS
        if size > self.slot_bytes:
            raise CameraError(
                "a frame of {} x {} arrived, more than the {} pixels allowed; expected the "
                "size in camera.width_px and camera.height_px, or a smaller picture".format(
                    picture.width_px, picture.height_px, self.slot_bytes // CHANNELS
                )
            )
        if size <= self._reserved[slot]:
            return
        try:
            os.posix_fallocate(self.fd, HEADER_BYTES + slot * self.slot_bytes, size)
        except OSError as error:
            raise CameraError(
                "no memory for a frame of {} bytes under {} ({}); free some, or lower "
                "camera.width_px and camera.height_px".format(size, SHM_DIR, error.strerror)
            ) from error
        self._reserved[slot] = size


def _unlinked_file(fallback_dir: str) -> int:
    """Return a descriptor of a file without a name, in memory if there is any way."""
    try:
        return _make_unlinked(SHM_DIR)
    except OSError as error:
        logger.warning(
            "%s takes no file (%s): frames go through %s, which wears out a flash disk; "
            "mount a tmpfs on %s",
            SHM_DIR,
            error.strerror,
            fallback_dir,
            SHM_DIR,
        )
    try:
        return _make_unlinked(fallback_dir)
    except OSError as error:
        raise CameraError(
            "neither {} nor {} takes a file for frames ({}); mount a tmpfs on {}".format(
                SHM_DIR, fallback_dir, error.strerror, SHM_DIR
            )
        ) from error


def _make_unlinked(directory: str) -> int:
    if not os.path.isdir(directory):
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), directory)
    fd, path = tempfile.mkstemp(prefix="plantd-frames-", dir=directory)
    os.unlink(path)
    return fd


_barrier = threading.Lock()


def _fence() -> None:
    """Keep memory accesses before this call before those after it.

    x86 keeps the order of stores by itself; ARM does not. Giving back a lock is a
    store-release, taking one a load-acquire, and ARMv8 never lets the second pass the first.
    """
    with _barrier:
        pass
    with _barrier:
        pass
