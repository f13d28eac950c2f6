"""A file of whole lines with a size limit, and the older files behind it."""

import logging
import os
from typing import Optional

from plantd.system.file_identity import identity_of, identity_of_descriptor

logger = logging.getLogger(__name__)

_TAIL = 64 * 1024


class LogFile:
    """Appends lines; opened when first needed and again after any failure.

    A file that was deleted, moved, replaced, cut or written to by another is opened anew with the
    next line, and `mended` counts that.

    Whatever happened before, the file consists of whole lines: a torn one, from a power cut or a
    full disk, is cut off.

    Args:
        max_bytes: a line that would exceed it begins a new file.
        files: how many files there are at most, the newest included.
    """

    def __init__(self, path: str, max_bytes: int, files: int) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._files = max(files, 1)
        self._descriptor: Optional[int] = None
        self._size_bytes = 0
        self.mended = 0

    def write(self, line: bytes) -> None:
        """Append one line. Raises OSError, and then the file holds no part of it."""
        try:
            self._write(line)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; may be called twice, and write() opens it again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _write(self, line: bytes) -> None:
        self._close_what_is_not_there()
        descriptor = self._open()
        if self._size_bytes and self._size_bytes + len(line) > self._max_bytes:
            self._rotate()
            descriptor = self._open()
        try:
            _write_all(descriptor, line)
        except OSError:
            os.ftruncate(descriptor, self._size_bytes)
            raise
        self._size_bytes += len(line)

    def _close_what_is_not_there(self) -> None:
        if self._descriptor is None:
            return
        there, ours = identity_of(self.path), identity_of_descriptor(self._descriptor)
        if ours.is_same_file(there) and ours.size_bytes == self._size_bytes:
            return
        self.mended += 1
        logger.warning(
            "the log %s was %s by another; it is opened anew",
            self.path,
            "changed" if ours.is_same_file(there) else "deleted, moved or replaced",
        )
        self.close()

    def _open(self) -> int:
        if self._descriptor is None:
            os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o640)
            self._size_bytes = _cut_torn_line(self._descriptor)
        return self._descriptor

    def _rotate(self) -> None:
        self.close()
        for number in range(self._files - 1, 0, -1):
            newer = self.path if number == 1 else "{}.{}".format(self.path, number - 1)
            if os.path.exists(newer):
                os.replace(newer, "{}.{}".format(self.path, number))
        if self._files == 1:
            os.unlink(self.path)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _cut_torn_line(descriptor: int) -> int:
    size = os.fstat(descriptor).st_size
    start, found = size, -1
    while found < 0 and start > 0:
        start = max(start - _TAIL, 0)
        found = os.pread(descriptor, _TAIL, start).rfind(b"\n")
    whole = start + found + 1
    if whole < size:
        os.ftruncate(descriptor, whole)
    return whole
