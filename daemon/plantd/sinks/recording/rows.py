"""What one row of the record says, and the tables it lies in."""

import json
import sqlite3
from typing import Any, Dict, NamedTuple, Optional

from plantd.errors import NotFoundError, RecordError
from plantd.sinks.recording.picture_files import Saved
from plantd.system.json_text import tree_from_json

APPLICATION_ID = 0x706C6E74  # "plnt"
VERSION = 1

KEPT = "kept"
NONE = "none"
REMOVED = "removed"
LOST = "lost"

# SQLite 3.22: no UPSERT, no RETURNING, no window functions.
SCHEMA = (
    """CREATE TABLE verdict(
        seq INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, mono_s REAL NOT NULL, wall TEXT NOT NULL,
        clock TEXT NOT NULL, answer TEXT NOT NULL, "trigger" TEXT NOT NULL, model TEXT NOT NULL,
        json TEXT NOT NULL, frame_file TEXT, input_file TEXT, pictures TEXT NOT NULL,
        size_bytes INTEGER NOT NULL)""",
    "CREATE INDEX verdict_answer ON verdict(answer, wall)",
    "CREATE INDEX verdict_clock ON verdict(clock, wall)",
    "CREATE INDEX verdict_kept ON verdict(answer, seq, size_bytes) WHERE pictures = 'kept'",
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "INSERT INTO fact VALUES ('seq_floor', 0), ('probe', 0)",
)
COLUMNS = 13
INSERT = "INSERT INTO verdict VALUES ({})".format(", ".join("?" * COLUMNS))

Json = Dict[str, Any]


class Row(NamedTuple):
    """One verdict; the fields are the table's columns, in its order."""

    seq: int
    boot_id: str
    mono_s: float
    wall: str
    clock: str
    answer: str
    trigger: str
    model: str
    json: str
    frame_file: Optional[str]
    input_file: Optional[str]
    pictures: str
    size_bytes: int


def create_tables(db: sqlite3.Connection) -> None:
    """Begin a record in an empty database."""
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute("BEGIN IMMEDIATE")
    for statement in SCHEMA:
        db.execute(statement)
    db.execute("PRAGMA application_id = {}".format(APPLICATION_ID))
    db.execute("PRAGMA user_version = {}".format(VERSION))
    db.execute("COMMIT")


def is_damage(error: Exception) -> bool:
    """Return whether the file itself is broken, rather than the disk full or away.

    SQLITE_CORRUPT and SQLITE_NOTADB are the ones that arrive as DatabaseError itself.
    """
    return type(error) is sqlite3.DatabaseError


def row_from_verdict(verdict: Json, saved: Saved) -> Row:
    """Return the row of a verdict as `wire` writes it.

    Raises KeyError, TypeError or ValueError for what is no verdict: a bug of the caller.
    """
    return Row(
        int(verdict["seq"]),
        str(verdict["boot_id"]),
        float(verdict["mono_s"]),
        str(verdict["wall"]),
        str(verdict["clock"]),
        str(verdict["verdict"]),
        str(verdict["trigger"]),
        str(verdict["model"]),
        json.dumps(verdict, allow_nan=False, separators=(",", ":")),
        saved.frame,
        saved.input,
        KEPT if saved.size_bytes else NONE,
        saved.size_bytes,
    )


def no_verdict(seq: int) -> NotFoundError:
    """Return what is raised where the record has no such verdict."""
    return NotFoundError("no verdict {} in the record; plantd-cli history lists them".format(seq))


def verdict_from_columns(text: str, pictures: str) -> Json:
    """Return a recorded verdict; `pictures` says what became of its pictures.

    Raises RecordError where the row is damaged.
    """
    try:
        verdict = dict(tree_from_json(text))
    except (TypeError, ValueError) as error:
        raise RecordError(
            "a verdict in the record is damaged, not JSON ({}); something else wrote there, or "
            "the disk damaged it: sudo systemctl restart plantd has it checked".format(error)
        ) from error
    verdict["pictures"] = pictures
    return verdict
