"""Writes verdicts with their pictures and does the record's chores. Used by one thread alone.

How this works. A verdict comes in two calls: `stage` makes its pictures durable while the network
still computes, `commit` adds the row. A row never names a picture that is not on the disk: pictures
go first, and where the row fails they are removed again. What a commit meets is cured once, and the
verdict written a second time:

    met                                            cure
    the files were taken away, or are damaged      a new record is begun (renewal)
    the disk is full                               the oldest pictures go (retention)
    anything else, or the same again               none: RecordError, and the connection is closed

After that the state is not "ok", and each round of chores tries whether the disk takes writes
again; so does the next verdict. Chores are one generator of small steps, so that a verdict waits
for one step at most; beginning anew or failing throws it away, and the next chore starts over.
"""

import errno
import logging
import os
import sqlite3
from typing import Callable, Iterator, Optional, Union

from plantd.config import RecordConfig
from plantd.errors import RecordError
from plantd.sinks.recording import labels, renewal, state
from plantd.sinks.recording.picture_files import Saved
from plantd.sinks.recording.recovery.check_schedule import CheckSchedule
from plantd.sinks.recording.recovery.number_file import NumberFile
from plantd.sinks.recording.retention import MIB, Retention
from plantd.sinks.recording.rows import Json, row_from_verdict
from plantd.sinks.recording.state import (
    DISK_ERRORS,
    FULL,
    OK,
    DiskError,
    RecordStatus,
)
from plantd.sinks.recording.store import BrokenRecord, Place, RecordStore
from plantd.sinks.recording.sweep import sweep
from plantd.system.durable import refuses_changes
from plantd.wire import Moment, json_from_moment

logger = logging.getLogger(__name__)

# Freed at once when the disk is full, beyond what the verdict needs; what a row and its log take.
_ROOM_BYTES = 4 * MIB
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
        integrity: CheckSchedule,
    ) -> None:
        self._store = RecordStore(place)
        self._retention = Retention(self._store, config)
        self._moment = moment
        self._last_seq = last_seq
        self._earlier_seq = 0
        self._on_change = on_change
        self._opened_before = False
        self._needed_bytes = 0
        self._numbers = NumberFile(*place.numbers)
        self.integrity = integrity
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
            self._numbers.keep(self._last_seq())
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
        """Make one verdict durable, its pictures first unless `saved` is what `stage` returned.

        Raises RecordError.
        """
        try:
            self._numbers.keep(self._last_seq())
            self._open()
            self._save_making_room(verdict, frame, tensor_png, saved)
        except DISK_ERRORS as error:
            self._count(failed=1)
            self._needed_bytes = len(frame or b"") + len(tensor_png or b"") + _ROW_BYTES
            raise self._fail(error) from error
        except (KeyError, TypeError, ValueError) as error:
            self._count(failed=1)
            raise RecordError(
                "this is not a verdict that can be recorded: {!r}".format(error)
            ) from error
        self._count(committed=1)
        self._become(OK, "")

    def say(self, seq: int, said: labels.Said) -> None:
        """Keep what a person says of a recorded verdict. Raises RecordError or NotFoundError."""
        try:
            self._open()
            self._store.mark_in_use()
            now = json_from_moment(self._moment())
            labels.say(self._store.db, seq, labels.Label(*said, now["wall"], now["clock"]))
        except DISK_ERRORS as error:
            raise self._fail(error) from error

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
            return self._mend(error)
        return False

    def begin_chores(self) -> None:
        """Let the next chore be the first, which looks at the files."""
        self._chores = None

    def configure(self, config: RecordConfig) -> None:
        """See Record."""
        self._retention.configure(config)

    def close(self) -> None:
        """Leave the write-ahead log empty and give the record free; may be called twice."""
        checked = self.integrity.stop()
        self._store.release(clean=checked and self.status.state == OK)

    def _save_making_room(
        self,
        verdict: Json,
        frame: Optional[bytes],
        tensor_png: Optional[bytes],
        saved: Optional[Saved],
    ) -> None:
        try:
            self._save(verdict, frame, tensor_png, saved)
        except (OSError, sqlite3.Error, BrokenRecord) as error:
            if not self._cure(error, len(frame or b"") + len(tensor_png or b"")):
                raise
            # A record that was set aside took the pictures with it: they are saved again. The row
            # itself may have been rescued already.
            self._store.forget(int(verdict["seq"]))
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

    def _cure(self, error: Union[DiskError, BrokenRecord], size_bytes: int) -> bool:
        reason = renewal.reason_to_begin_anew(self._store, error)
        if reason:
            self._begin_anew(reason)
            return True
        if isinstance(error, BrokenRecord) or state.state_from_error(error) != FULL:
            return False
        return self._retention.free_pictures(size_bytes + _ROOM_BYTES)

    def _mend(self, error: DiskError) -> bool:
        """Begin anew where that helps against what a chore met; return whether it did."""
        try:
            reason = renewal.reason_to_begin_anew(self._store, error)
            if reason:
                self._begin_anew(reason)
                return True
        except DISK_ERRORS as another:
            error = another
        self._fail(error)
        return False

    def _open(self) -> None:
        if self._store.is_open:
            self._look()
            return
        try:
            self._store.open()
        except BrokenRecord as error:
            self._begin_anew(str(error))
        else:
            if not self._opened_before:
                self.integrity.begin(needed=not self._store.was_clean)
                self._sweep = sweep(self._store, self._earlier_seq)
        self._store.keep_places()
        self._opened_before = True
        self._retention.count()

    def _look(self) -> None:
        """Compare what the paths name with what is open, and take what a check found."""
        reason = self._store.fault() or self.integrity.damage()
        if reason:
            self._begin_anew(reason)
        elif self._store.keep_places():
            self._tell("the folder of pictures was deleted, moved or replaced; it was made again")
            self._sweep, self._chores = sweep(self._store, self._earlier_seq), None

    def _begin_anew(self, reason: str) -> None:
        self._tell(renewal.set_aside(self._store, reason, self._moment().wall))
        self.status = self.status._replace(set_aside=tuple(self._store.place.set_aside()))
        renewal.begin_after(self._store, self._last_seq())
        self._retention.count()
        self._sweep, self._chores = sweep(self._store, self._earlier_seq), None

    def _tell(self, incident: str) -> None:
        logger.error("record: %s", incident)
        self.status = self.status._replace(incident=incident)

    def _all_chores(self) -> Iterator[None]:
        self._open()
        self._numbers.keep(self._last_seq())
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
        # A card that fell back to it is noticed before the next press.
        if os.statvfs(self._store.place.state).f_flag & os.ST_RDONLY:
            raise state.read_only_error()
        usage = self._retention.usage()
        self.status = self.status._replace(**usage._asdict())

    def _count(self, committed: int = 0, failed: int = 0) -> None:
        self.status = self.status._replace(
            committed=self.status.committed + committed, failed=self.status.failed + failed
        )

    def _fail(self, error: DiskError) -> RecordError:
        if refuses_changes(self._store.place.state):
            error = state.read_only_error()
        sentence = state.sentence_from_error(error, self._store.place.folder)
        self._store.close()
        self._chores = None
        self._become(state.state_from_error(error), sentence)
        return RecordError(sentence)

    def _become(self, state: str, detail: str) -> None:
        before, self.status = self.status, self.status._replace(state=state, detail=detail)
        if before.state != state:
            tell = logger.info if state == OK else logger.error
            tell("record: %s; %s", state, detail or "verdicts are recorded again")
            self._on_change(self.status)
