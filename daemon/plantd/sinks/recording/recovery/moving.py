"""Moves a broken record out of the way, whole or its database alone."""

import os
from typing import Optional

from plantd.system.durable import free_name

DATABASE = "record.db"
DATABASE_FILES = (DATABASE, DATABASE + "-wal", DATABASE + "-shm")


def move_aside(folder: str, target: str, pictures: bool) -> Optional[str]:
    """Move a record to `target`, or to a name beside it where that is taken.

    Args:
        pictures: the whole folder; else its database alone.

    Returns the name it has now; None where there was nothing to move.
    """
    target = free_name(target)
    if pictures:
        if not os.path.exists(folder):
            return None
        os.rename(folder, target)
        return target
    left = [name for name in DATABASE_FILES if os.path.exists(os.path.join(folder, name))]
    if not left:
        return None
    os.mkdir(target, 0o750)
    # A log left behind would be played into the database that comes after it.
    for name in left:
        os.rename(os.path.join(folder, name), os.path.join(target, name))
    return target
