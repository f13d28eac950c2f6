"""The record's files deleted, moved, cut or overwritten under the service that writes them."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Callable, Dict, List

import pytest
from support.processes import runs, wait_ended
from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.config import RecordConfig
from plantd.errors import RecordError
from plantd.sinks.record import Record

LONG_ENOUGH_S = 30.0
CONFIG = RecordConfig(reserve_mb=0)
BEFORE = 4


def opened(state: Path) -> Record:
    return Record(str(state), CONFIG, moment, check_after_s=0.0)


def commit(record: Record) -> int:
    seq = record.next_seq()
    found = record.commit(verdict_json(seq), JPEG, PNG)
    assert found.wait(LONG_ENOUGH_S), found.error
    return seq


def numbers(record: Record) -> List[int]:
    return [verdict["seq"] for verdict in record.reader.newest(99)]


def overwritten(path: Path) -> None:
    with open(str(path), "r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def replaced(path: Path) -> None:
    shutil.copy(str(path), str(path) + ".copy")
    os.rename(str(path) + ".copy", str(path))


def deleted(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink()


TAKEN: Dict[str, Callable[[Path], object]] = {
    "database deleted": lambda folder: deleted(folder, "record.db"),
    "database, log and index deleted": lambda folder: deleted(
        folder, "record.db", "record.db-wal", "record.db-shm"
    ),
    "log deleted": lambda folder: deleted(folder, "record.db-wal"),
    "log and index deleted": lambda folder: deleted(folder, "record.db-wal", "record.db-shm"),
    "database cut": lambda folder: os.truncate(str(folder / "record.db"), 0),
    "log cut": lambda folder: os.truncate(str(folder / "record.db-wal"), 0),
    "another database in its place": lambda folder: replaced(folder / "record.db"),
    "folder deleted": lambda folder: shutil.rmtree(str(folder)),
    "folder moved": lambda folder: folder.rename(folder.parent / "elsewhere"),
    "state directory deleted": lambda folder: shutil.rmtree(str(folder.parent)),
}


@pytest.mark.parametrize("fault", TAKEN)
def test_every_verdict_called_recorded_is_there_after_a_restart(tmp_path: Path, fault: str) -> None:
    state = tmp_path / "state"
    with opened(state) as record:
        recorded = [commit(record) for _ in range(BEFORE)]
        assert record.flush(LONG_ENOUGH_S)
        TAKEN[fault](state / "record")
        recorded += [commit(record) for _ in range(3)]
        assert record.status().incident
        assert numbers(record) == recorded
    with opened(state) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert numbers(record) == recorded
        assert record.next_seq() == recorded[-1] + 1


@pytest.mark.parametrize("fault", TAKEN)
def test_it_is_noticed_and_mended_without_a_press(tmp_path: Path, fault: str) -> None:
    state = tmp_path / "state"
    with opened(state) as record:
        recorded = [commit(record) for _ in range(BEFORE)]
        assert record.flush(LONG_ENOUGH_S)
        TAKEN[fault](state / "record")
        assert record.flush(LONG_ENOUGH_S)
        assert record.status().incident
        assert numbers(record) == recorded


@pytest.mark.parametrize("file", ["record.db", "record.db-wal"])
def test_overwritten_files_cost_at_most_what_came_before(tmp_path: Path, file: str) -> None:
    with opened(tmp_path) as record:
        for _ in range(BEFORE):
            commit(record)
        overwritten(tmp_path / "record" / file)
        later = [commit(record) for _ in range(3)]
        assert numbers(record)[-3:] == later
    with opened(tmp_path) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert set(later) <= set(numbers(record))


def test_pictures_outlive_a_deleted_database(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        seq = commit(record)
        deleted(tmp_path / "record", "record.db")
        commit(record)
        assert record.flush(LONG_ENOUGH_S)
        assert record.reader.picture(seq) == JPEG
        assert record.status().set_aside == (str(tmp_path / "record.broken-20260601T101203Z"),)


def test_deleted_pictures_are_told_and_later_ones_kept(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        commit(record)
        assert record.flush(LONG_ENOUGH_S)
        shutil.rmtree(str(tmp_path / "record/pictures"))
        commit(record)
        assert record.flush(LONG_ENOUGH_S)
        assert [each["pictures"] for each in record.reader.newest(9)] == ["lost", "kept"]
        assert "the folder of pictures was deleted" in record.status().incident


def test_a_deleted_lock_is_taken_again(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        commit(record)
        (tmp_path / "record.lock").unlink()
        commit(record)
        with opened(tmp_path) as second:
            refused = second.commit(verdict_json(second.next_seq()))
            assert not refused.wait(LONG_ENOUGH_S)
            assert "another plantd writes the record" in str(refused.error)


def test_a_reader_that_meets_damage_has_the_record_checked_and_begun_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        for _ in range(BEFORE):
            commit(record)
        assert record.flush(LONG_ENOUGH_S)
        with closing(sqlite3.connect(str(tmp_path / "record/record.db"))) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with open(str(tmp_path / "record/record.db"), "r+b") as file:
            file.seek(4096)
            file.write(b"\x5a" * 8 * 4096)
        with pytest.raises(RecordError, match="cannot be read"):
            record.reader.newest(9)
        assert record.wait_checked(LONG_ENOUGH_S)
        assert record.flush(LONG_ENOUGH_S)
        assert record.status().incident
        later = commit(record)
        assert later in numbers(record)


def killed(state: Path) -> None:
    """Leave the record as a kill does: not marked as closed cleanly."""
    with closing(sqlite3.connect(str(state / "record/record.db"))) as db, db:
        db.execute("UPDATE fact SET value = 0 WHERE name = 'clean'")


def test_a_record_that_was_closed_cleanly_is_not_read_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        commit(record)
    with opened(tmp_path) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert record.status().check.startswith("skipped")


def test_after_a_kill_the_record_is_read_whole_beside_the_verdicts(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        commit(record)
    killed(tmp_path)
    with opened(tmp_path) as record:
        commit(record)
        assert record.wait_checked(LONG_ENOUGH_S)
        assert record.flush(LONG_ENOUGH_S)
        assert record.status().check == "ok"


def test_the_check_waits_until_the_start_is_over_and_is_due_again_after_the_next(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as record:
        commit(record)
    killed(tmp_path)
    for _ in range(2):
        with Record(str(tmp_path), CONFIG, moment, check_after_s=3600.0) as record:
            commit(record)
            assert record.flush(LONG_ENOUGH_S)
            assert record.status().check.startswith("waiting")
            assert not record.wait_checked(0.0)
    with opened(tmp_path) as record:
        commit(record)
        assert record.wait_checked(LONG_ENOUGH_S)


STARTS_A_CHECK = """
import sys
from plantd.sinks.recording.recovery.integrity_check import IntegrityCheck
check = IntegrityCheck(sys.argv[1], print)
check.start()
print(check.pid, flush=True)
sys.stdin.read()
"""


def test_a_check_ends_with_the_process_that_began_it(tmp_path: Path) -> None:
    os.mkfifo(str(tmp_path / "hangs.db"))  # opening it takes for ever, as on a dying card
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_A_CHECK, str(tmp_path / "hangs.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
    ) as service:
        assert service.stdout is not None
        check_pid = int(service.stdout.readline())
        assert runs(check_pid)
        service.kill()
    wait_ended(check_pid)


def test_damage_that_no_verdict_meets_is_found_after_a_kill(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        for _ in range(60):
            commit(record)
    killed(tmp_path)
    path = tmp_path / "record/record.db"
    with open(str(path), "r+b") as file:
        file.seek(9 * 4096)
        file.write(b"\x5a" * 4096)
    with opened(tmp_path) as record:
        commit(record)
        assert record.wait_checked(LONG_ENOUGH_S)
        assert record.flush(LONG_ENOUGH_S)
        assert len(record.status().set_aside) == 1
        assert numbers(record)[-1] == 61
