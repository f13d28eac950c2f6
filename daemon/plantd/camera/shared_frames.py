"""The newest frames, shared with the capture process through memory.

How this works: an unlinked file under /dev/shm holds a page of headers and two slots. The one
writer fills the slots in turn, so a reader has a whole frame time to copy the newest one.
Each slot has a sequence number: the writer makes it odd before and even after it writes; a
reader that sees it odd, or changed after copying, takes the copy for torn and reads again.

The file is sparse: slots are as large as the largest frame allowed, memory is used only by
what was written. The writer reserves it first, for a full /dev/shm must be an error with a
message and not a SIGBUS.
"""

import errno
import logging
import mmap
import os
import tempfile
import threading
from typing import NamedTuple, Optional, Tuple

import numpy as np

from plantd.errors import CameraError
from plantd.system.lifetime import Closable

logger = logging.getLogger(__name__)

SHM_DIR = "/dev/shm"
SLOTS = 2
HEADER_BYTES = mmap.PAGESIZE

_SLOT_HEADER = np.dtype(
    [
        ("sequence", "<u8"),
        ("id", "<u8"),
        ("arrived_at", "<f8"),
        ("changed_at", "<f8"),
        ("width_px", "<u4"),
        ("height_px", "<u4"),
    ]
)


class Arrival(NamedTuple):
    """A frame's header.

    Attributes:
        id: counts arrivals.
        arrived_at: monotonic seconds when it arrived.
        changed_at: monotonic seconds when the first of an unbroken run of frames identical
            to it arrived; equals `arrived_at` unless the source repeats itself.
        width_px, height_px: of the picture.
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
        self._headers = np.frombuffer(self._memory, _SLOT_HEADER, SLOTS)
        self._bytes = np.frombuffer(self._memory, np.uint8, SLOTS * slot_bytes, HEADER_BYTES)

    @classmethod
    def create(cls, max_px: int, fallback_dir: str) -> "SharedFrames":
        """Return new shared memory for frames of at most `max_px` pixels.

        Raises CameraError when neither /dev/shm nor `fallback_dir` takes a file.
        """
        page = mmap.PAGESIZE
        slot_bytes = (max_px * 3 + page - 1) // page * page
        fd = _unlinked_file(fallback_dir)
        os.ftruncate(fd, HEADER_BYTES + SLOTS * slot_bytes)
        return cls(fd, slot_bytes)

    def write(
        self, pixels: np.ndarray, frame_id: int, arrived_at: float, changed_at: float
    ) -> None:
        """Make (H, W, 3) uint8 BGR pixels the newest frame. Only the one writer calls this.

        Raises CameraError when the frame is larger than a slot or memory is full.
        """
        slot = frame_id % SLOTS
        self._reserve(slot, pixels)
        header = self._headers[slot : slot + 1]
        header["sequence"] += 1
        _fence()
        header["id"] = frame_id
        header["arrived_at"] = arrived_at
        header["changed_at"] = changed_at
        header["width_px"] = pixels.shape[1]
        header["height_px"] = pixels.shape[0]
        np.copyto(self._slot(slot, pixels.shape[0], pixels.shape[1]), pixels)
        _fence()
        header["sequence"] += 1

    def arrivals(self) -> Tuple[Arrival, ...]:
        """Return the headers of the frames in the slots, the oldest first; may be empty."""
        found = [self._arrival(slot) for slot in range(SLOTS)]
        return tuple(sorted(one for one in found if one is not None))

    def newest(self) -> Optional[Tuple[Arrival, np.ndarray]]:
        """Return the newest frame's header and a copy of its pixels.

        None when there is no frame yet, or when the writer overtook this reader: the copy
        may be torn then, and a newer frame is already there to be asked for.
        """
        arrivals = self.arrivals()
        return self.read(arrivals[-1].id) if arrivals else None

    def read(self, frame_id: int) -> Optional[Tuple[Arrival, np.ndarray]]:
        """Return that frame's header and a copy of its pixels, None when it is gone."""
        slot = frame_id % SLOTS
        before = int(self._headers["sequence"][slot])
        arrival = self._arrival(slot)
        if arrival is None or arrival.id != frame_id:
            return None
        pixels = self._slot(slot, arrival.height_px, arrival.width_px).copy()
        _fence()
        if int(self._headers["sequence"][slot]) != before:
            return None
        return arrival, pixels

    def close(self) -> None:
        """Give the memory back; may be called twice."""
        if self.fd < 0:
            return
        # The arrays hold the mapping open.
        del self._headers, self._bytes
        self._memory.close()
        os.close(self.fd)
        self.fd = -1

    def _arrival(self, slot: int) -> Optional[Arrival]:
        before = int(self._headers["sequence"][slot])
        _fence()
        header = self._headers[slot].copy()
        _fence()
        if before == 0 or before % 2 or int(self._headers["sequence"][slot]) != before:
            return None
        return Arrival(
            int(header["id"]),
            float(header["arrived_at"]),
            float(header["changed_at"]),
            int(header["width_px"]),
            int(header["height_px"]),
        )

    def _slot(self, slot: int, height_px: int, width_px: int) -> np.ndarray:
        """Return the (H, W, 3) view of a slot."""
        start = slot * self.slot_bytes
        return self._bytes[start : start + height_px * width_px * 3].reshape(height_px, width_px, 3)

    def _reserve(self, slot: int, pixels: np.ndarray) -> None:
        size = pixels.size
        if size > self.slot_bytes:
            raise CameraError(
                "a frame of {} x {} arrived, more than the {} pixels allowed; expected the "
                "size in camera.width_px and camera.height_px, or a smaller picture".format(
                    pixels.shape[1], pixels.shape[0], self.slot_bytes // 3
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
