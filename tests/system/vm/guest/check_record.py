"""A process that records is killed at random moments, on this machine's own file system."""

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, List

import machine
from support import killed_record, record_victim

from plantd.sinks.recording.store import Place

STATE = Path("/var/lib/kills")
KILLS = int(os.environ.get("KILLS", "200"))
LONGEST_LIFE_S = 0.5


def test_killed_at_random_moments_the_record_stays_whole_and_loses_nothing() -> None:
    chance = random.Random(6)
    acknowledged: List[int] = []
    for kill in range(KILLS):
        said = _killed_at(chance.uniform(0.0, LONGEST_LIFE_S), after_a_commit=kill % 4 == 3)
        if said and acknowledged:
            assert said[0] > acknowledged[-1], "a number was used again"
        acknowledged += said
        with closing(sqlite3.connect(Place(str(STATE)).database)) as record:
            assert record.execute("PRAGMA quick_check").fetchone() == ("ok",)
        if kill % 20 == 19:
            machine.say("killed {} times, {} verdicts".format(kill + 1, len(acknowledged)))
    assert len(acknowledged) > KILLS // 4, "too few commits for the kills to have hit any"
    assert killed_record.lost(STATE, acknowledged) == []
    assert not list(STATE.glob("record.*-*")), "no record was set aside as broken"
    machine.say(
        "{} SIGKILLs of the recording process on {}: {} verdicts acknowledged, all there with "
        "both pictures, quick_check ok after each".format(KILLS, _filesystem(), len(acknowledged))
    )


def _killed_at(moment_s: float, after_a_commit: bool) -> List[int]:
    """Let a fork record, kill it after this long, and return what it said was committed.

    A fork, because starting Python anew takes seconds on an emulated processor. So does opening a
    record that was not closed: every fourth life is counted from its first commit on.
    """
    read, write = os.pipe()
    victim = os.fork()
    if victim == 0:
        os.dup2(write, 1)
        _record_until_killed()
    os.close(write)
    with open(read, "rb", buffering=0) as said:
        lines = [_first_line(said)] if after_a_commit else []
        time.sleep(moment_s)
        os.kill(victim, signal.SIGKILL)
        _, status = os.waitpid(victim, 0)
        lines += said.read().splitlines(True)
    assert status == signal.SIGKILL, lines
    return [int(line) for line in lines if line.endswith(b"\n")]


def _first_line(said: IO[bytes]) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        byte = said.read(1)
        assert byte, "the victim ended by itself after {!r}".format(line)
        line += byte
    return line


def _record_until_killed() -> None:
    try:
        with open(1, "w", closefd=False) as said:
            sys.stdout = said
            sys.argv = ["record_victim", str(STATE)]
            record_victim.main()
    finally:
        os._exit(70)


def _filesystem() -> str:
    with open("/proc/mounts") as mounts:
        found = [line.split()[:3] for line in mounts]
    return ", ".join(sorted({kind for _, place, kind in found if place in ("/", "/disk")}))
