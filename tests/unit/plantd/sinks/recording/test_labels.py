"""What a person says is kept beside the verdict, whatever becomes of the record."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import List

import pytest
from support.checkout import TOP
from support.verdict_json import JPEG, MOMENT, moment, verdict_json

from plantd.config import RecordConfig
from plantd.errors import NotFoundError, RecordError
from plantd.sinks.record import Record
from plantd.sinks.recording.labels import ANOTHER_PLANT, Label, Said
from plantd.sinks.recording.reader import Selection
from plantd.wire import Moment

LONG_ENOUGH_S = 30.0
MINT = Said("mint", False, "ida")
HEMLOCK = Said("hemlock", True, "otto")


def opened(state: Path) -> Record:
    return Record(str(state), RecordConfig(reserve_mb=0), moment, check_after_s=0.0)


def commit(record: Record) -> int:
    seq = record.next_seq()
    assert record.commit(verdict_json(seq), JPEG).wait(LONG_ENOUGH_S)
    return seq


def say(record: Record, seq: int, said: Said) -> None:
    record.say(seq, said).future.result(LONG_ENOUGH_S)


def seqs(record: Record, which: Selection) -> List[int]:
    return [each.verdict["seq"] for each in record.reader.selected(0, 99, which)]


def test_a_label_has_its_time_and_who_said_it(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        seq = commit(record)
        assert record.reader.label(seq) is None
        say(record, seq, MINT)
        assert record.reader.label(seq) == Label("mint", False, "ida", MOMENT.wall, "synchronised")


def test_the_last_label_counts_and_the_first_is_still_there(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        seq = commit(record)
        for said in (MINT, HEMLOCK):
            say(record, seq, said)
        assert record.reader.label(seq).label == "hemlock"
    with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as db:
        assert db.execute("SELECT label FROM label ORDER BY id").fetchall() == [
            ("mint",),
            ("hemlock",),
        ]


def test_the_verdict_stays_what_it_was(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        seq = commit(record)
        before = record.reader.verdict(seq)
        say(record, seq, HEMLOCK)
        assert record.reader.verdict(seq) == before


def test_an_unknown_plant_is_not_known_to_be_harmless(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        seq = commit(record)
        say(record, seq, Said(ANOTHER_PLANT, None, "ida"))
        label = record.reader.label(seq)
        assert (label.poisonous, label.is_of_a_known_plant) == (None, False)


def test_a_verdict_that_is_not_there_takes_no_label(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        with pytest.raises(NotFoundError, match="no verdict 7"):
            say(record, 7, MINT)
        assert record.status().state == "ok"
        commit(record)


def test_those_that_wait_for_a_label_are_found_and_those_that_have_one(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        for _ in range(3):
            commit(record)
        assert seqs(record, Selection(labelled=False)) == [1, 2, 3]
        say(record, 2, MINT)
        assert seqs(record, Selection(labelled=False)) == [1, 3]
        assert seqs(record, Selection(labelled=True)) == [2]
        newest = record.reader.selected_before(3, 9, Selection(kept=True))
        assert [each.verdict["seq"] for each in newest] == [2, 1]


def test_labels_are_there_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        say(record, commit(record), MINT)
    with opened(tmp_path) as record:
        assert record.reader.label(1).label == "mint"


def test_a_record_of_an_older_version_takes_labels(tmp_path: Path) -> None:
    os.makedirs(str(tmp_path / "record"))
    older = TOP / "tests" / "data" / "records" / "record-0.1.0.sql"
    with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as db:
        db.executescript(older.read_text())
    with opened(tmp_path) as record:
        before = record.reader.verdicts(0, 99)
        assert seqs(record, Selection(labelled=True)) == []
        say(record, 3, MINT)
        assert seqs(record, Selection(labelled=True)) == [3]
        assert record.reader.verdicts(0, 99) == before


def test_labels_are_rescued_with_their_verdicts(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        for _ in range(3):
            commit(record)
        say(record, 1, MINT)
        say(record, 2, HEMLOCK)
        (tmp_path / "record" / "record.db").unlink()
        commit(record)
        assert "a new one was begun with 3 of its verdicts" in str(record.status().incident)
        assert [
            record.reader.label(seq) and record.reader.label(seq).label for seq in (1, 2, 3)
        ] == [
            "mint",
            "hemlock",
            None,
        ]


def test_what_was_said_goes_with_a_verdict_that_expires(tmp_path: Path) -> None:
    moments = [Moment("b", 1.0, "2026-06-01T10:00:00Z", True)]
    config = RecordConfig(reserve_mb=0, keep_days=20)
    with Record(str(tmp_path), config, lambda: moments[-1]) as record:
        for wall in ("2026-01-01T10:00:00Z", "2026-06-01T10:00:00Z"):
            seq = record.next_seq()
            assert record.commit(verdict_json(seq, wall=wall)).wait(LONG_ENOUGH_S)
            say(record, seq, MINT)
        assert record.flush(LONG_ENOUGH_S)
        moments.append(Moment("b", 3700.0, "2026-06-01T11:01:39Z", True))
        assert record.flush(LONG_ENOUGH_S)
        assert seqs(record, Selection()) == [2]
    with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as db:
        assert db.execute("SELECT seq FROM label").fetchall() == [(2,)]


def test_a_row_that_is_damaged_is_an_error_of_the_record(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        commit(record)
    with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as db, db:
        db.execute("UPDATE verdict SET json = '{'")
    with opened(tmp_path) as record, pytest.raises(RecordError, match="is damaged, not JSON"):
        record.reader.verdict(1)
