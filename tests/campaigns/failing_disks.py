"""A disk whose writes fail for a while, below a record and a log: the kernel's dm-flakey."""

import os
import random
from pathlib import Path
from typing import Dict, List

from support.flakey_disk import ERRORS, FlakeyDisk
from support.record_on_disk import LONG_ENOUGH_S, NO_RESERVE
from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.config import LogConfig
from plantd.sinks.log import EventLog
from plantd.sinks.record import Record
from plantd.sinks.recording.state import OK, READ_ONLY

MOST_COMMITS = 4
# The kernel writes its journal and its tables every few seconds: that may fall into the failure.
WRITES_BACK = 0.7


def failing_disks(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Let writes fail under an open record, heal the disk, cut the power, and look."""
    counts = {"failed and told": 0, "well again by itself": 0, "read-only until mounted again": 0}
    there: List[int] = []
    given: List[int] = []
    # Without a journal a file system goes on; with one the kernel makes it read-only.
    with FlakeyDisk(folder, journal=chance.choice((False, True))) as disk:
        state = str(disk.place / "state")
        with Record(state, NO_RESERVE, moment) as record, _log_on(disk) as log:
            _commit_some(record, chance, there, given)
            _say(log, 1)
            assert log.status().ok
            disk.fail(chance.choice(ERRORS))
            failed = not _commit_some(record, chance, there, given)
            if chance.random() < WRITES_BACK:
                os.sync()
            _say(log, 2)
            counts["failed and told"] += failed
            assert not failed or record.status().state != OK, "a verdict was lost without a word"
            disk.heal()
            assert record.flush(LONG_ENOUGH_S)
            if disk.is_read_only():
                assert record.status().state == READ_ONLY, record.status().detail
                counts["read-only until mounted again"] += 1
            else:
                assert record.status().state == OK, record.status()
                assert _commit_some(record, chance, there, given), "not well again"
                _say(log, 3)
                assert log.status().ok, log.status()
                counts["well again by itself"] += 1
        disk.cut_power()
        with Record(state, NO_RESERVE, moment) as record:
            assert record.flush(LONG_ENOUGH_S)
            assert record.status().state == OK, record.status()
            _check(record, there)
            assert _commit_some(record, chance, there, given), "not well after the power cut"
    assert len(set(there)) == len(there), "a number was recorded twice: {}".format(there)
    # What was given out on a disk that took nothing is given again after a power cut.
    if not counts["read-only until mounted again"]:
        assert len(set(given)) == len(given), "a number was given twice: {}".format(given)
    return dict(counts, recorded=len(there), given=len(given))


def _log_on(disk: FlakeyDisk) -> EventLog:
    return EventLog(str(disk.place / "log" / "plantd.ndjson"), LogConfig())


def _say(log: EventLog, number: int) -> None:
    log.send({"n": number})
    assert log.flush(LONG_ENOUGH_S)


def _commit_some(record: Record, chance: random.Random, there: List[int], given: List[int]) -> bool:
    """Commit a few verdicts; return whether all were recorded."""
    whole = True
    for _ in range(chance.randint(1, MOST_COMMITS)):
        seq = record.next_seq()
        given.append(seq)
        noise = os.urandom(100) * chance.randint(1, 2000)
        if record.commit(verdict_json(seq), JPEG + noise, PNG + noise).wait(LONG_ENOUGH_S):
            there.append(seq)
        else:
            whole = False
    return whole


def _check(record: Record, there: List[int]) -> None:
    found = {verdict["seq"] for verdict in record.reader.newest(1000)}
    assert set(there) <= found, "lost: {}".format(sorted(set(there) - found))
    for seq in there:
        assert record.reader.picture(seq).startswith(JPEG), seq
        assert record.reader.tensor_picture(seq).startswith(PNG), seq
