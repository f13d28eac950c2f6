"""Verdicts that no broker has acknowledged yet: on disk, bounded, in order.

How this works: each row is one verdict under a word of its own; the lowest number is the oldest and
goes first. A row that was put survives a power cut. While the disk takes nothing rows go into a
database in memory; as soon as it takes some again they are moved there. A file that is damaged is
moved aside, what can still be read of it is put into a new one, and the journal says how many
verdicts that are (see `queue_file`). Safe from any thread.
"""

import contextlib
import logging
import os
import sqlite3
import threading
from typing import Callable, Iterator, List, Optional

from plantd.notifiers.mqtt import queue_file
from plantd.notifiers.mqtt.queue_file import IN_MEMORY, WORD_BYTES, Waiting
from plantd.system.durable import free_name
from plantd.system.lifetime import Openable

logger = logging.getLogger(__name__)

NAME = "mqtt-queue.db"
BROKEN = ".broken"


class Outbox(Openable):
    """Holds verdicts until they are removed.

    Args:
        folder: where the file lies.
        length: how many it holds; the oldest go when there are more.
        move: takes a file from one name to another. Raises OSError.
    """

    def __init__(
        self, folder: str, length: int, move: Callable[[str, str], None] = os.rename
    ) -> None:
        self._move = move
        self._path = os.path.join(folder, NAME)
        self._length = length
        self._lock = threading.Lock()
        self._disk: Optional[sqlite3.Connection] = None
        self._memory: Optional[sqlite3.Connection] = None
        self._dropped = 0
        self._waiting = 0
        self._complaint = ""

    def open(self) -> None:
        """Take up what an earlier process left; raises nothing: `complaint` says what is wrong."""
        with self._lock:
            self._open_disk()
            self._count()

    @property
    def dropped(self) -> int:
        """How many verdicts were dropped since the start, as there were too many."""
        return self._dropped

    @property
    def complaint(self) -> str:
        """Why verdicts wait in memory only, in one sentence; empty where they are on disk."""
        return self._complaint

    def put(self, line: bytes) -> None:
        """Keep a verdict; when this returns it is on disk, or `complaint` says why not."""
        row = Waiting(os.urandom(WORD_BYTES), line)
        with self._lock:
            # Twice: a file that turns out to be damaged is begun anew.
            if self._put_on_disk(row) or self._put_on_disk(row):
                return
            if self._memory is None:
                self._memory = queue_file.connect(IN_MEMORY)
            self._insert(self._memory, [row])
            self._count()

    def first(self) -> Optional[Waiting]:
        """Return the oldest verdict, None where there is none."""
        with self._lock:
            return self._first() or self._first()

    def remove(self, done: Waiting) -> None:
        """Forget one that was delivered; one that is gone already is no harm."""
        with self._lock:
            # Twice: it may be in what was read of a file that turns out to be damaged.
            if not self._remove(done):
                self._remove(done)

    def __len__(self) -> int:
        # Without the lock: who asks for the status does not wait for a slow disk.
        return self._waiting

    def close(self) -> None:
        """Close the file; what is in it waits for the next process. May be called twice."""
        with self._lock:
            for db in self._all():
                db.close()
            self._disk = self._memory = None

    def _all(self) -> List[sqlite3.Connection]:
        return [db for db in (self._disk, self._memory) if db is not None]

    def _remove(self, done: Waiting) -> bool:
        was = self._disk
        for db in self._all():
            with self._told():
                self._waiting -= queue_file.remove(db, done.word)
        return self._disk is was

    def _put_on_disk(self, row: Waiting) -> bool:
        if not self._open_disk():
            return False
        try:
            self._insert(self._disk, [*self._in_memory(), row])
        except sqlite3.Error as error:
            self._lose_disk(error)
            return False
        self._forget_memory()
        self._complaint = ""
        self._count()
        return True

    def _first(self) -> Optional[Waiting]:
        for db in self._all():
            with self._told():
                found = queue_file.rows(db, 1)
                if found:
                    return found[0]
        return None

    def _in_memory(self) -> List[Waiting]:
        return [] if self._memory is None else queue_file.rows(self._memory)

    def _forget_memory(self) -> None:
        memory, self._memory = self._memory, None
        if memory is not None:
            memory.close()

    def _insert(self, db: Optional[sqlite3.Connection], rows: List[Waiting]) -> None:
        assert db is not None
        self._dropped += queue_file.insert(db, rows, self._length)

    def _count(self) -> None:
        self._waiting = sum(self._counted(db) for db in self._all())

    @staticmethod
    def _counted(db: sqlite3.Connection) -> int:
        try:
            return queue_file.count(db)
        except sqlite3.Error:
            return 0  # the next put tells

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._lose_disk(error)

    def _open_disk(self) -> bool:
        if self._disk is not None:
            return True
        try:
            self._disk = queue_file.connect(self._path)
            queue_file.check(self._disk)
        except sqlite3.Error as error:
            self._lose_disk(error)
        return self._disk is not None

    def _lose_disk(self, error: sqlite3.Error) -> None:
        """Begin a damaged file anew; leave one that takes nothing for later."""
        if queue_file.is_damage(error):
            self._begin_anew(error)
        else:
            self._give_up_disk(error)

    def _begin_anew(self, error: sqlite3.Error) -> None:
        disk = self._disk
        readable = queue_file.readable(disk, self._length) if disk is not None else []
        self._close_disk()
        aside = free_name(self._path + BROKEN)
        try:
            # Its log goes with it: verdicts may lie there alone.
            for rest in ("", "-wal", "-shm"):
                if os.path.exists(self._path + rest):
                    self._move(self._path + rest, aside + rest)
            self._disk = queue_file.connect(self._path)
            self._insert(self._disk, readable)
        except (OSError, sqlite3.Error) as again:
            self._give_up_disk(again, "is damaged ({}), and cannot be begun anew".format(error))
            return
        logger.error(
            "%s is damaged (%s); it is moved to %s, and begun anew; %d of the verdicts in it could "
            "be read, and wait on",
            self._path,
            error,
            aside,
            len(readable),
        )
        self._count()

    def _close_disk(self) -> None:
        db, self._disk = self._disk, None
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def _give_up_disk(self, error: Exception, wrong: str = "takes none") -> None:
        self._close_disk()
        self._count()
        helps = "make room on the disk, and let the service's user write there"
        if wrong != "takes none":
            helps = "let the service's user write in that folder"
        self._complaint = "verdicts for the broker wait in memory only: {} {} ({}); {}".format(
            self._path, wrong, error, helps
        )
