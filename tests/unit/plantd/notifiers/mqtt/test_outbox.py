"""The queue on disk: real SQLite files."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

from plantd.notifiers.mqtt.outbox import BROKEN, NAME, Outbox

VICTIM = """
import os, signal, sys
from plantd.notifiers.mqtt.outbox import Outbox
with Outbox(sys.argv[1], 10) as outbox:
    for number in range(3):
        outbox.put(b"%d" % number)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def lines(outbox: Outbox) -> List[bytes]:
    """Take everything out."""
    found = []
    while True:
        row = outbox.first()
        if row is None:
            return found
        outbox.remove(row)
        found.append(row.line)


def test_the_oldest_comes_first_and_stays_until_it_is_removed(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 10) as outbox:
        for line in (b"a", b"b"):
            outbox.put(line)
        assert outbox.first() == outbox.first()
        assert lines(outbox) == [b"a", b"b"]
        assert len(outbox) == 0


def test_the_next_process_finds_what_was_left(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"a")
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"b")
        assert lines(outbox) == [b"a", b"b"]


def test_what_was_put_outlives_a_kill(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", VICTIM, str(tmp_path)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    with Outbox(str(tmp_path), 10) as outbox:
        assert lines(outbox) == [b"0", b"1", b"2"]


def test_beyond_its_length_the_oldest_is_dropped_and_counted(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 2) as outbox:
        for line in (b"a", b"b", b"c", b"d"):
            outbox.put(line)
        assert outbox.dropped == 2
        assert lines(outbox) == [b"c", b"d"]


def test_one_that_was_dropped_while_it_was_on_its_way_is_no_harm(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 1) as outbox:
        outbox.put(b"a")
        flying = outbox.first()
        assert flying is not None
        outbox.put(b"b")
        outbox.remove(flying)
        assert lines(outbox) == [b"b"]


def test_a_damaged_file_is_moved_aside_and_begun_anew(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"this is no database" * 100)
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"a")
        assert outbox.complaint == ""
        assert lines(outbox) == [b"a"]
    assert (tmp_path / (NAME + BROKEN)).exists()


def harmed(tmp_path: Path) -> Path:
    """A queue of 200 verdicts whose first pages are whole and whose last third is not."""
    with Outbox(str(tmp_path), 1000) as outbox:
        for number in range(200):
            outbox.put(b"%03d " % number + b"x" * 1000)
    path = tmp_path / NAME
    size = path.stat().st_size
    with path.open("r+b") as target:
        target.seek(size * 2 // 3)
        target.write(b"\xa5" * (size - size * 2 // 3))
    return path


def test_damage_that_shows_only_later_is_called_so_and_moved_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = harmed(tmp_path)
    harmed_bytes = path.read_bytes()
    with Outbox(str(tmp_path), 1000) as outbox:
        outbox.put(b"new")
        assert outbox.complaint == ""
        found = lines(outbox)
    assert found[-1] == b"new"
    assert found[0].startswith(b"000 ")
    assert len(found) > 50, "those before the damage are taken along"
    numbers = [int(line[:3]) for line in found[:-1]]
    assert numbers[:50] == list(range(50))
    assert numbers == sorted(set(numbers))
    assert "is damaged (" in caplog.text
    assert "{} of the verdicts in it could be read".format(len(found) - 1) in caplog.text
    assert "make room" not in caplog.text
    assert (tmp_path / (NAME + BROKEN)).stat().st_size == len(harmed_bytes)


def test_damage_that_is_met_while_it_is_read_is_no_full_disk_either(tmp_path: Path) -> None:
    harmed(tmp_path)
    with Outbox(str(tmp_path), 1000) as outbox:
        found = lines(outbox)
        assert outbox.complaint == ""
        assert found[0].startswith(b"000 ")
        outbox.put(b"new")
        assert lines(outbox) == [b"new"]


def test_a_second_damaged_file_leaves_the_first_where_it_is(tmp_path: Path) -> None:
    for text in (b"first " * 200, b"second " * 200):
        (tmp_path / NAME).write_bytes(text)
        with Outbox(str(tmp_path), 10) as outbox:
            outbox.put(b"a")
    assert (tmp_path / (NAME + BROKEN)).read_bytes().startswith(b"first")
    assert (tmp_path / (NAME + BROKEN + "-2")).read_bytes().startswith(b"second")


def test_a_damaged_file_that_cannot_be_moved_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"this is no database" * 100)
    outbox = Outbox(str(tmp_path), 10, move=_refused)
    with outbox:
        outbox.put(b"a")
        assert "is damaged (" in outbox.complaint
        assert "make room" not in outbox.complaint
        assert lines(outbox) == [b"a"]


def _refused(*_: str) -> None:
    raise OSError("Read-only file system")


def test_a_file_whose_damage_is_no_text_is_moved_aside_too(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"a")
    file = tmp_path / NAME
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE", b"CR\x81ATE TABLE"))
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"b")
        assert lines(outbox) == [b"b"]
    assert (tmp_path / (NAME + BROKEN)).exists()


def test_without_a_disk_verdicts_wait_in_memory_and_move_when_there_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with Outbox(str(folder), 10) as outbox:
        outbox.put(b"a")
        outbox.put(b"b")
        assert "wait in memory only" in outbox.complaint
        assert "make room on the disk" in outbox.complaint
        flying = outbox.first()
        assert flying is not None
        assert flying.line == b"a"
        folder.mkdir()
        outbox.put(b"c")
        assert outbox.complaint == ""
        outbox.remove(flying)
        assert len(outbox) == 2
    with Outbox(str(folder), 10) as outbox:
        assert lines(outbox) == [b"b", b"c"]


def test_a_file_that_others_hold_for_long_is_told_and_taken_later(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"a")
        other = sqlite3.connect(os.path.join(str(tmp_path), NAME), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        outbox.put(b"b")
        assert "database is locked" in outbox.complaint
        other.execute("COMMIT")
        other.close()
        outbox.put(b"c")
        assert lines(outbox) == [b"a", b"b", b"c"]


def test_how_many_wait_is_told_while_the_disk_is_written(tmp_path: Path) -> None:
    with Outbox(str(tmp_path), 10) as outbox:
        outbox.put(b"1")
        outbox.put(b"2")
        first = outbox.first()
        assert first is not None
        outbox.remove(first)
        outbox.remove(first)
        with outbox._lock:  # as a write that takes long
            assert len(outbox) == 1
    with Outbox(str(tmp_path), 10) as again:
        assert len(again) == 1
