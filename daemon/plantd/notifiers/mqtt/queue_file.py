"""The outbox's SQLite file: its rows, what counts as damage, and what a damaged one still holds.

How this works: a row is found by reading the table, never by the index alone: one flipped bit in
either and they no longer agree. What a damaged file holds is read from both ends up to where it
cannot be read, and then one number after the other: those that the index or a gap tells.
"""

import contextlib
import itertools
import os
import sqlite3
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from plantd.system.database import Database
from plantd.system.durable import sync_directory

IN_MEMORY = ":memory:"
WORD_BYTES = 8
_BUSY_S = 1.0
_TABLE = (
    "CREATE TABLE IF NOT EXISTS waiting "
    "(id INTEGER PRIMARY KEY AUTOINCREMENT, word BLOB NOT NULL UNIQUE, line BLOB NOT NULL)"
)
_ROWS = "SELECT word, line, id FROM waiting"
_STRUCTURE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql"


class Waiting(NamedTuple):
    """One row: a word that is its own wherever it lies, and the verdict as JSON."""

    word: bytes
    line: bytes


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error tells of a damaged file, not of one that is locked, full or gone."""
    # Impossible lengths and broken constraints are classes of their own.
    damage = (sqlite3.DataError, sqlite3.IntegrityError)
    return type(error) is sqlite3.DatabaseError or isinstance(error, damage)


def connect(path: str) -> sqlite3.Connection:
    """Return a connection with its table. Raises sqlite3.Error."""
    is_new = path != IN_MEMORY and not os.path.exists(path)
    db = Database(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    # Text is damage; text that is none would be sqlite3's error for a statement that is wrong.
    db.text_factory = _text
    try:
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        db.execute("PRAGMA synchronous = FULL")
        db.execute(_TABLE)
        if is_new:
            sync_directory(os.path.dirname(path))
    except sqlite3.Error:
        db.close()
        raise
    except OSError as error:
        db.close()
        raise sqlite3.OperationalError(str(error)) from error
    return db


def check(db: sqlite3.Connection) -> None:
    """Read the whole file. Raises sqlite3.DatabaseError where it is damaged."""
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(" ".join(found.split()))
    with contextlib.closing(connect(IN_MEMORY)) as model:
        if db.execute(_STRUCTURE).fetchall() != model.execute(_STRUCTURE).fetchall():
            raise sqlite3.DatabaseError("its table is not the one that was made")


def rows(db: sqlite3.Connection, most: int = -1) -> List[Waiting]:
    """Return rows, oldest first; -1 is all. Raises sqlite3.Error, also for a damaged one."""
    found = db.execute(_ROWS + " ORDER BY id LIMIT ?", (most,)).fetchall()
    if not all(map(_is_whole, found)):
        raise sqlite3.DatabaseError("a row holds what was never put there")
    return [Waiting(word, line) for word, line, _ in found]


def insert(db: sqlite3.Connection, added: List[Waiting], length: int) -> int:
    """Add rows, and return how many of the oldest were dropped for them. Raises sqlite3.Error."""
    # One transaction: a full queue is never seen one too long.
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany("INSERT INTO waiting (word, line) VALUES (?, ?)", added)
        over = max(0, count(db) - length)
        oldest = "SELECT id FROM waiting ORDER BY id LIMIT ?"
        db.execute("DELETE FROM waiting WHERE id IN ({})".format(oldest), (over,))
        db.execute("COMMIT")
    except sqlite3.Error:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return over


def remove(db: sqlite3.Connection, word: bytes) -> int:
    """Remove the row of that word, and return how many there were: 0 or 1.

    Raises:
        sqlite3.DatabaseError: it is seen, but cannot be removed.
    """
    # "+": the table says which row it is, not the index.
    seen = db.execute("SELECT id FROM waiting WHERE +word = ? ORDER BY id LIMIT 1", (word,))
    number = seen.fetchone()
    if number is None:
        return 0
    done = db.execute("DELETE FROM waiting WHERE id = ? AND +word = ?", (number[0], word))
    if done.rowcount == 0:
        raise sqlite3.DatabaseError("row {} is not found under its number".format(number[0]))
    return 1


def count(db: sqlite3.Connection) -> int:
    """Return how many rows there are. Raises sqlite3.Error."""
    return int(db.execute("SELECT count(*) FROM waiting").fetchone()[0])


def readable(db: sqlite3.Connection, length: int) -> List[Waiting]:
    """Return the rows of a damaged database that can be read, oldest first.

    Args:
        length: how many numbers that only a gap tells are tried.
    """
    found: Dict[bytes, Tuple[int, bytes]] = {}
    for order in (" ORDER BY id", " ORDER BY id DESC"):
        _collect(db, order, (), found)
    for number in _missing(db, [number for number, _ in found.values()], length):
        _collect(db, " WHERE id = ?", (number,), found)
    ordered = sorted((number, word, line) for word, (number, line) in found.items())
    return [Waiting(word, line) for _, word, line in ordered]


def _collect(
    db: sqlite3.Connection,
    which: str,
    values: Tuple[int, ...],
    found: Dict[bytes, Tuple[int, bytes]],
) -> None:
    with contextlib.suppress(sqlite3.Error):
        for row in db.execute(_ROWS + which, values):
            if _is_whole(row):
                word, line, number = row
                found.setdefault(word, (number, line))


def _missing(db: sqlite3.Connection, numbers: List[int], length: int) -> List[int]:
    told = set(itertools.islice(_gaps(sorted(numbers)), length))
    with contextlib.suppress(sqlite3.Error):
        for (number,) in db.execute("SELECT id FROM waiting ORDER BY word"):
            told.add(number)
    return sorted(told.difference(numbers))


def _gaps(numbers: List[int]) -> Iterator[int]:
    for before, after in zip(numbers, numbers[1:]):
        yield from range(before + 1, after)


def _is_whole(row: Tuple[Any, ...]) -> bool:
    word, line, _ = row
    return isinstance(word, bytes) and len(word) == WORD_BYTES and isinstance(line, bytes)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
