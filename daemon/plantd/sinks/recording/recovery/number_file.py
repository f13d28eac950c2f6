"""The highest number that was given out, beside the record: also where nothing else could be kept.

How this works. The file is made once and overwritten in place, which a full disk still allows; it
lies beside the record's folder, so that it outlives what happens to that. A disk that takes nothing
has a second file beside it, in memory until the next boot. A number that was torn by a power cut
does not fit its checksum and counts as none.
"""

import logging
import os
import zlib

logger = logging.getLogger(__name__)

_FORMAT = "{:020d} {:08x}\n"


class NumberFile:
    """One number that only grows.

    Args:
        instead: where it is kept while `path` takes nothing; "" for nowhere.
    """

    def __init__(self, path: str, instead: str = "") -> None:
        self.path = path
        self._instead = instead
        self._kept = 0

    def read(self) -> int:
        """Return the number; 0 where there is none that can be believed."""
        return max(_read(path) for path in (self.path, self._instead))

    def keep(self, number: int) -> None:
        """Make a number durable unless a higher one is; a disk that takes nothing is no error."""
        if number <= self._kept and os.path.exists(self.path):
            return
        for path in (self.path, self._instead):
            try:
                self._write(path, number)
            except OSError as error:
                logger.debug("number %d is not kept in %s: %s", number, path, error)
            else:
                break

    def _write(self, path: str, number: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            os.pwrite(descriptor, _line(max(number, self._kept)), 0)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        # What lies in memory does not last: the disk is asked again with the next number.
        if path == self.path:
            self._kept = max(number, self._kept)


def _read(path: str) -> int:
    try:
        with open(path, "rb") as source:
            found = source.read(64)
    except OSError:
        return 0
    digits = found[:20]
    good = digits.isdigit() and found == _line(int(digits))
    return int(digits) if good else 0


def _line(number: int) -> bytes:
    digits = "{:020d}".format(number)
    return _FORMAT.format(number, zlib.crc32(digits.encode("ascii"))).encode("ascii")
