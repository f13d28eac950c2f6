"""What may go when: the record's limits by age and size, kept in small steps between verdicts.

How this works. Each step takes the first line that applies, removes a handful, and returns:

    1 older than keep_days           the whole verdict; a share an hour, by a clock believed for one
    2 over keep_mb or under reserve  records that were set aside as broken, the oldest first
    3                                pictures of "edible", the oldest first
    4                                pictures of "unsure" and "poisonous", the oldest first
    5 the database alone over keep   whole verdicts, the oldest first

Lines 3 and 4 leave the verdict itself, which then says that its pictures were removed. The newest
verdict keeps its pictures. Files go before rows do: a power cut between the two leaves a row whose
pictures are gone, and the next step finds it again.
"""

import os
from datetime import datetime, timedelta, timezone
from typing import List, NamedTuple, Optional, Tuple

from plantd.config import RecordConfig
from plantd.sinks.recording import labels, rows
from plantd.sinks.recording.expiry import WALL, ExpiryAllowance
from plantd.sinks.recording.store import RecordStore
from plantd.wire import Moment

BATCH = 20
MIB = 1024 * 1024

# What others fill cannot be won back by emptying the record: for the reserve's sake alone the
# record never goes below this part of keep_mb.
RESERVE_FLOOR = 0.25

_DOUBTFUL = "answer != 'edible'"
_EDIBLE = "answer = 'edible'"


class Usage(NamedTuple):
    """What the record takes, and what the filesystem has left."""

    pictures_bytes: int
    database_bytes: int
    free_bytes: int

    @property
    def record_bytes(self) -> int:
        """Pictures and database together."""
        return self.pictures_bytes + self.database_bytes


def shortage_bytes(usage: Usage, config: RecordConfig) -> int:
    """Return how many bytes have to go; 0 when all limits are kept."""
    keep = config.keep_mb * MIB
    over = usage.record_bytes - keep
    missing = config.reserve_mb * MIB - usage.free_bytes
    sparable = usage.record_bytes - int(keep * RESERVE_FLOOR)
    return max(over, min(missing, sparable), 0)


def oldest_kept_wall(moment: Moment, keep_days: int) -> Optional[str]:
    """Return the wall time before which a verdict is too old; None when the clock is not sure."""
    if not moment.synchronised or keep_days <= 0:
        return None
    now = datetime.strptime(moment.wall, WALL).replace(tzinfo=timezone.utc)
    try:
        return (now - timedelta(days=keep_days)).strftime(WALL)
    except OverflowError:
        return None


class Retention:
    """Keeps the limits. Used by the record thread alone; raises OSError and sqlite3.Error."""

    def __init__(self, store: RecordStore, config: RecordConfig) -> None:
        self._store = store
        self._config = config
        self._expiry = ExpiryAllowance()
        self.pictures_bytes = 0

    def configure(self, config: RecordConfig) -> None:
        """Keep other limits from now on; from any thread."""
        self._config = config

    def count(self) -> None:
        """Add up what the pictures take, once after opening."""
        query = "SELECT ifnull(sum(size_bytes), 0) FROM verdict WHERE pictures = 'kept'"
        self.pictures_bytes = int(self._store.db.execute(query).fetchone()[0])

    def usage(self) -> Usage:
        """Return what the record takes now."""
        disk = os.statvfs(self._store.place.state)
        return Usage(self.pictures_bytes, self._store.size_bytes(), disk.f_bavail * disk.f_frsize)

    def step(self, moment: Moment) -> bool:
        """Remove a handful; return whether anything was removed."""
        if self._remove_expired(moment):
            return True
        usage = self.usage()
        shortage = shortage_bytes(usage, self._config)
        if shortage > 0 and (self._remove_set_aside() or self.free_pictures(shortage)):
            return True
        if usage.database_bytes > self._config.keep_mb * MIB:
            return self._remove_rows(self._oldest(BATCH))
        return False

    def free_pictures(self, size_bytes: int) -> bool:
        """Remove the least wanted pictures, a handful, until `size_bytes` are free."""
        for answers in (_EDIBLE, _DOUBTFUL):
            chosen = _covering(self._kept(answers), size_bytes)
            if chosen:
                self._remove_pictures(chosen)
                return True
        return False

    def _kept(self, answers: str) -> List[Tuple[int, int, Optional[str], Optional[str]]]:
        return self._store.db.execute(
            "SELECT seq, size_bytes, frame_file, input_file FROM verdict "
            "WHERE pictures = 'kept' AND {} AND seq < (SELECT max(seq) FROM verdict) "
            "ORDER BY seq LIMIT ?".format(answers),
            (BATCH,),
        ).fetchall()

    def _remove_pictures(self, chosen: List[Tuple[int, int, Optional[str], Optional[str]]]) -> None:
        for _, _, frame, tensor in chosen:
            self._store.files.remove([name for name in (frame, tensor) if name])
        db = self._store.db
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "UPDATE verdict SET pictures = ?, size_bytes = 0 WHERE seq = ?",
            [(rows.REMOVED, seq) for seq, _, _, _ in chosen],
        )
        db.execute("COMMIT")
        self.pictures_bytes -= sum(size for _, size, _, _ in chosen)

    def _remove_expired(self, moment: Moment) -> bool:
        allowed = self._expiry.left(moment, self._numbers_spanned())
        oldest = oldest_kept_wall(moment, self._config.keep_days)
        if oldest is None or allowed <= 0:
            return False
        expired = self._expired(oldest)[:allowed]
        self._expiry.take(len(expired))
        return self._remove_rows(expired)

    def _numbers_spanned(self) -> int:
        # Not count(*), which reads a whole index after each verdict: the oldest go first, so that
        # the numbers between the first and the last are the verdicts, but for some that failed.
        query = "SELECT (SELECT max(seq) FROM verdict) - (SELECT min(seq) FROM verdict) + 1"
        return int(self._store.db.execute(query).fetchone()[0] or 0)

    def _expired(self, oldest_wall: str) -> List[int]:
        # Times of an unsynchronised clock mean nothing: such a verdict has expired when a later
        # one, whose time is sure, has. One sure time that is recent protects all after it.
        db = self._store.db
        # Mostly no sure time is old enough; an index says so at once.
        any_old = "SELECT 1 FROM verdict WHERE clock = 'synchronised' AND wall < ? LIMIT 1"
        if db.execute(any_old, (oldest_wall,)).fetchone() is None:
            return []
        sure = "SELECT {}(seq) FROM verdict WHERE clock = 'synchronised' AND wall {} ?"
        first_kept = db.execute(sure.format("min", ">="), (oldest_wall,)).fetchone()[0]
        last_expired = db.execute(
            sure.format("max", "<") + " AND seq < ifnull(?, seq + 1)", (oldest_wall, first_kept)
        ).fetchone()[0]
        found = db.execute(
            "SELECT seq FROM verdict WHERE seq <= ? ORDER BY seq LIMIT ?",
            (last_expired or 0, BATCH),
        )
        return [int(row[0]) for row in found.fetchall()]

    def _oldest(self, limit: int) -> List[int]:
        found = self._store.db.execute(
            "SELECT seq FROM verdict WHERE seq < (SELECT max(seq) FROM verdict) "
            "ORDER BY seq LIMIT ?",
            (limit,),
        )
        return [int(row[0]) for row in found.fetchall()]

    def _remove_rows(self, seqs: List[int]) -> bool:
        db = self._store.db
        self._store.begin_after(max(seqs, default=0))
        for seq in seqs:
            query = "SELECT size_bytes, frame_file, input_file FROM verdict WHERE seq = ?"
            size, frame, tensor = db.execute(query, (seq,)).fetchone()
            self._store.files.remove([name for name in (frame, tensor) if name])
            db.execute("DELETE FROM verdict WHERE seq = ?", (seq,))
            labels.remove(db, seq)
            self.pictures_bytes -= size
        if seqs:
            db.execute("PRAGMA incremental_vacuum(50)").fetchall()
        return bool(seqs)

    def _remove_set_aside(self) -> bool:
        for folder in self._store.place.set_aside()[:1]:
            return _remove_some(folder)
        return False


def _covering(
    kept: List[Tuple[int, int, Optional[str], Optional[str]]], size_bytes: int
) -> List[Tuple[int, int, Optional[str], Optional[str]]]:
    chosen = []
    for row in kept:
        if size_bytes <= 0:
            break
        chosen.append(row)
        size_bytes -= row[1]
    return chosen


def _remove_some(folder: str) -> bool:
    removed = 0
    for path, _, names in os.walk(folder, topdown=False):
        for name in names[: BATCH - removed]:
            os.unlink(os.path.join(path, name))
            removed += 1
        if removed >= BATCH:
            return True
        os.rmdir(path)
    return True
