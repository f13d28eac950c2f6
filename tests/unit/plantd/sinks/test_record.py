"""The record on a good disk: numbers, commits, reading, and what is found broken."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Iterator

import pytest
from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.config import RecordConfig
from plantd.errors import NotFoundError, RecordError
from plantd.sinks.record import Record
from plantd.sinks.recording.reader import RecordReader
from plantd.sinks.recording.rows import APPLICATION_ID, VERSION
from plantd.sinks.recording.store import Place, RecordStore

LONG_ENOUGH_S = 20.0
CONFIG = RecordConfig(reserve_mb=0)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with opened(tmp_path) as found:
        yield found


def opened(folder: Path) -> Record:
    return Record(str(folder), CONFIG, moment)


def commit(record: Record, **changes: object) -> int:
    seq = record.next_seq()
    found = record.commit(verdict_json(seq, **changes), JPEG, PNG)
    assert found.wait(LONG_ENOUGH_S), found.error
    return seq


def filled(folder: Path, count: int = 3) -> None:
    with opened(folder) as record:
        for _ in range(count):
            commit(record)


def test_a_commit_can_be_read_back(record: Record) -> None:
    seq = commit(record)
    assert record.reader.verdict(seq) == verdict_json(seq, pictures="kept")
    assert record.reader.picture(seq) == JPEG
    assert record.reader.tensor_picture(seq) == PNG


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path)
    with opened(tmp_path) as record:
        assert [record.next_seq(), record.next_seq()] == [4, 5]


def test_numbers_are_unique_over_threads(record: Record) -> None:
    seqs = []
    threads = [
        threading.Thread(target=lambda: seqs.extend(record.next_seq() for _ in range(500)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_ENOUGH_S)
    assert sorted(seqs) == list(range(1, 2001))


def test_verdicts_come_ascending_after_one(record: Record) -> None:
    for _ in range(5):
        commit(record)
    assert [v["seq"] for v in record.reader.verdicts(2, 2)] == [3, 4]
    assert [v["seq"] for v in record.reader.newest(2)] == [4, 5]
    assert [v["seq"] for v in record.reader.newest(9, after=3)] == [4, 5]
    assert record.reader.verdicts(5, 9) == []


def test_verdicts_come_descending_before_one_and_by_answer(record: Record) -> None:
    for answer in ("edible", "unsure", "edible", "poisonous", "edible"):
        commit(record, verdict=answer)
    assert [v["seq"] for v in record.reader.older(5, 2)] == [4, 3]
    assert [v["seq"] for v in record.reader.older(2**63 - 1, 9, "edible")] == [5, 3, 1]
    assert record.reader.older(1, 9) == []


def test_counts_by_answer_in_all_and_by_day(record: Record) -> None:
    commit(record, verdict="edible", wall="2026-05-31T23:59:59Z")
    commit(record, verdict="edible")
    commit(record, verdict="poisonous")
    assert record.reader.counts() == {"edible": 2, "poisonous": 1}
    assert record.reader.counts("2026-06-01") == {"edible": 1, "poisonous": 1}
    assert record.reader.counts("2026-06-02") == {}


def test_a_verdict_without_pictures_says_so(record: Record) -> None:
    seq = record.next_seq()
    assert record.commit(verdict_json(seq)).wait(LONG_ENOUGH_S)
    assert record.reader.verdict(seq)["pictures"] == "none"
    with pytest.raises(NotFoundError, match="verdict 1 has no picture"):
        record.reader.picture(seq)
    with pytest.raises(NotFoundError, match="verdict 1 has no network input"):
        record.reader.tensor_picture(seq)


def test_a_png_that_was_sent_in_stays_a_png(record: Record, tmp_path: Path) -> None:
    seq = record.next_seq()
    assert record.commit(verdict_json(seq), PNG, None).wait(LONG_ENOUGH_S)
    assert record.reader.picture(seq) == PNG
    assert os.listdir(str(tmp_path / "record/pictures/000000")) == ["1.png"]


def test_an_unknown_number_is_not_found(record: Record) -> None:
    record.flush(LONG_ENOUGH_S)
    with pytest.raises(NotFoundError, match="no verdict 17"):
        record.reader.verdict(17)
    with pytest.raises(NotFoundError, match="no verdict 17"):
        record.reader.picture(17)


def test_a_record_not_begun_yet_is_empty(tmp_path: Path) -> None:
    reader = RecordReader(Place(str(tmp_path / "nothing here")))
    assert reader.newest(9) == []
    assert reader.highest_seq() == 0


def test_what_is_no_verdict_fails_its_commit_alone(record: Record, tmp_path: Path) -> None:
    found = record.commit({"seq": record.next_seq()}, JPEG, PNG)
    assert not found.wait(LONG_ENOUGH_S)
    assert "not a verdict" in str(found.error)
    assert commit(record) == 2
    assert sorted(os.listdir(str(tmp_path / "record/pictures/000000"))) == ["2-input.png", "2.jpg"]
    assert record.status().failed == 1


def test_nan_never_reaches_the_record(record: Record) -> None:
    found = record.commit(verdict_json(record.next_seq(), poison={"p": float("nan")}))
    assert not found.wait(LONG_ENOUGH_S)


def test_the_database_is_durable_and_says_what_it_is(record: Record, tmp_path: Path) -> None:
    commit(record)
    with closing(sqlite3.connect(str(tmp_path / "record/record.db"))) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_every_commit_is_synced(tmp_path: Path) -> None:
    store = RecordStore(Place(str(tmp_path)))
    store.open()
    assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)
    store.release()


def test_reading_goes_on_while_the_writer_writes(record: Record) -> None:
    commits = [record.commit(verdict_json(record.next_seq()), JPEG, PNG) for _ in range(6)]
    while not commits[-1].future.done():
        record.reader.newest(3)
    assert [v["seq"] for v in record.reader.newest(3)] == [4, 5, 6]


def test_status_counts_and_measures(record: Record) -> None:
    commit(record)
    assert record.flush(LONG_ENOUGH_S)
    status = record.status()
    assert (status.state, status.detail, status.last_seq, status.committed) == ("ok", "", 1, 1)
    assert status.pictures_bytes == len(JPEG) + len(PNG)
    assert status.database_bytes > 0
    assert status.free_bytes > 0
    assert status.to_json()["set_aside"] == []


def test_closing_twice_is_fine_and_gives_the_record_free(tmp_path: Path) -> None:
    record = opened(tmp_path)
    record.open()
    commit(record)
    record.close()
    record.close()
    with opened(tmp_path) as again:
        assert commit(again) == 2


def test_a_second_service_on_the_same_record_answers_without_it(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        commit(first)
        with opened(tmp_path) as second:
            found = second.commit(verdict_json(second.next_seq()))
            assert not found.wait(LONG_ENOUGH_S)
            assert "another plantd writes the record" in str(found.error)
            assert second.status().state == "failed"
        assert commit(first) == 2


@pytest.mark.parametrize("damage", ["garbage", "truncated", "foreign", "newer", "missing"])
def test_a_broken_record_is_set_aside_whole_and_numbers_go_on(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path)
    break_database(tmp_path / "record/record.db", damage)
    with opened(tmp_path) as record:
        assert commit(record) > 3
        assert record.status().state == "ok"
        (folder,) = record.status().set_aside
        assert folder == str(tmp_path / "record.broken-20260601T101203Z")
        assert len(record.reader.newest(9)) == 1
    assert "the record was broken" in caplog.text
    pictures = Path(folder) / "pictures/000000"
    assert sorted(os.listdir(str(pictures)))[:2] == ["1-input.png", "1.jpg"]
    with opened(tmp_path) as record:
        assert record.next_seq() > 4


def break_database(path: Path, damage: str) -> None:
    if damage == "garbage":
        path.write_bytes(b"no database at all " * 500)
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:9000])
    elif damage == "missing":
        path.unlink()
    else:
        pragma = {"foreign": "application_id = 7", "newer": "user_version = 99"}[damage]
        with closing(sqlite3.connect(str(path))) as db:
            db.execute("PRAGMA " + pragma)


def test_damage_inside_a_page_is_found_at_the_start(tmp_path: Path) -> None:
    filled(tmp_path, 60)
    path = tmp_path / "record/record.db"
    data = bytearray(path.read_bytes())
    data[9 * 4096 : 10 * 4096] = b"\x5a" * 4096
    path.write_bytes(bytes(data))
    with opened(tmp_path) as record:
        assert commit(record) == 61
        assert len(record.status().set_aside) == 1


def test_a_second_broken_record_does_not_replace_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        filled(tmp_path)
        break_database(tmp_path / "record/record.db", "garbage")
    with opened(tmp_path) as record:
        commit(record)
        assert len(record.status().set_aside) == 2


def test_a_picture_without_a_verdict_is_swept_at_the_start(tmp_path: Path) -> None:
    filled(tmp_path)
    folder = tmp_path / "record/pictures/000000"
    for name in ("9.jpg", "9-input.png", "10.jpg.tmp"):
        (folder / name).write_bytes(b"left over")
    (folder / "notes.txt").write_bytes(b"somebody's")
    with opened(tmp_path) as record:
        assert record.flush(LONG_ENOUGH_S)
        left = set(os.listdir(str(folder)))
    assert left == {"notes.txt"} | {
        name.format(seq) for seq in (1, 2, 3) for name in ("{}.jpg", "{}-input.png")
    }


def test_a_verdict_whose_picture_is_gone_stays_and_says_so(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "record/pictures/000000/2.jpg").unlink()
    with opened(tmp_path) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert [v["pictures"] for v in record.reader.newest(9)] == ["kept", "lost", "kept"]
        with pytest.raises(NotFoundError, match="missing on the disk"):
            record.reader.picture(2)
        assert record.reader.tensor_picture(2) == PNG


def test_all_pictures_gone_leaves_all_verdicts(tmp_path: Path) -> None:
    filled(tmp_path)
    for name in os.listdir(str(tmp_path / "record/pictures/000000")):
        (tmp_path / "record/pictures/000000" / name).unlink()
    (tmp_path / "record/pictures/000000").rmdir()
    with opened(tmp_path) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert [v["pictures"] for v in record.reader.newest(9)] == ["lost"] * 3
        assert record.status().set_aside == ()


def test_a_record_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    filled(tmp_path)
    break_database(tmp_path / "record/record.db", "garbage")
    reader = RecordReader(Place(str(tmp_path)))
    with pytest.raises(RecordError, match=r"record\.db cannot be read"):
        reader.newest(9)


def test_damage_met_while_writing_is_set_aside_and_the_verdict_recorded(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        for _ in range(60):
            commit(record)
        assert record.flush(LONG_ENOUGH_S)
        path = tmp_path / "record/record.db"
        # Another connection's write makes the writer forget the pages that it holds in memory.
        with closing(sqlite3.connect(str(path))) as db, db:
            db.execute("UPDATE fact SET value = 1 WHERE name = 'probe'")
        with open(str(path), "r+b") as file:
            file.write(b"\x5a" * path.stat().st_size)
        seqs = [commit(record) for _ in range(3)]
        assert record.flush(LONG_ENOUGH_S)
        status = record.status()
        assert (status.state, len(status.set_aside)) == ("ok", 1)
        assert [v["seq"] for v in record.reader.newest(2)] == seqs[1:]
