"""The sweep after a start takes what an earlier service left, and nothing of this one's."""

from pathlib import Path
from typing import List

from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.config import RecordConfig
from plantd.sinks.recording.recovery.check_schedule import CheckSchedule
from plantd.sinks.recording.state import RecordStatus
from plantd.sinks.recording.store import Place
from plantd.sinks.recording.writer import RecordWriter


def writer(folder: Path, last_seq: int) -> RecordWriter:
    def ignore(_status: RecordStatus) -> None:
        pass

    config = RecordConfig(reserve_mb=0)
    place = Place(str(folder))
    checks = CheckSchedule(place.database)
    made = RecordWriter(place, config, moment, lambda: last_seq, ignore, checks)
    made.begin()
    return made


def chores(found: RecordWriter) -> None:
    while found.chore():
        continue


def pictures(folder: Path) -> List[str]:
    return sorted(path.name for path in (folder / "record/pictures").rglob("*.*"))


def test_pictures_that_wait_for_their_verdict_are_not_swept(tmp_path: Path) -> None:
    earlier = writer(tmp_path, 0)
    earlier.stage(1, JPEG, PNG)
    earlier.close()
    now = writer(tmp_path, 1)
    saved = now.stage(2, JPEG, PNG)
    chores(now)
    assert pictures(tmp_path) == ["2-input.png", "2.jpg"]
    now.commit(verdict_json(2), JPEG, PNG, saved)
    now.close()
    assert pictures(tmp_path) == ["2-input.png", "2.jpg"]


def test_pictures_that_vanished_before_their_verdict_are_saved_again(tmp_path: Path) -> None:
    found = writer(tmp_path, 0)
    saved = found.stage(1, JPEG, PNG)
    for name in pictures(tmp_path):
        (tmp_path / "record/pictures/000000" / name).unlink()
    found.commit(verdict_json(1), JPEG, PNG, saved)
    found.close()
    assert pictures(tmp_path) == ["1-input.png", "1.jpg"]
