"""The record on a disk that is full, read-only or dead: the service goes on, and says so."""

import threading
from functools import partial
from pathlib import Path
from typing import Any, List, Optional

import pytest
from support.killed_record import kill_many, lost
from support.small_disk import on_small_disk
from support.verdict_json import moment, verdict_json

from plantd.config import RecordConfig
from plantd.sinks.record import Record
from plantd.sinks.recording.commit import Pictures, Staged
from plantd.sinks.recording.labels import NO_PLANT, Said
from plantd.sinks.recording.state import OK, RecordStatus
from plantd.sinks.recording.thread import QUEUE_LENGTH, RecordThread

LONG_ENOUGH_S = 20.0
KILLS = 30
MODULE = "support.record_on_disk"


def test_a_full_disk_costs_the_record_and_nothing_else(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "full_and_free_again", tmp_path, 2048)
    assert (seen["first"], seen["full"], seen["again"]) == (True, False, True)
    assert seen["state"] == "full"
    assert "answered and not recorded" in seen["detail"]
    assert seen["readable"] == [1]


def test_a_record_recovers_by_itself_when_there_is_space(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "full_and_free_again", tmp_path, 2048)
    assert seen["by itself"] == "ok"
    assert seen["seqs"] == [1, 3]
    assert seen["changes"] == ["full", "ok"]


def test_no_number_is_given_twice_over_restarts_on_a_full_disk(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "numbers_over_restarts", tmp_path, 2048)
    assert seen["given"] == [1, 2, 3, 4, 5]


def test_a_full_disk_takes_edible_pictures_first(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "making_room", tmp_path, 3072)
    assert seen["commits"] == [True] * 14
    assert seen["state"] == "ok"
    assert set(seen["removed"].values()) == {"edible"}
    doubtful = sorted(answer for answer in seen["kept"].values() if answer != "edible")
    assert doubtful == ["poisonous"] * 2 + ["unsure"] * 2
    assert "14" in seen["kept"]


def test_a_read_only_disk_is_read_and_recovers(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "read_only_and_writable_again", tmp_path, 4096)
    assert seen["state"] == "read_only"
    assert "mount it read-write" in seen["detail"]
    assert (seen["seq"], seen["next"], seen["commit"]) == (2, 3, False)
    assert seen["readable"] == [1]
    assert seen["picture"]
    assert seen["by itself"] == "ok"
    assert seen["again"]


def test_a_disk_that_the_kernel_makes_read_only_is_called_that_and_recovers(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "read_only_under_open_files", tmp_path, 8192)
    assert (seen["first"], seen["commit"]) == (True, False)
    assert seen["state"] == "read_only"
    assert "the filesystem is read-only" in seen["detail"]
    assert seen["by itself"] == "ok"
    assert seen["again"]
    assert seen["found"] == [1, 3]


def test_a_disk_that_never_took_anything_leaves_the_numbers(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "never_writable", tmp_path, 1024)
    assert seen == {"seqs": [1, 2, 3], "commit": False, "state": "read_only", "found": []}


def test_what_a_killed_service_left_is_read_from_a_read_only_disk(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "killed_and_read_only", tmp_path, 8192)
    assert seen["wal"] > 0
    assert set(seen["acknowledged"]) <= set(seen["found"])
    assert seen["next above"]


def test_sigkill_at_random_moments_leaves_the_record_whole(tmp_path: Path) -> None:
    killings = kill_many(tmp_path, KILLS, seed=20260601)
    assert killings.checks == ["ok"] * KILLS
    assert len(killings.acknowledged) >= KILLS
    assert killings.restarts_below == 0
    assert lost(tmp_path, killings.acknowledged) == []
    with Record(str(tmp_path), RecordConfig(reserve_mb=0), moment) as record:
        assert record.flush(LONG_ENOUGH_S)
        assert record.status().set_aside == ()
        pictures = [v["pictures"] for v in record.reader.newest(10000)]
        assert set(pictures) == {"kept"}
    leftovers = list(tmp_path.rglob("*.tmp"))
    assert leftovers == []


def no_pictures(seq: int) -> Staged:
    return Staged(seq, lambda: (None, None))


class DeadDisk:
    """A writer whose disk does not come back until it is told to."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.answers = threading.Event()
        self.status = RecordStatus(OK, "", "")

    def stage(self, seq: int, frame: Optional[bytes], tensor_png: Optional[bytes]) -> None:
        pass

    def commit(self, *_arguments: Any) -> None:
        self.began.set()
        assert self.answers.wait(LONG_ENOUGH_S)

    def say(self, _seq: int, _said: Said) -> None:
        pass

    def chore(self) -> bool:
        return False

    def close(self) -> None:
        pass


def test_a_dead_disk_holds_a_few_verdicts_and_refuses_the_next() -> None:
    disk, now = DeadDisk(), [100.0]
    thread = RecordThread(disk, clock=lambda: now[0])  # type: ignore[arg-type] # a fake writer
    thread.start()
    first = thread.commit(verdict_json(1), no_pictures(1))
    assert disk.began.wait(LONG_ENOUGH_S)
    now[0] = 130.0
    assert thread.stuck_s == 30.0
    held = [thread.commit(verdict_json(2 + n), no_pictures(2 + n)) for n in range(QUEUE_LENGTH)]
    refused = thread.commit(verdict_json(99), no_pictures(99))
    assert not first.wait(0.0)
    assert first.error is None
    assert "wait for the disk already" in str(refused.error)
    disk.answers.set()
    assert all(commit.wait(LONG_ENOUGH_S) for commit in [first] + held)
    assert thread.stop(LONG_ENOUGH_S)
    assert thread.stuck_s == 0.0


def test_what_is_done_ahead_takes_no_place_of_a_verdict() -> None:
    disk, done = DeadDisk(), []
    thread = RecordThread(disk)  # type: ignore[arg-type] # a fake writer
    thread.start()
    first = thread.commit(verdict_json(1), no_pictures(1))
    assert disk.began.wait(LONG_ENOUGH_S)
    held = []
    for seq in range(2, 2 + QUEUE_LENGTH):
        thread.ahead(partial(done.append, seq))
        held.append(thread.commit(verdict_json(seq), no_pictures(seq)))
    assert thread.waiting == QUEUE_LENGTH
    assert "wait for the disk already" in str(
        thread.commit(verdict_json(99), no_pictures(99)).error
    )
    disk.answers.set()
    assert all(commit.wait(LONG_ENOUGH_S) for commit in [first] + held)
    assert thread.flush(LONG_ENOUGH_S)
    assert done == [1 + QUEUE_LENGTH]
    assert thread.stop(LONG_ENOUGH_S)


def test_what_people_say_leaves_room_for_a_press() -> None:
    disk = DeadDisk()
    thread = RecordThread(disk)  # type: ignore[arg-type] # a fake writer
    thread.start()
    thread.commit(verdict_json(1), no_pictures(1))
    assert disk.began.wait(LONG_ENOUGH_S)
    said = [thread.say(1, Said(NO_PLANT, False, "page")) for _ in range(2 * QUEUE_LENGTH)]
    press = thread.commit(verdict_json(2), no_pictures(2))
    disk.answers.set()
    assert press.wait(LONG_ENOUGH_S)
    assert said[0].wait(LONG_ENOUGH_S)
    assert str(said[-1].error) == "the disk is slow; say it again later"
    assert thread.stop(LONG_ENOUGH_S)


class BuggyWriter(DeadDisk):
    """A writer with a bug in everything it does."""

    def commit(self, *_arguments: Any) -> None:
        raise ZeroDivisionError("a bug")

    def chore(self) -> bool:
        raise ZeroDivisionError("another bug")


def test_a_bug_fails_the_commit_and_leaves_the_thread_alive(
    caplog: pytest.LogCaptureFixture,
) -> None:
    thread = RecordThread(BuggyWriter())  # type: ignore[arg-type] # a fake writer
    thread.start()
    commits = [thread.commit(verdict_json(seq), no_pictures(seq)) for seq in (1, 2)]
    assert not any(commit.wait(LONG_ENOUGH_S) for commit in commits)
    assert "a bug" in str(commits[1].error)
    assert thread.flush(LONG_ENOUGH_S)
    assert "another bug" in caplog.text
    assert thread.stop(LONG_ENOUGH_S)


def test_a_disk_that_does_not_answer_does_not_hold_up_the_end() -> None:
    disk = DeadDisk()
    thread = RecordThread(disk)  # type: ignore[arg-type] # a fake writer
    thread.start()
    commit = thread.commit(verdict_json(1), no_pictures(1))
    assert disk.began.wait(LONG_ENOUGH_S)
    assert not thread.stop(0.01)
    disk.answers.set()
    assert commit.wait(LONG_ENOUGH_S)
    assert thread.stop(LONG_ENOUGH_S)


def test_no_number_is_given_twice_over_restarts_on_a_read_only_disk(tmp_path: Path) -> None:
    seen = on_small_disk(MODULE, "numbers_over_restarts_read_only", tmp_path, 2048)
    assert seen["given"] == [1, 2, 3, 4, 5, 6, 7]


def test_a_verdict_that_cannot_be_recorded_is_told_until_one_is(tmp_path: Path) -> None:
    told: List[str] = []
    with Record(
        str(tmp_path), RecordConfig(reserve_mb=0), moment, lambda status: told.append(status.state)
    ) as record:
        assert not record.commit({"seq": record.next_seq()}).wait(LONG_ENOUGH_S)
        assert record.status().state == "failed"
        assert record.commit(verdict_json(record.next_seq())).wait(LONG_ENOUGH_S)
        assert record.status().state == "ok"
    assert told == ["failed", "ok"]


def test_a_verdict_that_is_not_recorded_in_time_is_told_until_one_is(tmp_path: Path) -> None:
    with Record(str(tmp_path), RecordConfig(reserve_mb=0), moment) as record:
        go_on = threading.Event()

        def slow() -> Pictures:
            assert go_on.wait(LONG_ENOUGH_S)
            return None, None

        staged = record.stage(slow)
        late = record.commit_staged(verdict_json(staged.seq), staged)
        assert not late.wait(0.0)
        assert record.status().state == "failed"
        assert "not recorded in time" in record.status().detail
        go_on.set()
        assert late.wait(LONG_ENOUGH_S)
        assert record.status().state == "ok"
