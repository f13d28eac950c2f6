"""What a check of a whole database finds, in the words the service reads."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from plantd.sinks.recording.recovery.integrity_child import finding_of


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(str(path), isolation_level=None)) as db:
        db.execute("CREATE TABLE a (b)")
    return path


def test_a_sound_database_is_ok(database: Path) -> None:
    assert finding_of(str(database)) == "ok"


def test_damage_that_is_no_text_is_damage(database: Path) -> None:
    database.write_bytes(database.read_bytes().replace(b"CREATE TABLE", b"CR\x81ATE TABLE"))
    assert finding_of(str(database)).startswith("damaged ")


def test_what_is_not_there_is_unread(tmp_path: Path) -> None:
    assert finding_of(str(tmp_path / "b.db")).startswith("unread ")
