"""A record that is broken is set aside, and a new one begun. Used by the writer's thread alone.

How this works. While the connection to the old database is open, its rows are copied first,
whatever became of the file. Then all that lies there is moved into a folder of its own; with a
whole copy the pictures stay, since its rows name them. Nothing is deleted. Numbers go on after the
last one that was given out, so that no verdict is ever called by another's number.
"""

import logging
import re
from typing import Optional, Union

from plantd.sinks.recording.recovery.rescue import Rescued
from plantd.sinks.recording.rows import is_damage
from plantd.sinks.recording.state import DISK_ERRORS, DiskError
from plantd.sinks.recording.store import BrokenRecord, RecordStore

logger = logging.getLogger(__name__)


def reason_to_begin_anew(store: RecordStore, error: Union[DiskError, BrokenRecord]) -> str:
    """Return why only a new record helps against what was met; empty where another thing may."""
    is_broken = isinstance(error, BrokenRecord) or is_damage(error)
    return store.fault() or (str(error) if is_broken else "")


def set_aside(store: RecordStore, reason: str, wall: str) -> str:
    """Move a broken record aside, copying what can be read; return a sentence that tells it.

    Args:
        wall: the wall time, for the name of the folder.

    Raises OSError or sqlite3.Error when the disk does not let it.
    """
    rescued = _rescue(store)
    stamp = re.sub(r"[^0-9TZ]", "", wall)
    folder = store.set_aside(stamp, pictures=rescued is None or not rescued.whole)
    if rescued is not None:
        store.replace()
    return "the record was broken ({}); {}a new one was begun{}".format(
        reason,
        "it lies in {}; ".format(folder) if folder else "",
        " with {} of its verdicts".format(rescued.verdicts) if rescued else "",
    )


def begin_after(store: RecordStore, seq: int) -> None:
    """Open what lies there now, a new database or the copy, with numbers that follow `seq`."""
    store.open()
    store.begin_after(seq)
    store.keep_places()


def _rescue(store: RecordStore) -> Optional[Rescued]:
    if not store.is_open:
        return None
    try:
        return store.rescue()
    except DISK_ERRORS as error:
        logger.error("no verdict could be copied out of the broken record: %s", error)
        return None
