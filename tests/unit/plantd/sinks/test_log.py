"""The log: whole lines, rotated by size, whatever the disk does."""

import json
import os
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from support.small_disk import on_small_disk

from plantd.config import LogConfig
from plantd.sinks.log import QUEUE_LENGTH, EventLog, LogStatus
from plantd.sinks.log_file import LogFile

LONG_ENOUGH_S = 20.0


def lines_of(path: Path) -> List[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_one_line_an_event_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deep/plantd.ndjson"
    with EventLog(str(path), LogConfig()) as log:
        for number in range(100):
            log.send({"n": number, "words": "zwei\nZeilen ü"})
    assert [line["n"] for line in lines_of(path)] == list(range(100))


def test_a_log_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "plantd.ndjson"
    for number in range(2):
        with EventLog(str(path), LogConfig()) as log:
            log.send({"n": number})
    assert [line["n"] for line in lines_of(path)] == [0, 1]


def test_files_are_rotated_by_size_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "plantd.ndjson"
    log = LogFile(str(path), 30, 3)
    for number in range(10):
        log.write(b'{"n":%d,"x":"aaa"}\n' % number)
    log.close()
    assert sorted(os.listdir(str(tmp_path))) == [path.name, path.name + ".1", path.name + ".2"]
    newest_first = [path, tmp_path / "plantd.ndjson.1", tmp_path / "plantd.ndjson.2"]
    assert [lines_of(file)[0]["n"] for file in newest_first] == [9, 8, 7]


def test_one_file_alone_begins_anew(tmp_path: Path) -> None:
    log = LogFile(str(tmp_path / "log"), 10, 1)
    for number in range(3):
        log.write(b'{"n":%d}\n' % number)
    log.close()
    assert os.listdir(str(tmp_path)) == ["log"]
    assert lines_of(tmp_path / "log") == [{"n": 2}]


def test_a_line_longer_than_a_file_is_kept_whole(tmp_path: Path) -> None:
    log = LogFile(str(tmp_path / "log"), 10, 2)
    log.write(b'{"words":"%s"}\n' % (b"x" * 100))
    log.close()
    assert len(lines_of(tmp_path / "log")[0]["words"]) == 100


@pytest.mark.parametrize("torn", [b'{"n":2,"wor', b"\0\0\0\0", b"x" * 70000])
def test_a_torn_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"n":1}\n' + torn)
    log = LogFile(str(path), 10**6, 2)
    log.write(b'{"n":3}\n')
    log.close()
    assert path.read_bytes() == b'{"n":1}\n{"n":3}\n'


def test_reopen_follows_a_file_that_was_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "plantd.ndjson"
    with EventLog(str(path), LogConfig()) as log:
        log.send({"n": 1})
        assert log.flush(LONG_ENOUGH_S)
        path.rename(tmp_path / "moved")
        log.reopen()
        log.send({"n": 2})
    assert lines_of(tmp_path / "moved") == [{"n": 1}]
    assert lines_of(path) == [{"n": 2}]


TAKEN: Dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "moved": lambda path: path.rename(str(path) + ".moved"),
    "folder deleted": lambda path: shutil.rmtree(str(path.parent)),
    "cut": lambda path: os.truncate(str(path), 0),
    "replaced": lambda path: (path.unlink(), path.touch()),
}


@pytest.mark.parametrize("fault", TAKEN)
def test_a_log_that_was_taken_away_is_begun_anew_with_the_next_line(
    tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "deep/plantd.ndjson"
    with EventLog(str(path), LogConfig()) as log:
        log.send({"n": 1})
        assert log.flush(LONG_ENOUGH_S)
        TAKEN[fault](path)
        log.send({"n": 2})
        assert log.flush(LONG_ENOUGH_S)
        assert [line["n"] for line in lines_of(path)] == [2]
    assert "opened anew" in caplog.text


def test_what_another_wrote_into_the_log_does_not_tear_the_next_line(tmp_path: Path) -> None:
    path = tmp_path / "plantd.ndjson"
    with EventLog(str(path), LogConfig()) as log:
        log.send({"n": 1})
        assert log.flush(LONG_ENOUGH_S)
        with open(str(path), "ab") as other:
            other.write(b'{"half a li')
        log.send({"n": 2})
    assert [line["n"] for line in lines_of(path)] == [1, 2]


def test_a_log_on_no_disk_counts_what_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log").write_bytes(b"a file where the folder should be")
    with EventLog(str(tmp_path / "log/plantd.ndjson"), LogConfig()) as log:
        for number in range(3):
            log.send({"n": number})
        assert log.flush(LONG_ENOUGH_S)
        status = log.status()
    assert (status.ok, status.dropped) == (False, 3)
    assert "takes no more lines: File exists; look at the folder" in status.detail
    assert caplog.text.count("takes no more lines") == 1


def test_a_log_whose_disk_does_not_answer_says_so(tmp_path: Path) -> None:
    log = EventLog(str(tmp_path / "plantd.ndjson"), LogConfig())
    for number in range(QUEUE_LENGTH + 2):
        log.send({"n": number})
    status = log.status()
    assert (status.ok, status.dropped) == (False, 2)
    assert "waits for its disk" in status.detail


def test_a_log_that_is_written_has_nothing_to_say(tmp_path: Path) -> None:
    with EventLog(str(tmp_path / "plantd.ndjson"), LogConfig()) as log:
        log.send({"n": 1})
        assert log.flush(LONG_ENOUGH_S)
        assert log.status() == LogStatus(True, "", log.path, 0)


def test_a_full_disk_leaves_whole_lines_and_the_log_recovers(tmp_path: Path) -> None:
    seen = on_small_disk("support.record_on_disk", "log_full_and_free_again", tmp_path, 512)
    assert seen["dropped"] > 0
    assert "No space left on device; free space there, or lower log.max_mb" in seen["detail"]
    assert seen["detail after"] == ""
    numbers = [json.loads(line)["n"] for line in seen["lines"]]
    assert numbers[0] == 1
    assert numbers[-1] == 200
    assert len(numbers) + seen["dropped"] == 200
