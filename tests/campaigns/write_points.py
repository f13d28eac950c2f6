"""SIGKILL before each call that changes the disk: record, log, active model, plan."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

from support import plans, tiny_bundle, write_point_victim
from support.verdict_json import JPEG, PNG

from plantd import bundle
from plantd.engine.plan import plans_in, read_plan
from plantd.models.store import ModelStore
from plantd.sinks.recording.reader import RecordReader
from plantd.sinks.recording.store import Place

MOST_CALLS = {"record": 60, "log": 40, "bundle": 40, "plan": 50}


def write_points(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Kill one writer before one of its calls, look at what is left, and let it go on."""
    act = chance.choice(sorted(write_point_victim.ACTS))
    state = folder / "state"
    state.mkdir()
    _prepare(act, state, folder)
    number = chance.randint(1, MOST_CALLS[act])
    said = _run(act, state, number)
    _CHECKS[act](state, said)
    # Whatever was left: the next run gets through it to its end.
    said += _run(act, state, 1 << 30)
    _CHECKS[act](state, said)
    return {act + " killed": 1, act + " durable and there": len(said)}


def _prepare(act: str, state: Path, folder: Path) -> None:
    if act == "bundle":
        (state / "models").mkdir()
        for version in ("1.0.0", "2.0.0"):
            made = tiny_bundle.make(str(folder / version), version=version)
            shutil.copytree(made, str(state / "models" / "tiny-{}".format(version)))


def _run(act: str, state: Path, number: int) -> List[str]:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run(
        [sys.executable, "-m", "support.write_point_victim", act, str(state), str(number)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=120,
    )
    allowed = (0, -signal.SIGKILL) if number < 1 << 30 else (0,)
    assert done.returncode in allowed, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode().split()


def _check_record(state: Path, said: List[str]) -> None:
    reader = RecordReader(Place(str(state)))
    seqs = [int(each) for each in said]
    assert len(set(seqs)) == len(seqs), "a number was given twice: {}".format(seqs)
    for seq in seqs:
        assert reader.verdict(seq)["seq"] == seq
        assert (reader.picture(seq), reader.tensor_picture(seq)) == (JPEG, PNG)


def _check_log(state: Path, said: List[str]) -> None:
    found = []
    for path in sorted(state.glob("plantd.ndjson*")):
        data = path.read_bytes()
        # A torn last line is cut off when the log is opened next; all before it are whole.
        found += [json.loads(line.decode())["n"] for line in data.splitlines(True)[:-1]]
        last = data.splitlines(True)[-1:]
        found += [json.loads(line.decode())["n"] for line in last if line.endswith(b"\n")]
    # Old files go: the newest line that was said to be there has to be.
    assert not said or int(said[-1]) in found, "line {} is gone of {}".format(said[-1], found)


def _check_bundle(state: Path, said: List[str]) -> None:
    listing = ModelStore(str(state)).listing()
    assert sorted(listing.installed) == ["tiny-1.0.0", "tiny-2.0.0"], listing
    if said:
        assert listing.active in listing.installed, listing
        assert bundle.load(str(state / "models" / str(listing.active))).manifest.name == "tiny"


def _check_plan(state: Path, said: List[str]) -> None:
    directory = str(state / "engines")
    there = {plan.file for plan in plans_in(directory)} if os.path.isdir(directory) else set()
    assert set(said) <= there, "published and gone: {}".format(sorted(set(said) - there))
    for plan in plans_in(directory) if there else ():
        assert plans.sha256_of(read_plan(directory, plan)) == plan.sha256


_CHECKS = {
    "record": _check_record,
    "log": _check_log,
    "bundle": _check_bundle,
    "plan": _check_plan,
}
