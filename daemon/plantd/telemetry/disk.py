"""How full the file systems are that plantd writes to."""

import os
from typing import NamedTuple, Optional

BYTES_PER_MB = 1024 * 1024


class Disk(NamedTuple):
    """The file system that holds a path. None: it could not be asked.

    Attributes:
        name: what the path is to us: state, log, ...
        free_mb: what plantd may still use (root's reserve is not counted).
        inodes_used_percent: None where the file system does not count them.
        read_only: also after an error remounted it so.
        device: two disks with the same number are one file system.
    """

    name: str
    path: str
    total_mb: Optional[int] = None
    free_mb: Optional[int] = None
    inodes_used_percent: Optional[float] = None
    read_only: Optional[bool] = None
    device: Optional[int] = None


def disk_of(name: str, path: str) -> Disk:
    """Return the file system of `path`, of its nearest existing parent while it is missing."""
    place = os.path.abspath(path)
    while not os.path.exists(place) and place != os.path.dirname(place):
        place = os.path.dirname(place)
    try:
        seen = os.statvfs(place)
        device = os.stat(place).st_dev
    except OSError:
        return Disk(name, path)
    used = 100.0 * (seen.f_files - seen.f_ffree) / seen.f_files if seen.f_files else None
    return Disk(
        name=name,
        path=path,
        total_mb=seen.f_blocks * seen.f_frsize // BYTES_PER_MB,
        free_mb=seen.f_bavail * seen.f_frsize // BYTES_PER_MB,
        inodes_used_percent=None if used is None else round(used, 1),
        read_only=bool(seen.f_flag & os.ST_RDONLY),
        device=device,
    )
