"""Damage of a database is told as such, whatever bytes SQLite quotes."""

import gc
import os
import sqlite3
import weakref
from contextlib import closing
from pathlib import Path

import pytest

from plantd.system.database import Database


@pytest.fixture
def damaged(tmp_path: Path) -> str:
    """A database whose damage cannot be told in UTF-8."""
    path = tmp_path / "a.db"
    with closing(Database(str(path), isolation_level=None)) as db:
        db.execute("CREATE TABLE waiting (line)")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CR\x81ATE TABLE"))
    return str(path)


def test_damage_that_is_no_text_is_an_error_of_sqlite(damaged: str) -> None:
    with closing(Database(damaged)) as db:
        with pytest.raises(sqlite3.DatabaseError):
            db.execute("SELECT * FROM waiting")
        with pytest.raises(sqlite3.DatabaseError):
            db.executemany("INSERT INTO waiting VALUES (?)", [(1,)])


def test_a_sound_database_is_as_ever() -> None:
    with closing(Database(":memory:")) as db:
        db.execute("CREATE TABLE a (b)")
        assert db.executemany("INSERT INTO a VALUES (?)", [(1,), (2,), (3,)]).rowcount == 3
        found = db.execute("SELECT b FROM a WHERE b > ? ORDER BY b", (1,))
        assert [row[0] for row in found] == [2, 3]
        assert db.execute("SELECT b FROM a ORDER BY b").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM a").fetchall() == [(3,)]


def test_what_was_asked_leaves_nothing_behind() -> None:
    with closing(Database(":memory:")) as db:
        db.execute("CREATE TABLE a (b)")
        before = _weak_references()
        for number in range(1000):
            db.execute("SELECT b FROM a").fetchall()
            db.executemany("INSERT INTO a VALUES (?)", [(number,)])
        # SQLite's module looks through what it remembers every 200 cursors.
        assert _weak_references() - before <= 250


def test_its_files_are_closed_though_a_statement_is_still_held(tmp_path: Path) -> None:
    """As an exception holds it, whose traceback somebody keeps."""
    path = str(tmp_path / "a.db")
    db = Database(path, isolation_level=None)
    db.execute("CREATE TABLE a (b)")
    db.executemany("INSERT INTO a VALUES (?)", [(1,), (2,)])
    held = db.execute("SELECT b FROM a")
    assert held.fetchone() == (1,)
    assert _is_open(path)
    db.close()
    assert not _is_open(path)
    db.close()
    with pytest.raises(sqlite3.ProgrammingError):
        held.fetchone()


def _is_open(path: str) -> bool:
    folder = "/proc/self/fd"
    names = (os.path.join(folder, name) for name in os.listdir(folder))
    return path in [os.readlink(name) for name in names if os.path.lexists(name)]


def _weak_references() -> int:
    return sum(isinstance(each, weakref.ReferenceType) for each in gc.get_objects())
