"""What a person said that a recorded picture shows: a table beside the verdicts, which stay.

How this works: each saying is a row of its own and none is ever changed; of a verdict's rows the
last counts. The table is made with the first label, so that a record without it is one in which
nobody labelled anything, and an older plantd reads and writes a record that has it.
"""

import sqlite3
from typing import Any, Dict, NamedTuple, Optional

from plantd.sinks.recording.rows import no_verdict

ANOTHER_PLANT = "another_plant"
NO_PLANT = "no_plant"

# SQLite 3.22, as rows.
TABLE = """CREATE TABLE IF NOT EXISTS label(
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, label TEXT NOT NULL, poisonous INTEGER,
    labelled_by TEXT NOT NULL, wall TEXT NOT NULL, clock TEXT NOT NULL)"""
INDEX = "CREATE INDEX IF NOT EXISTS label_seq ON label(seq)"
COLUMNS = "label, poisonous, labelled_by, wall, clock"
_INSERT = "INSERT INTO label(seq, {}) VALUES (?, ?, ?, ?, ?, ?)".format(COLUMNS)
EXISTS = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'label'"
_ALL = ", ".join("label." + name for name in COLUMNS.split(", "))
_LAST = "LEFT JOIN label ON label.id = (SELECT max(id) FROM label WHERE label.seq = verdict.seq)"
_NONE = "LEFT JOIN (SELECT {}) AS label".format(
    ", ".join("NULL AS " + name for name in COLUMNS.split(", "))
)


class Said(NamedTuple):
    """What a person says, before it has a time.

    Attributes: as those of Label.
    """

    label: str
    poisonous: Optional[bool]
    by: str


class Label(NamedTuple):
    """What a person said of one picture.

    Attributes:
        label: one of the labels of the model that was asked, ANOTHER_PLANT or NO_PLANT.
        poisonous: as that model's species file says; None where nobody knows.
        by: who said it: a user of the box, or "page".
        wall: UTC as "2026-06-01T10:12:03Z".
        clock: "synchronised", or that nobody vouches for the time.
    """

    label: str
    poisonous: Optional[bool]
    by: str
    wall: str
    clock: str

    @property
    def is_of_a_known_plant(self) -> bool:
        """Whether it names one of a model's plants."""
        return self.label not in (ANOTHER_PLANT, NO_PLANT)

    def to_json(self) -> Dict[str, Any]:
        """Return it as API and export have it."""
        return dict(self._asdict())


def json_from_label(label: Optional[Label]) -> Optional[Dict[str, Any]]:
    """Return a label as API and export have it; None where nobody said anything."""
    return None if label is None else label.to_json()


def label_from_columns(
    label: Optional[str],
    poisonous: Optional[int],
    by: Optional[str],
    wall: Optional[str],
    clock: Optional[str],
) -> Optional[Label]:
    """Return the label of COLUMNS; None where nobody said anything."""
    if label is None:
        return None
    told = None if poisonous is None else bool(poisonous)
    return Label(label, told, str(by), str(wall), str(clock))


def has_labels(db: sqlite3.Connection) -> bool:
    """Return whether anything was ever labelled in this record."""
    return bool(db.execute(EXISTS).fetchone()[0])


def joined(query: str, has_table: bool) -> str:
    """Return a query of verdicts with {columns} and {join} filled in: each one's last label."""
    return query.format(columns=_ALL, join=_LAST if has_table else _NONE)


def say(db: sqlite3.Connection, seq: int, label: Label) -> None:
    """Add what a person says of a recorded verdict. Raises NotFoundError."""
    if db.execute("SELECT 1 FROM verdict WHERE seq = ?", (seq,)).fetchone() is None:
        raise no_verdict(seq)
    add(db, seq, label)


def add(db: sqlite3.Connection, seq: int, label: Label) -> None:
    """Add what a person said of a verdict; what was said before stays."""
    _make_table(db)
    db.execute(_INSERT, (seq, *label))


def remove(db: sqlite3.Connection, seq: int) -> None:
    """Remove what was said of a verdict that goes."""
    if has_labels(db):
        db.execute("DELETE FROM label WHERE seq = ?", (seq,))


def copy(db: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy all labels into another record."""
    if not has_labels(db):
        return
    _make_table(target)
    found = db.execute("SELECT seq, {} FROM label ORDER BY id".format(COLUMNS))
    target.executemany(_INSERT, found)


def _make_table(db: sqlite3.Connection) -> None:
    db.execute(TABLE)
    db.execute(INDEX)
