"""Rows of a record whose files are being lost, copied while the connection to them is open.

A deleted file lives as long as it is open; of a damaged one many pages are still in memory.
"""

import logging
import os
import sqlite3
from contextlib import closing
from typing import NamedTuple

from plantd.sinks.recording import labels, rows

logger = logging.getLogger(__name__)

# The newest: some 250 MB of verdicts, seconds on a card.
MOST_ROWS = 100000
_BATCH = 200


class Rescued(NamedTuple):
    """What was copied.

    Attributes:
        verdicts: how many verdicts, the newest first.
        whole: whether these are all that there were.
    """

    verdicts: int
    whole: bool


def rescue_rows(db: sqlite3.Connection, path: str) -> Rescued:
    """Copy the newest verdicts of an open record into a new database at `path`.

    Raises OSError and sqlite3.Error where `path` cannot be written; what cannot be read is left.
    """
    for suffix in ("", "-journal", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous = OFF")
        rows.create_tables(target)
        target.execute("BEGIN")
        rescued = _copy(db, target)
        _copy_labels(db, target)
        target.execute("COMMIT")
    with open(path, "rb") as whole:
        os.fsync(whole.fileno())
    return rescued


def _copy_labels(db: sqlite3.Connection, target: sqlite3.Connection) -> None:
    try:
        labels.copy(db, target)
    except sqlite3.Error as error:
        # A write that failed raises again at COMMIT; what cannot be read is left where it was.
        logger.error("labels could not be copied out of the broken record: %s", error)


def _copy(db: sqlite3.Connection, target: sqlite3.Connection) -> Rescued:
    count = 0
    try:
        found = db.execute("SELECT * FROM verdict ORDER BY seq DESC LIMIT ?", (MOST_ROWS + 1,))
        while True:
            batch = found.fetchmany(_BATCH)
            if not batch or count >= MOST_ROWS:
                return Rescued(count, whole=not batch)
            target.executemany(rows.INSERT, batch)
            count += len(batch)
    except sqlite3.Error:
        # A write that failed raises again at COMMIT or when the new record is opened.
        return Rescued(count, whole=False)
