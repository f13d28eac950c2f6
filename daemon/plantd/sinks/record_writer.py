"""Writes verdicts with their pictures and does the record's chores. Used by one thread alone."""

import errno
import logging
import os
import re
import sqlite3
from typing import Callable, Iterator, Optional

from plantd.config import RecordConfig
from plantd.errors import RecordError
from plantd.sinks.picture_files import Saved
from plantd.sinks.record_rows import Json, row_from_verdict
from plantd.sinks.record_state import (
    DISK_ERRORS,
    FULL,
    OK,
    DiskError,
    RecordStatus,
    sentence_from_error,
    state_from_error,
)
from plantd.sinks.record_store import BrokenRecord, Place, RecordStore, is_damage
from plantd.sinks.record_sweep import sweep
from plantd.sinks.retention import MIB, Retention
from plantd.wire import Moment

logger = logging.getLogger(__name__)

# Freed at once when the disk is full, beyond what the verdict itself needs.
_ROOM_BYTES = 4 * MIB
# What the row and its log take, generously.
_ROW_BYTES = 64 * 1024


class RecordWriter:
    """The record's writing side with its state; whatever the disk does, it tries again later.

    Args:
        moment: tells the time, for retention and for the names of records set aside.
        last_seq: the last number that was given out; a new record begins after it.
        on_change: told each new state, from this thread.
    """

    def __init__(
        self,
        place: Place,
        config: RecordConfig,
        moment: Callable[[], Moment],
        last_seq: Callable[[], int],
        on_change: Callable[[RecordStatus], None],
    ) -> None:
        self._store = RecordStore(place)
        self._retention = Retention(self._store, config)
        self._moment = moment
        self._last_seq = last_seq
        self._earlier_seq = 0
        self._on_change = on_change
        self._checked = False
        self._needed_bytes = 0
        self._sweep: Iterator[None] = iter(())
        self._chores: Optional[Iterator[None]] = None
        self.status = RecordStatus(OK, "", place.database)

    def begin(self) -> None:
        """Take every number that was given out until now as one of an earlier run."""
        self._earlier_seq = self._last_seq()
        self.status = self.status._replace(set_aside=tuple(self._store.place.set_aside()))

    def stage(
        self, seq: int, frame: Optional[bytes], tensor_png: Optional[bytes]
    ) -> Optional[Saved]:
        """Make the pictures of a verdict to come durable; None leaves that to its commit."""
        try:
            self._open()
            return self._store.files.save(seq, frame, tensor_png)
        except DISK_ERRORS as error:
            logger.debug("the pictures of %d wait for their verdict: %s", seq, error)
            return None

    def commit(
        self,
        verdict: Json,
        frame: Optional[bytes],
        tensor_png: Optional[bytes],
        saved: Optional[Saved] = None,
    ) -> None:
        """Make one verdict durable, its pictures first. Raises RecordError.

        Args:
            saved: what `stage` returned, where the pictures are durable already.
        """
        try:
            self._open()
            self._save_making_room(verdict, frame, tensor_png, saved)
        except DISK_ERRORS as error:
            self._count(failed=1)
            self._needed_bytes = len(frame or b"") + len(tensor_png or b"") + _ROW_BYTES
            raise self._fail(error) from error
        except (KeyError, TypeError, ValueError) as error:
            self._count(failed=1)
            raise RecordError(
                "this is no verdict that can be recorded: {!r}".format(error)
            ) from error
        self._count(committed=1)
        self._become(OK, "")

    def chore(self) -> bool:
        """Do a little of what is due; return whether there is more. Never raises."""
        if self._chores is None:
            self._chores = self._all_chores()
        try:
            next(self._chores)
            return True
        except StopIteration:
            self._chores = None
        except DISK_ERRORS as error:
            self._fail(error)
        return False

    def configure(self, config: RecordConfig) -> None:
        """See Record."""
        self._retention.configure(config)

    def close(self) -> None:
        """Leave the write-ahead log empty and give the record free; may be called twice."""
        self._store.release()

    def _save_making_room(
        self,
        verdict: Json,
        frame: Optional[bytes],
        tensor_png: Optional[bytes],
        saved: Optional[Saved],
    ) -> None:
        try:
            self._save(verdict, frame, tensor_png, saved)
        except (OSError, sqlite3.Error) as error:
            if not self._cured(error, len(frame or b"") + len(tensor_png or b"")):
                raise
            # A record that was set aside took the pictures with it: they are saved again.
            self._save(verdict, frame, tensor_png, None)

    def _save(
        self,
        verdict: Json,
        frame: Optional[bytes],
        tensor_png: Optional[bytes],
        saved: Optional[Saved],
    ) -> None:
        files = self._store.files
        if saved is None or not files.hold(saved):
            saved = files.save(int(verdict["seq"]), frame, tensor_png)
        try:
            self._store.insert(row_from_verdict(verdict, saved))
        except (sqlite3.Error, KeyError, TypeError, ValueError):
            files.remove([name for name in (saved.frame, saved.input) if name is not None])
            raise
        self._retention.pictures_bytes += saved.size_bytes

    def _cured(self, error: DiskError, size_bytes: int) -> bool:
        if is_damage(error):
            self._begin_anew(str(error))
            return True
        if state_from_error(error) != FULL:
            return False
        return self._retention.free_pictures(size_bytes + _ROOM_BYTES)

    def _open(self) -> None:
        if self._store.is_open:
            return
        try:
            self._store.open(check=not self._checked)
        except BrokenRecord as error:
            self._begin_anew(str(error))
        if not self._checked:
            self._sweep = sweep(self._store, self._earlier_seq)
        self._checked = True
        self._retention.count()

    def _begin_anew(self, reason: str) -> None:
        stamp = re.sub(r"[^0-9TZ]", "", self._moment().wall)
        folder = self._store.set_aside(stamp)
        logger.error(
            "the record was broken (%s); it lies whole in %s and a new one was begun",
            reason,
            folder,
        )
        self.status = self.status._replace(set_aside=tuple(self._store.place.set_aside()))
        self._store.open(check=False)
        self._store.begin_after(self._last_seq())
        self._retention.count()
        self._sweep, self._chores = iter(()), None

    def _all_chores(self) -> Iterator[None]:
        self._open()
        self._measure()
        if self.status.state != OK:
            self._try_again()
        for _ in self._sweep:
            yield
        while self._retention.step(self._moment()):
            yield
        self._store.checkpoint()
        self._measure()

    def _try_again(self) -> None:
        # A row may fit where the pictures do not: a full disk has to have room for what failed.
        if self.status.state == FULL and self.status.free_bytes < self._needed_bytes:
            raise OSError(errno.ENOSPC, "there is no room for a verdict")
        self._store.probe()
        self._become(OK, "")

    def _measure(self) -> None:
        # A card that fell back to read-only is noticed before the next press.
        if os.statvfs(self._store.place.state).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, "the filesystem is mounted read-only")
        usage = self._retention.usage()
        self.status = self.status._replace(**usage._asdict())

    def _count(self, committed: int = 0, failed: int = 0) -> None:
        self.status = self.status._replace(
            committed=self.status.committed + committed, failed=self.status.failed + failed
        )

    def _fail(self, error: DiskError) -> RecordError:
        sentence = sentence_from_error(error, self._store.place.folder)
        self._store.close()
        self._chores = None
        if is_damage(error):
            # Opening will look at the whole file, and set it aside.
            self._checked = False
        self._become(state_from_error(error), sentence)
        return RecordError(sentence)

    def _become(self, state: str, detail: str) -> None:
        before, self.status = self.status, self.status._replace(state=state, detail=detail)
        if before.state != state:
            level = logging.INFO if state == OK else logging.ERROR
            logger.log(level, "record: %s; %s", state, detail or "verdicts are recorded again")
            self._on_change(self.status)
