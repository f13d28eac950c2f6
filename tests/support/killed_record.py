"""Kills a process that records, again and again, and looks whether the record is whole."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import List, NamedTuple

from plantd.sinks.recording.reader import RecordReader
from plantd.sinks.recording.store import Place
from support import record_victim

MOST_COMMITS = 12


class Killings(NamedTuple):
    """What was seen.

    Attributes:
        acknowledged: numbers that the killed processes had said to be committed.
        restarts_below: restarts that used a number again.
        checks: what quick_check said after each kill.
    """

    acknowledged: List[int]
    restarts_below: int
    checks: List[str]


def kill_many(state: Path, kills: int, seed: int) -> Killings:
    """Start the victim and SIGKILL it after a random number of commits, `kills` times."""
    chance = random.Random(seed)
    acknowledged: List[int] = []
    checks: List[str] = []
    below = 0
    for _ in range(kills):
        seqs = killed_after(state, chance.randint(1, MOST_COMMITS))
        below += bool(acknowledged) and seqs[0] <= acknowledged[-1]
        acknowledged += seqs
        with closing(sqlite3.connect(Place(str(state)).database)) as db:
            checks.append(str(db.execute("PRAGMA quick_check").fetchone()[0]))
    return Killings(acknowledged, below, checks)


def lost(state: Path, seqs: List[int]) -> List[int]:
    """Return which verdicts are not in the record with both their pictures, byte for byte."""
    reader = RecordReader(Place(str(state)))
    return [seq for seq in seqs if not _whole(reader, seq)]


def _whole(reader: RecordReader, seq: int) -> bool:
    return (
        reader.verdict(seq)["seq"] == seq
        and reader.picture(seq) == record_victim.picture_of(seq)
        and reader.tensor_picture(seq) == record_victim.tensor_of(seq)
    )


def killed_after(state: Path, commits: int) -> List[int]:
    """Start the victim, SIGKILL it after some commits, and return all it said were committed."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    command = [sys.executable, record_victim.__file__, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as victim:
        assert victim.stdout is not None
        seqs = [int(victim.stdout.readline()) for _ in range(commits)]
        victim.send_signal(signal.SIGKILL)
        # Those it still said before it died count as well; the last line may be torn.
        rest = victim.stdout.read()
        seqs += [int(line) for line in rest.splitlines(True) if line.endswith(b"\n")]
    assert victim.returncode == -signal.SIGKILL
    return seqs
