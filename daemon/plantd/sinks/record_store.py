"""The record's database as its one writer sees it. Used by the record thread alone.

A file that is broken is set aside, whole and with its pictures, and a new one is begun: the past
can be looked at later, the next verdict cannot wait.
"""

import fcntl
import os
import sqlite3
from typing import IO, List, NamedTuple, Optional

from plantd.errors import RecordError
from plantd.sinks import record_rows as rows
from plantd.sinks.picture_files import PictureFiles
from plantd.system.durable import sync_directory

SET_ASIDE = "record.broken-"
_CACHE_KIB = 1024


class BrokenRecord(Exception):
    """The database file is damaged, foreign, or newer than this plantd."""


class Place(NamedTuple):
    """Where the record lies, below the state directory."""

    state: str

    @property
    def folder(self) -> str:
        """Database and pictures: one folder, so that one rename sets both aside."""
        return os.path.join(self.state, "record")

    @property
    def database(self) -> str:
        """The SQLite file."""
        return os.path.join(self.folder, "record.db")

    @property
    def pictures(self) -> str:
        """The folder of pictures."""
        return os.path.join(self.folder, "pictures")

    @property
    def lock(self) -> str:
        """Held by the one service that writes here."""
        return os.path.join(self.state, "record.lock")

    def set_aside(self) -> List[str]:
        """Return the broken records that were set aside, oldest first."""
        try:
            names = os.listdir(self.state)
        except OSError:
            return []
        return sorted(os.path.join(self.state, n) for n in names if n.startswith(SET_ASIDE))


class RecordStore:
    """The writing connection. Methods raise OSError and sqlite3.Error for the thread to judge."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.files = PictureFiles(place.pictures)
        self._lock: Optional[IO[bytes]] = None
        self._db: Optional[sqlite3.Connection] = None

    @property
    def db(self) -> sqlite3.Connection:
        """The open connection."""
        if self._db is None:
            raise sqlite3.OperationalError("the record is not open")
        return self._db

    @property
    def is_open(self) -> bool:
        """Whether the connection is open."""
        return self._db is not None

    def open(self, check: bool) -> None:
        """Open or begin the record; a second call does nothing.

        Args:
            check: read the whole file once (quick_check).

        Raises BrokenRecord; OSError or sqlite3.Error when the disk does not allow it.
        """
        if self._db is not None:
            return
        self._make_folder()
        self._take_lock()
        if not os.path.exists(self.place.database) and self.files.shards():
            raise BrokenRecord("its pictures are there, its database is missing")
        db = sqlite3.connect(self.place.database, timeout=1.0, isolation_level=None)
        try:
            _prepare(db, check)
        except sqlite3.DatabaseError as error:
            db.close()
            if is_damage(error):
                raise BrokenRecord(str(error)) from error
            raise
        except BrokenRecord:
            db.close()
            raise
        self._db = db

    def close(self) -> None:
        """Close the connection and keep the lock."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def release(self) -> None:
        """Close everything; may be called twice."""
        self.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def set_aside(self, stamp: str) -> str:
        """Move the whole record to a name with `stamp` and return that name."""
        self.close()
        target = os.path.join(self.place.state, SET_ASIDE + stamp)
        number = 1
        while os.path.exists(target):
            number += 1
            target = os.path.join(self.place.state, "{}{}-{}".format(SET_ASIDE, stamp, number))
        os.rename(self.place.folder, target)
        return target

    def begin_after(self, seq: int) -> None:
        """Remember that every number up to `seq` was used by a record that was set aside."""
        self.db.execute("UPDATE fact SET value = ? WHERE name = 'seq_floor'", (seq,))

    def insert(self, row: rows.Row) -> None:
        """Add one verdict; when this returns it survives a power cut."""
        self.db.execute(rows.INSERT, row)

    def probe(self) -> None:
        """Write something small: raises when the disk takes nothing."""
        self.db.execute("UPDATE fact SET value = value + 1 WHERE name = 'probe'")

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database, between verdicts rather than in one."""
        self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def size_bytes(self) -> int:
        """Return how much of the database file is in use."""
        pages = int(self.db.execute("PRAGMA page_count").fetchone()[0])
        free = int(self.db.execute("PRAGMA freelist_count").fetchone()[0])
        return (pages - free) * int(self.db.execute("PRAGMA page_size").fetchone()[0])

    def _make_folder(self) -> None:
        if not os.path.isdir(self.place.pictures):
            os.makedirs(self.place.pictures, exist_ok=True)
            sync_directory(self.place.folder)
            sync_directory(self.place.state)

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = open(self.place.lock, "ab")  # noqa: SIM115 - held as long as the record
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise RecordError(
                "another plantd writes the record in {}; give this one its own paths.state".format(
                    self.place.state
                )
            ) from error
        self._lock = lock


def is_damage(error: Exception) -> bool:
    """Return whether the file itself is broken, rather than the disk full or away.

    SQLITE_CORRUPT and SQLITE_NOTADB are the ones that arrive as DatabaseError itself.
    """
    return type(error) is sqlite3.DatabaseError


def _prepare(db: sqlite3.Connection, check: bool) -> None:
    db.execute("PRAGMA cache_size = -{}".format(_CACHE_KIB))
    application, version, tables = _identity(db)
    if not (application or version or tables):
        _create(db)
    elif application != rows.APPLICATION_ID:
        raise BrokenRecord("it is the database of another program")
    elif version != rows.VERSION:
        raise BrokenRecord(
            "it has version {}; this plantd knows version {}".format(version, rows.VERSION)
        )
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    if check:
        answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise BrokenRecord("quick_check says: {}".format(answer))


def _identity(db: sqlite3.Connection) -> List[int]:
    queries = (
        "PRAGMA application_id",
        "PRAGMA user_version",
        "SELECT count(*) FROM sqlite_master",
    )
    return [int(db.execute(query).fetchone()[0]) for query in queries]


def _create(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute("BEGIN IMMEDIATE")
    for statement in rows.SCHEMA:
        db.execute(statement)
    db.execute("PRAGMA application_id = {}".format(rows.APPLICATION_ID))
    db.execute("PRAGMA user_version = {}".format(rows.VERSION))
    db.execute("COMMIT")
