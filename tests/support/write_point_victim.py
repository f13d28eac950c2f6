"""A process that writes and kills itself before its N-th call that changes a disk.

python3 -m support.write_point_victim ACT STATE N

It says "done" on standard output for each thing that it was told is durable. Python's own calls are
counted; what SQLite writes inside one is hit by the campaign `kills`.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any, Callable, Dict

from plantd.config import LogConfig, RecordConfig
from plantd.engine.plan import PlanKey
from plantd.models.store import ModelStore
from plantd.sinks.log import EventLog
from plantd.sinks.record import Record
from support import plans
from support.verdict_json import JPEG, PNG, moment, verdict_json

CALLS = (
    "fsync fdatasync rename replace unlink rmdir mkdir write pwrite ftruncate symlink link".split()
)
LONG_ENOUGH_S = 30.0
EACH = 4


def kill_before(number: int) -> None:
    """End this process by SIGKILL when it is about to do its N-th change."""
    left = [number]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def changing(*given: Any, **named: Any) -> Any:
            # What is said on standard output changes no disk.
            if given[:1] != (1,):
                left[0] -= 1
                if left[0] <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return changing

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))


def say(word: object) -> None:
    """Say on standard output what is durable now."""
    sys.stdout.write("{}\n".format(word))
    sys.stdout.flush()


def record(state: Path) -> None:
    """Commit verdicts with pictures."""
    with Record(str(state), RecordConfig(reserve_mb=0), moment) as opened:
        for _ in range(EACH):
            seq = opened.next_seq()
            commit = opened.commit(verdict_json(seq), JPEG, PNG)
            if commit.wait(LONG_ENOUGH_S):
                say(seq)


def log(state: Path) -> None:
    """Write lines over several files: a line of 300 kB, three to a file of 1 MB."""
    with EventLog(str(state / "plantd.ndjson"), LogConfig(max_mb=1, files=3)) as opened:
        for number in range(5 * EACH):
            opened.send({"n": number, "words": "x" * 300000})
            if opened.flush(LONG_ENOUGH_S):
                say(number)


def bundle(state: Path) -> None:
    """Make one of two installed models the active one, to and fro."""
    store = ModelStore(str(state))
    for _ in range(EACH):
        for name in store.listing().installed:
            store.activate(name)
            say(name)


def plan(state: Path) -> None:
    """Publish plans of several keys."""
    for number in range(EACH):
        key = PlanKey("sha256 of a graph {}".format(number), plans.TX2, "fp16", 512)
        kept = plans.keep(str(state / "engines"), plans.plan_for(key), b"a plan" * (number + 1))
        say(kept.file)


ACTS: Dict[str, Callable[[Path], None]] = {
    "record": record,
    "log": log,
    "bundle": bundle,
    "plan": plan,
}


if __name__ == "__main__":
    kill_before(int(sys.argv[3]))
    ACTS[sys.argv[1]](Path(sys.argv[2]))
