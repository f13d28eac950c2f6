"""Pictures are saved while the verdict is still being found, and belong to it from then on."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import List, Tuple

import pytest
from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.config import RecordConfig
from plantd.errors import NotFoundError
from plantd.sinks.record import Record

LONG_ENOUGH_S = 20.0


def opened(folder: Path) -> Record:
    return Record(str(folder), RecordConfig(reserve_mb=0), moment)


def pictures() -> Tuple[bytes, bytes]:
    return JPEG, PNG


def saved(folder: Path) -> List[str]:
    found = [path.name for path in (folder / "record" / "pictures").rglob("*") if path.is_file()]
    return sorted(found)


def test_the_pictures_are_on_the_disk_before_the_verdict_is_known(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        staged = record.stage(pictures)
        assert record.flush(LONG_ENOUGH_S)
        assert saved(tmp_path) == ["1-input.png", "1.jpg"]
        with pytest.raises(NotFoundError):
            record.reader.verdict(staged.seq)
        commit = record.commit_staged(verdict_json(staged.seq), staged)
        assert commit.wait(LONG_ENOUGH_S)
        assert record.reader.picture(1) == JPEG
        assert record.reader.tensor_picture(1) == PNG
        assert record.reader.verdict(1)["pictures"] == "kept"


def test_they_are_encoded_once_and_by_the_record_thread(tmp_path: Path) -> None:
    threads = []

    def encode() -> Tuple[bytes, bytes]:
        threads.append(threading.current_thread().name)
        return pictures()

    with opened(tmp_path) as record:
        staged = record.stage(encode)
        assert record.commit_staged(verdict_json(staged.seq), staged).wait(LONG_ENOUGH_S)
    assert threads == ["record"]


def test_pictures_whose_verdict_never_came_are_swept_at_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        record.stage(pictures)
        assert record.flush(LONG_ENOUGH_S)
    assert saved(tmp_path) == ["1-input.png", "1.jpg"]
    with opened(tmp_path) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert saved(tmp_path) == []
        assert record.next_seq() > 1


def test_a_record_that_breaks_in_between_keeps_the_pictures_of_the_verdict(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        first = record.stage(pictures)
        assert record.commit_staged(verdict_json(first.seq), first).wait(LONG_ENOUGH_S)
        staged = record.stage(pictures)
        assert record.flush(LONG_ENOUGH_S)
        with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with open(str(tmp_path / "record" / "record.db"), "r+b") as database:
            database.write(os.urandom(100))
        assert record.commit_staged(verdict_json(staged.seq), staged).wait(LONG_ENOUGH_S)
        assert record.reader.picture(staged.seq) == JPEG
        assert record.status().set_aside


def test_a_record_whose_damage_is_no_text_is_set_aside(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        first = record.stage(pictures)
        assert record.commit_staged(verdict_json(first.seq), first).wait(LONG_ENOUGH_S)
    database = tmp_path / "record" / "record.db"
    database.write_bytes(database.read_bytes().replace(b"CREATE TABLE", b"CR\x81ATE TABLE"))
    with opened(tmp_path) as record:
        staged = record.stage(pictures)
        assert record.commit_staged(verdict_json(staged.seq), staged).wait(LONG_ENOUGH_S)
        assert record.status().set_aside
        assert record.reader.verdict(staged.seq)["seq"] == staged.seq


def test_a_bug_while_encoding_fails_that_commit_alone(tmp_path: Path) -> None:
    def bug() -> Tuple[bytes, bytes]:
        raise ZeroDivisionError("a bug")

    with opened(tmp_path) as record:
        staged = record.stage(bug)
        failed = record.commit_staged(verdict_json(staged.seq), staged)
        assert not failed.wait(LONG_ENOUGH_S)
        assert "a bug" in str(failed.error)
        good = record.stage(pictures)
        assert record.commit_staged(verdict_json(good.seq), good).wait(LONG_ENOUGH_S)
