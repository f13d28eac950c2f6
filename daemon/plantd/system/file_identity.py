"""Whether a path still names the file that is open: users move and replace what is in use."""

import os
from typing import NamedTuple, Optional


class FileIdentity(NamedTuple):
    """Which file it is, and how large; two files never share device and inode."""

    device: int
    inode: int
    size_bytes: int

    def is_same_file(self, other: "Optional[FileIdentity]") -> bool:
        """Return whether both are one file, of whatever size."""
        return other is not None and self[:2] == other[:2]


def identity_of(path: str) -> Optional[FileIdentity]:
    """Return what lies at `path` itself, a link unfollowed; None where nothing does."""
    try:
        return _identity(os.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


def identity_of_descriptor(descriptor: int) -> FileIdentity:
    """Return which file is open."""
    return _identity(os.fstat(descriptor))


def _identity(found: os.stat_result) -> FileIdentity:
    return FileIdentity(found.st_dev, found.st_ino, found.st_size)
