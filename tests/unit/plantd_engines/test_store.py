"""Plans are written whole, by one builder at a time, and old ones go."""

import os
import subprocess
import sys

import pytest
from support import plans

from plantd.engine.plan import PlanKey, find, plans_in, read_plan
from plantd.errors import BusyError, CannotWriteError
from plantd_engines.store import WORK_START, Store

KEY = PlanKey("a" * 64, plans.TX2, "auto", 512)


def names(directory):
    return sorted(name for name in os.listdir(str(directory)) if not name.startswith("."))


def kept(directory, key=KEY, data=b"plan"):
    return plans.keep(str(directory), plans.plan_for(key), data)


def test_a_kept_plan_is_found_and_read(tmp_path):
    plan = kept(tmp_path)
    assert find(str(tmp_path), KEY) == plan
    assert read_plan(str(tmp_path), plan) == b"plan"


def test_a_new_plan_for_the_same_key_replaces_the_old(tmp_path):
    kept(tmp_path, data=b"old")
    new = kept(tmp_path, data=b"new")
    assert find(str(tmp_path), KEY) == new
    assert names(tmp_path) == sorted([new.file, new.manifest_file])


def test_until_the_manifest_is_there_the_old_plan_serves(tmp_path):
    old = kept(tmp_path, data=b"old")
    with Store(str(tmp_path)) as store:
        path = os.path.join(store.work, "built")
        with open(path, "wb") as target:
            target.write(b"new")
        # Where a power cut would leave it: the new file under its final name, no manifest.
        os.rename(path, str(tmp_path / "ffff.plan"))
        assert read_plan(str(tmp_path), find(str(tmp_path), KEY)) == b"old"
    assert find(str(tmp_path), KEY) == old


def test_plans_of_another_machine_are_removed(tmp_path):
    kept(tmp_path, KEY._replace(machine=plans.TX2._replace(tensorrt="8.0.1.6")), b"old")
    new = kept(tmp_path)
    assert plans_in(str(tmp_path)) == [new]


def test_four_plans_of_this_machine_are_kept(tmp_path):
    for number in range(6):
        kept(tmp_path, KEY._replace(graph=str(number) * 64), b"plan %d" % number)
    assert [plan.key.graph[0] for plan in plans_in(str(tmp_path))] == ["5", "4", "3", "2"]
    assert len(names(tmp_path)) == 8


def test_what_a_killed_build_has_left_is_removed(tmp_path):
    (tmp_path / (WORK_START + "dead")).mkdir()
    (tmp_path / (WORK_START + "dead") / "half.plan").write_bytes(b"half")
    with Store(str(tmp_path)) as store:
        assert [name for name in os.listdir(str(tmp_path)) if name.startswith(WORK_START)] == [
            os.path.basename(store.work)
        ]
    assert os.listdir(str(tmp_path)) == [".lock"]


def test_a_second_builder_is_sent_away(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError, match="another build is writing"), Store(str(tmp_path)):
            pass
    finally:
        holder.communicate(b"\n", timeout=10.0)
    with Store(str(tmp_path)):
        pass


HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_directory_that_cannot_be_written_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    with pytest.raises(CannotWriteError, match="cannot be written .*systemctl start plantd-engine"):
        with Store(str(blocked / "engines")):
            pass
