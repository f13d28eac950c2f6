"""The record as its readers see it: any thread, beside the writer, also on a read-only disk."""

import os
import sqlite3
from contextlib import closing
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from plantd.errors import NotFoundError, RecordError
from plantd.sinks.recording import labels, rows
from plantd.sinks.recording.labels import Label
from plantd.sinks.recording.picture_files import PictureFiles
from plantd.sinks.recording.store import Place, connect_read_only

Json = Dict[str, Any]


class Selection(NamedTuple):
    """Which verdicts are meant; an empty text leaves open what it says.

    Attributes:
        since, until: wall times, UTC as "2026-06-01T10:12:03Z"; from the one, before the other.
        answer: poisonous, edible or unsure.
        labelled: True for those that a person labelled, False for the others, None for both.
        kept: whether only those whose pictures are kept.
    """

    since: str = ""
    until: str = ""
    answer: str = ""
    labelled: Optional[bool] = None
    kept: bool = False


class Recorded(NamedTuple):
    """One verdict with what belongs to it.

    Attributes:
        frame_file: the picture's name below the pictures' folder; None where none was kept.
        label: what a person said last; None where nobody did.
    """

    verdict: Json
    frame_file: Optional[str]
    label: Optional[Label]


def _nobody(_error: str) -> None:
    pass


class RecordReader:
    """Reads with a connection of its own for each call; a record not begun yet is empty.

    Every method raises RecordError when the record cannot be read, and `on_error` is told, in the
    thread that reads.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.on_error: Callable[[str], None] = _nobody
        self._files = PictureFiles(place.pictures)

    def verdicts(self, after: int, limit: int) -> List[Json]:
        """Return verdicts with seq > after, ascending, at most `limit`."""
        found = self._rows(
            "SELECT json, pictures FROM verdict WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, max(limit, 0)),
        )
        return [rows.verdict_from_columns(*row) for row in found]

    def newest(self, limit: int, after: int = 0) -> List[Json]:
        """Return the last `limit` verdicts with seq > after, ascending."""
        found = self._rows(
            "SELECT json, pictures FROM verdict WHERE seq > ? ORDER BY seq DESC LIMIT ?",
            (after, max(limit, 0)),
        )
        return [rows.verdict_from_columns(*row) for row in reversed(found)]

    def older(self, before: int, limit: int, answer: str = "") -> List[Json]:
        """Return verdicts with seq < before, the newest first, at most `limit`; of one answer."""
        found = self._rows(
            "SELECT json, pictures FROM verdict WHERE seq < ? AND (? = '' OR answer = ?) "
            "ORDER BY seq DESC LIMIT ?",
            (before, answer, answer, max(limit, 0)),
        )
        return [rows.verdict_from_columns(*row) for row in found]

    def selected(self, after: int, limit: int, which: Selection) -> List[Recorded]:
        """Return those of the selection with seq > after, ascending, at most `limit`."""
        return self._selected("> ?", "ASC", after, limit, which)

    def selected_before(self, before: int, limit: int, which: Selection) -> List[Recorded]:
        """Return those of the selection with seq < before, the newest first, at most `limit`."""
        return self._selected("< ?", "DESC", before, limit, which)

    def picture_path(self, recorded: Recorded) -> Optional[str]:
        """Return where its picture lies; None where none was kept."""
        return recorded.frame_file and os.path.join(self._files.folder, recorded.frame_file)

    def label(self, seq: int) -> Optional[Label]:
        """Return what a person said last of one verdict; None where nobody did."""
        found = self._rows(
            "SELECT {columns} FROM verdict {join} WHERE verdict.seq = ?", (seq,), join_labels=True
        )
        return labels.label_from_columns(*found[0]) if found else None

    def verdict(self, seq: int) -> Json:
        """Return one verdict. Raises NotFoundError."""
        return rows.verdict_from_columns(*self._one(seq, "json, pictures"))

    def recorded(self, seq: int) -> Recorded:
        """Return one verdict with what belongs to it. Raises NotFoundError."""
        found = self._selected("= ?", "ASC", seq, 1, Selection())
        if not found:
            raise rows.no_verdict(seq)
        return found[0]

    def picture(self, seq: int) -> bytes:
        """Return the JPEG (or PNG, where one was sent in) of one verdict. Raises NotFoundError."""
        return self._picture(seq, "frame_file", "picture")

    def tensor_picture(self, seq: int) -> bytes:
        """Return the PNG of the network's input of one verdict. Raises NotFoundError."""
        return self._picture(seq, "input_file", "network input")

    def counts(self, day: Optional[str] = None) -> Dict[str, int]:
        """Return how many verdicts gave each answer, in all or on one UTC day ("2026-06-01")."""
        where = "" if day is None else "WHERE wall >= ? AND wall < ?"
        values = () if day is None else (day, day + "U")
        found = self._rows(
            "SELECT answer, count(*) FROM verdict {} GROUP BY answer".format(where), values
        )
        return {str(answer): int(count) for answer, count in found}

    def highest_seq(self) -> int:
        """Return the highest sequence number ever used, as far as the disk tells."""
        found = self._rows(
            "SELECT max(ifnull((SELECT max(seq) FROM verdict), 0), "
            "ifnull((SELECT value FROM fact WHERE name = 'seq_floor'), 0))",
            (),
        )
        return int(found[0][0]) if found else 0

    def _selected(
        self, side: str, order: str, seq: int, limit: int, which: Selection
    ) -> List[Recorded]:
        query = (
            "SELECT verdict.json, verdict.pictures, verdict.frame_file, {{columns}} FROM verdict "
            "{{join}} WHERE verdict.seq {side} AND (? = '' OR verdict.answer = ?) "
            "AND (? = '' OR verdict.wall >= ?) AND (? = '' OR verdict.wall < ?) "
            "AND (? IS NULL OR (label.label IS NOT NULL) = ?) "
            "AND (NOT ? OR verdict.pictures = 'kept') ORDER BY verdict.seq {order} LIMIT ?"
        ).format(side=side, order=order)
        wanted = (which.answer, which.answer, which.since, which.since, which.until, which.until)
        values = (seq, *wanted, which.labelled, which.labelled, which.kept, max(limit, 0))
        found = self._rows(query, values, join_labels=True)
        return [
            Recorded(
                rows.verdict_from_columns(*row[:2]), row[2], labels.label_from_columns(*row[3:])
            )
            for row in found
        ]

    def _picture(self, seq: int, column: str, what: str) -> bytes:
        name, pictures = self._one(seq, column + ", pictures")
        if name is None:
            raise NotFoundError("verdict {} has no {}".format(seq, what))
        if pictures == rows.REMOVED:
            raise NotFoundError(
                "the {} of verdict {} was removed to make room; record.keep_mb and "
                "record.reserve_mb say how much there is".format(what, seq)
            )
        try:
            return self._files.load(name)
        except OSError as error:
            raise RecordError("the {} of verdict {}: {}".format(what, seq, error)) from error

    def _one(self, seq: int, columns: str) -> Tuple[Any, ...]:
        found = self._rows("SELECT {} FROM verdict WHERE seq = ?".format(columns), (seq,))
        if not found:
            raise rows.no_verdict(seq)
        return found[0]

    def _rows(
        self, query: str, values: Tuple[Any, ...], join_labels: bool = False
    ) -> List[Tuple[Any, ...]]:
        if not os.path.exists(self._place.database):
            return []
        try:
            with closing(self._connect()) as db:
                if join_labels:
                    query = labels.joined(query, labels.has_labels(db))
                return db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            if "no such table" in str(error):
                # The writer is just making them.
                return []
            self.on_error(str(error))
            raise RecordError(
                "the record {} cannot be read: {}".format(self._place.database, error)
            ) from error

    def _may_write(self) -> bool:
        return os.access(self._place.folder, os.W_OK)

    def _has_log(self) -> bool:
        """Return whether the write-ahead log holds what the database itself may not have."""
        try:
            return os.path.getsize(self._place.database + "-wal") > 0
        except OSError:
            return False

    def _connect(self) -> sqlite3.Connection:
        db = connect_read_only(self._place.database, "mode=ro")
        try:
            db.execute("SELECT 1 FROM fact").fetchone()
        except sqlite3.OperationalError as error:
            db.close()
            if "locked" in str(error) or (self._has_log() and self._may_write()):
                raise
            # WAL wants to make its -shm file and cannot, by rights or on a full disk: read what was
            # checkpointed.
            return connect_read_only(self._place.database, "immutable=1")
        except sqlite3.Error:
            db.close()
            raise
        return db
