"""What the record does on a disk that is full or read-only; run by support.small_disk."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Dict, List

from plantd.config import LogConfig, RecordConfig
from plantd.sinks.log import EventLog
from plantd.sinks.record import Record
from support.killed_record import killed_after
from support.verdict_json import JPEG, moment, verdict_json

LONG_ENOUGH_S = 20.0
NO_RESERVE = RecordConfig(reserve_mb=0)


def full_and_free_again(disk: str) -> Dict[str, Any]:
    """Fill the disk beside the record, record, free it, record again."""
    changes: List[str] = []
    seen: Dict[str, Any] = {"changes": changes}
    with Record(disk, NO_RESERVE, moment, lambda s: changes.append(s.state)) as record:
        seen["first"] = _commit(record)
        fill(disk + "/filler")
        seen["full"] = _commit(record)
        seen["state"] = record.status().state
        seen["detail"] = record.status().detail
        seen["readable"] = [v["seq"] for v in record.reader.newest(9)]
        os.unlink(disk + "/filler")
        record.flush(LONG_ENOUGH_S)
        seen["by itself"] = record.status().state
        seen["again"] = _commit(record)
        seen["seqs"] = [v["seq"] for v in record.reader.newest(9)]
    return seen


def numbers_over_restarts(disk: str) -> Dict[str, Any]:
    """Record, fill the disk, give numbers to verdicts that cannot be recorded, restart twice."""
    given = []
    with Record(disk, NO_RESERVE, moment) as record:
        _commit(record)
        given.append(record.status().last_seq)
    fill(disk + "/filler")
    for _ in range(2):
        with Record(disk, NO_RESERVE, moment) as record:
            for _ in range(2):
                _commit(record)
                given.append(record.status().last_seq)
    return {"given": given}


def making_room(disk: str) -> Dict[str, Any]:
    """Record more than the disk holds."""
    with Record(disk, NO_RESERVE, moment) as record:
        answers = ["poisonous", "edible", "edible", "unsure", "edible", "edible", "edible"] * 2
        commits = [_commit(record, answer) for answer in answers]
        verdicts = record.reader.newest(99)
        return {
            "commits": commits,
            "kept": {v["seq"]: v["verdict"] for v in verdicts if v["pictures"] == "kept"},
            "removed": {v["seq"]: v["verdict"] for v in verdicts if v["pictures"] == "removed"},
            "state": record.status().state,
        }


def read_only_and_writable_again(disk: str) -> Dict[str, Any]:
    """Record, make the disk read-only, read and record, make it writable."""
    with Record(disk, NO_RESERVE, moment) as record:
        _commit(record)
    remount(disk, "ro")
    with Record(disk, NO_RESERVE, moment) as record:
        record.flush(LONG_ENOUGH_S)
        seen: Dict[str, Any] = {"state": record.status().state, "detail": record.status().detail}
        seen["seq"] = record.next_seq()
        seen["commit"] = record.commit(verdict_json(seen["seq"])).wait(LONG_ENOUGH_S)
        seen["next"] = record.next_seq()
        seen["readable"] = [v["seq"] for v in record.reader.newest(9)]
        seen["picture"] = record.reader.picture(1).startswith(JPEG)
        remount(disk, "rw")
        record.flush(LONG_ENOUGH_S)
        seen["by itself"] = record.status().state
        seen["again"] = _commit(record)
    return seen


def read_only_under_open_files(disk: str) -> Dict[str, Any]:
    """Let a record meet an error, and the disk become read-only for it, as by the kernel."""
    with Record(disk, NO_RESERVE, moment) as record:
        seen: Dict[str, Any] = {"first": _commit(record)}
        fill(disk + "/filler")
        seen["commit"] = _commit(record)
        cover(disk)
        record.flush(LONG_ENOUGH_S)
        seen.update(state=record.status().state, detail=record.status().detail)
        uncover(disk)
        os.unlink(disk + "/filler")
        record.flush(LONG_ENOUGH_S)
        seen["by itself"] = record.status().state
        seen["again"] = _commit(record)
        seen["found"] = [verdict["seq"] for verdict in record.reader.newest(9)]
    return seen


def never_writable(disk: str) -> Dict[str, Any]:
    """Begin on a disk that was read-only from the start."""
    remount(disk, "ro")
    with Record(disk, NO_RESERVE, moment) as record:
        seen = {"seqs": [record.next_seq() for _ in range(3)], "commit": _commit(record)}
        return {**seen, "state": record.status().state, "found": record.reader.newest(9)}


def numbers_over_restarts_read_only(disk: str) -> Dict[str, Any]:
    """Give numbers on a disk that takes nothing, restart, and again once it takes something."""
    run = tempfile.mkdtemp()
    given: List[int] = []
    remount(disk, "ro")
    for life in range(3):
        if life == 2:
            remount(disk, "rw")
        with Record(disk, NO_RESERVE, moment, run_path=run) as record:
            for _ in range(2):
                _commit(record)
                given.append(record.status().last_seq)
    shutil.rmtree(run)
    with Record(disk, NO_RESERVE, moment) as record:
        given.append(record.next_seq())
    return {"given": given}


def killed_and_read_only(disk: str) -> Dict[str, Any]:
    """Kill a service that records, then make its disk read-only: a card taken out and looked at."""
    seqs = killed_after(Path(disk), 5)
    write_ahead_log = os.path.getsize(disk + "/record/record.db-wal")
    remount(disk, "ro")
    with Record(disk, NO_RESERVE, moment) as record:
        found = [v["seq"] for v in record.reader.newest(10000)]
        return {
            "acknowledged": seqs,
            "found": found,
            "wal": write_ahead_log,
            "next above": record.next_seq() > max(found),
        }


def log_full_and_free_again(disk: str) -> Dict[str, Any]:
    """Fill the disk while a log is written."""
    path = disk + "/log/plantd.ndjson"
    with EventLog(path, LogConfig()) as log:
        log.send({"n": 1})
        log.flush(LONG_ENOUGH_S)
        fill(disk + "/filler")
        for number in range(2, 200):
            log.send({"n": number, "words": "x" * 100})
        log.flush(LONG_ENOUGH_S)
        seen: Dict[str, Any] = {"dropped": log.dropped, "detail": log.status().detail}
        os.unlink(disk + "/filler")
        log.send({"n": 200})
        log.flush(LONG_ENOUGH_S)
        seen["detail after"] = log.status().detail
    with open(path) as lines:
        seen["lines"] = lines.read().splitlines()
    return seen


def _commit(record: Record, answer: str = "unsure") -> bool:
    seq = record.next_seq()
    commit = record.commit(
        verdict_json(seq, verdict=answer), JPEG + os.urandom(300000), JPEG + os.urandom(100000)
    )
    return commit.wait(LONG_ENOUGH_S)


def remount(disk: str, how: str) -> None:
    subprocess.run(["mount", "-o", "remount," + how, disk], check=True)


def cover(disk: str) -> None:
    """Make the disk read-only to whoever opens something from now on."""
    subprocess.run(["mount", "--bind", disk, disk], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)


def uncover(disk: str) -> None:
    """Let it be as it was; whatever is open there stays open."""
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(path: str) -> None:
    with open(path, "wb", buffering=0) as filler:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                continue
