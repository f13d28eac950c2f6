"""A tar archive's bytes, packed or not, with bounds that hold before a library reads.

tarfile reads a header of any length into memory, and xz makes a dictionary as large as the file
asks for: a megabyte of either is a gigabyte. Source of the magic numbers: RFC 1952, the .xz and
bzip2 formats.
"""

import bz2
import lzma
import zlib
from typing import IO, Any, Callable, Tuple

PIECE_BYTES = 1 << 16
# Longest single read: a block of a member, or a header with its long name.
READ_MAX_BYTES = 1 << 20
XZ_MEMORY_BYTES = 128 << 20


class ArchiveStream:
    """What tarfile reads from: read, seek forward, tell.

    Args:
        source: the archive, at its beginning.

    Methods raise ValueError for a read that is too long, and what the decompressors raise.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._decompressor = _decompressor(source)
        self._held = b""
        self._at = 0

    def tell(self) -> int:
        """Return how many unpacked bytes have gone by."""
        return self._at

    def seek(self, position: int) -> int:
        """Go forward. Raises ValueError for the way back."""
        if position < self._at:
            raise ValueError("an archive is read forward only")
        while self._at < position and self.read(min(position - self._at, PIECE_BYTES)):
            continue
        return self._at

    def read(self, size: int) -> bytes:
        """Return so many unpacked bytes, fewer at the end."""
        if not 0 <= size <= READ_MAX_BYTES:
            raise ValueError("a header of {} bytes".format(size))
        while len(self._held) < size:
            piece = self._piece()
            if not piece:
                break
            self._held += piece
        data, self._held = self._held[:size], self._held[size:]
        self._at += len(data)
        return data

    def _piece(self) -> bytes:
        if self._decompressor is None:
            return self._source.read(PIECE_BYTES)
        while not self._decompressor.eof:
            # What is not asked for yet stays packed.
            packed = self._source.read(PIECE_BYTES) if self._decompressor.needs_input else b""
            piece: bytes = self._decompressor.decompress(packed, PIECE_BYTES)
            if piece:
                return piece
            if not packed and self._decompressor.needs_input:
                raise EOFError("it ends in the middle")
        return b""


class _Gunzip:
    """zlib's decompressor with the interface of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    def decompress(self, packed: bytes, size: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + packed, size)


_KINDS: Tuple[Tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", _Gunzip),
    (b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY_BYTES)),
    (b"BZh", bz2.BZ2Decompressor),
)


def _decompressor(source: IO[bytes]) -> Any:
    start = source.read(6)
    source.seek(0)
    return next((make() for magic, make in _KINDS if start.startswith(magic)), None)
