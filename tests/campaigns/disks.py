"""Disks that fill up, become read-only and come back, under a record that is written to."""

import os
import random
from pathlib import Path
from typing import Dict, List

from support.record_on_disk import LONG_ENOUGH_S, NO_RESERVE, fill, remount
from support.small_disk import on_small_disk
from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.sinks.record import Record
from plantd.sinks.recording.state import FULL, OK, READ_ONLY

SEED = "PLANTD_CAMPAIGN_SEED"


def disks(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Let one disk go bad and good again a few times; root, or user namespaces, make it."""
    disk = folder / "disk"
    disk.mkdir()
    os.environ[SEED] = str(chance.randrange(1 << 30))
    counts: Dict[str, int] = on_small_disk(__name__, "bad_and_good_again", disk, 8192)
    return counts


def bad_and_good_again(disk: str) -> Dict[str, int]:
    """Commit on a disk that changes; run in a process with the disk of its own."""
    chance = random.Random(int(os.environ[SEED]))
    there: List[int] = []
    given: List[int] = []
    counts = {"full": 0, "read_only": 0, "told": 0}
    for _ in range(chance.randint(2, 4)):
        # Nobody makes a disk read-only under an open file, but for a kernel that met an error.
        harm = chance.choice(("full", "read_only"))
        if harm == "read_only":
            remount(disk, "ro")
        with Record(disk, NO_RESERVE, moment) as record:
            for _ in range(chance.randint(1, 3)):
                if harm == "full":
                    _commit_some(record, chance, there, given)
                    fill(disk + "/filler")
                _commit_some(record, chance, there, given)
                counts["told"] += record.status().state in (FULL, READ_ONLY)
                counts[harm] += 1
                _mend(disk)
                assert record.flush(LONG_ENOUGH_S)
                assert record.status().state == OK, record.status()
                _commit_some(record, chance, there, given)
            found = {verdict["seq"] for verdict in record.reader.newest(1000)}
            assert set(there) <= found, "lost: {}".format(sorted(set(there) - found))
    assert len(set(given)) == len(given), "a number was given twice"
    return dict(counts, recorded=len(there), given=len(given))


def _commit_some(record: Record, chance: random.Random, there: List[int], given: List[int]) -> None:
    for _ in range(chance.randint(1, 3)):
        seq = record.next_seq()
        given.append(seq)
        noise = bytes(chance.getrandbits(8) for _ in range(1000)) * chance.randint(1, 200)
        commit = record.commit(verdict_json(seq), JPEG + noise, PNG + noise)
        if commit.wait(LONG_ENOUGH_S):
            there.append(seq)


def _mend(disk: str) -> None:
    remount(disk, "rw")
    if os.path.exists(disk + "/filler"):
        os.unlink(disk + "/filler")
