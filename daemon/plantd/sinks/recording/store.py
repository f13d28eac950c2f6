"""The record's database as its one writer sees it. Used by the record thread alone.

A file that is broken is set aside, whole and with its pictures, and a new one is begun: the past
can be looked at later, the next verdict cannot wait.
"""

import fcntl
import os
import sqlite3
from contextlib import closing
from typing import IO, List, NamedTuple, Optional, Tuple
from urllib.parse import quote

from plantd.errors import RecordError
from plantd.sinks.recording import rows
from plantd.sinks.recording.picture_files import PictureFiles
from plantd.sinks.recording.recovery.moving import move_aside
from plantd.sinks.recording.recovery.open_files import OpenFiles
from plantd.sinks.recording.recovery.rescue import Rescued, rescue_rows
from plantd.system.database import Database
from plantd.system.durable import sync_directory
from plantd.system.file_identity import FileIdentity, identity_of, identity_of_descriptor

SET_ASIDE = "record.broken-"
_CLEAN = "clean"
_CACHE_KIB = 1024


class BrokenRecord(Exception):
    """The database file is damaged, foreign, or newer than this plantd."""


class Place(NamedTuple):
    """Where the record lies: below the state directory, and what for a while lies in memory."""

    state: str
    run: str = ""

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
    def rescued(self) -> str:
        """Where verdicts are copied to, out of a record whose files are being lost."""
        return os.path.join(self.state, "record.rescued")

    @property
    def numbers(self) -> Tuple[str, str]:
        """The highest number given out; the same in memory while the disk takes nothing, or ""."""
        name = "record.seq"
        return os.path.join(self.state, name), os.path.join(self.run, name) if self.run else ""

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
        self._open_files = OpenFiles(place.database)
        self._pictures: Optional[FileIdentity] = None
        self._lock: Optional[IO[bytes]] = None
        self._db: Optional[sqlite3.Connection] = None
        self._marked_in_use = False
        self.was_clean = False

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

    def open(self) -> None:
        """Open or begin the record; a second call does nothing.

        `was_clean` then says whether it is new or was closed by `release(clean=True)`.

        Raises BrokenRecord; OSError or sqlite3.Error when the disk does not allow it.
        """
        if self._db is not None:
            return
        self._make_folder()
        self._take_lock()
        is_new = not os.path.exists(self.place.database)
        if is_new and self.files.shards():
            raise BrokenRecord("its pictures are there, its database is missing")
        db = Database(self.place.database, timeout=1.0, isolation_level=None)
        try:
            _prepare(db)
            self.was_clean = is_new or _is_clean(db)
        except sqlite3.DatabaseError as error:
            db.close()
            if rows.is_damage(error):
                raise BrokenRecord(str(error)) from error
            raise
        except BrokenRecord:
            db.close()
            raise
        self._db = db
        self._marked_in_use = False
        self._open_files.note()

    def fault(self) -> str:
        """Return what became of the open files behind our back; "" while all is in its place."""
        return self._open_files.fault() if self._db is not None else ""

    def keep_places(self) -> bool:
        """Take the lock and make the folder again where they are gone.

        Returns whether the pictures are others than before.
        """
        self._take_lock()
        # Asked before it is made again: a new folder may have the old one's inode.
        found = identity_of(self.place.pictures)
        self._make_folder()
        before, self._pictures = self._pictures, identity_of(self.place.pictures)
        return before is not None and not before.is_same_file(found)

    def close(self) -> None:
        """Close the connection and keep the lock."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def release(self, clean: bool = False) -> None:
        """Close everything; may be called twice.

        Args:
            clean: the next start need not read the whole file.
        """
        if clean and self._db is not None:
            _mark(self._db, _CLEAN, 1)
        self.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def rescue(self) -> Rescued:
        """Copy what the open connection can still read, for `replace`."""
        os.makedirs(self.place.state, exist_ok=True)
        return rescue_rows(self.db, self.place.rescued)

    def replace(self) -> None:
        """Make what was rescued the record."""
        self._make_folder()
        os.rename(self.place.rescued, self.place.database)
        sync_directory(self.place.folder)

    def set_aside(self, stamp: str, pictures: bool = True) -> Optional[str]:
        """Move the record to a name with `stamp` and close it; return that name.

        It is moved first: closing writes the log into the database only where that lies in its
        place, and a log that was overwritten would end what is left.

        Args:
            pictures: with its pictures; without, its database alone.
        """
        target = move_aside(self.place.folder, self.place.state + "/" + SET_ASIDE + stamp, pictures)
        self.close()
        return target

    def begin_after(self, seq: int) -> None:
        """Remember that every number up to `seq` was used, by verdicts that are gone."""
        floor = "UPDATE fact SET value = ? WHERE name = 'seq_floor' AND value < ?"
        self.db.execute(floor, (seq, seq))

    def insert(self, row: rows.Row) -> None:
        """Add one verdict; when this returns it survives a power cut, and a reader sees it.

        Raises BrokenRecord when it was written and is not where readers look.
        """
        self.mark_in_use()
        self.db.execute(rows.INSERT, row)
        with closing(connect_read_only(self.place.database)) as reader:
            query = "SELECT count(*) FROM verdict WHERE seq = ?"
            if not reader.execute(query, (row.seq,)).fetchone()[0]:
                raise BrokenRecord("verdict {} was written and is not there".format(row.seq))

    def forget(self, seq: int) -> None:
        """Remove the row of one verdict, if there is one."""
        self.db.execute("DELETE FROM verdict WHERE seq = ?", (seq,))

    def mark_in_use(self) -> None:
        """Note that what was clean is being written to."""
        if not self._marked_in_use:
            _mark(self.db, _CLEAN, 0)
            self._marked_in_use = True

    def probe(self) -> None:
        """Write something small: raises when the disk takes nothing."""
        self.db.execute("UPDATE fact SET value = value + 1 WHERE name = 'probe'")

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database, between verdicts rather than in one."""
        self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._open_files.note_sizes()

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
            if identity_of_descriptor(self._lock.fileno()).is_same_file(
                identity_of(self.place.lock)
            ):
                return
            self._lock.close()
            self._lock = None
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


def connect_read_only(path: str, option: str = "mode=ro") -> sqlite3.Connection:
    """Return a connection that never makes a file. Raises sqlite3.Error."""
    uri = "file:{}?{}".format(quote(os.path.abspath(path)), option)
    return Database(uri, uri=True, timeout=1.0, isolation_level=None)


def _is_clean(db: sqlite3.Connection) -> bool:
    found = db.execute("SELECT value FROM fact WHERE name = ?", (_CLEAN,)).fetchone()
    return found is not None and found[0] == 1


def _mark(db: sqlite3.Connection, name: str, value: int) -> None:
    db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA cache_size = -{}".format(_CACHE_KIB))
    application, version, tables = _identity(db)
    if not (application or version or tables):
        rows.create_tables(db)
    elif application != rows.APPLICATION_ID:
        raise BrokenRecord("it is the database of another program")
    elif version != rows.VERSION:
        raise BrokenRecord(
            "it has version {}; this plantd knows version {}".format(version, rows.VERSION)
        )
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 0")


def _identity(db: sqlite3.Connection) -> List[int]:
    queries = (
        "PRAGMA application_id",
        "PRAGMA user_version",
        "SELECT count(*) FROM sqlite_master",
    )
    return [int(db.execute(query).fetchone()[0]) for query in queries]
