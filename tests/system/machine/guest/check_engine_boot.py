"""The first boot of a box with TensorRT: the plan is built by the shipped unit and taken up.

TensorRT and pycuda are the strict stand-ins of tests/support/gpu_stack, put on the units' Python
path by a drop-in of the test; the units themselves are the shipped ones.
"""

import os
import pwd
from typing import Dict, List, Tuple

import machine
from machine import run, say, shown, wait_active, wait_for

ENGINES = "/var/lib/plantd/engines"
UNIT = "plantd-engine"
ENDED = "ExecMainExitTimestampMonotonic"


def plans() -> List[str]:
    return sorted(
        os.path.join(ENGINES, name) for name in os.listdir(ENGINES) if name.endswith(".plan")
    )


def files() -> Dict[str, Tuple[int, int]]:
    """Every plan by its path, with what changes when it is written anew."""
    return {path: (os.stat(path).st_ino, os.stat(path).st_mtime_ns) for path in plans()}


def loaded() -> str:
    """The hash of the plan that the service has open; empty where it has none."""
    engine = wait_active().get("/v1/status")["engine"] or {}
    return str(engine.get("plan") or "")


def journal(unit: str) -> str:
    return run("journalctl", "-b", "-u", unit, "--no-pager", "-o", "cat").stdout.decode()


def test_the_first_boot_builds_a_plan_as_the_service_user() -> None:
    # It begins when the boot is over: at first it is inactive.
    wait_for("the build's end", lambda: shown(UNIT, ENDED)[ENDED] != "0")
    wait_for("what follows it", lambda: shown(UNIT, "ActiveState")["ActiveState"] != "activating")
    state = shown(
        UNIT, "ConditionResult", "Result", "ExecMainStatus", "User", "UnitFileState", "DropInPaths"
    )
    assert state == {
        "ConditionResult": "yes",
        "Result": "success",
        "ExecMainStatus": "0",
        "User": "plantd",
        "UnitFileState": "enabled",
        "DropInPaths": "/etc/systemd/system/plantd-engine.service.d/stand-in.conf",
    }, journal(UNIT)
    (plan,) = plans()
    about = os.stat(plan)
    assert pwd.getpwuid(about.st_uid).pw_name == "plantd"
    assert about.st_mode & 0o007 == 0
    say("plantd-engine said:\n    " + journal(UNIT).replace("\n", "\n    "))


def test_the_boot_did_not_wait_for_the_build() -> None:
    began, reached = "InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic"
    assert int(shown("multi-user.target", reached)[reached]) < int(shown(UNIT, began)[began])


def test_the_service_answers_a_press_with_that_plan() -> None:
    client = wait_active()
    wait_for("the plan in the service", loaded)
    verdict = machine.press(client)
    assert verdict["engine"]["backend"] == "tensorrt"
    assert verdict["engine"]["plan"] == loaded()
    assert shown("plantd", "NRestarts")["NRestarts"] == "0"


def test_a_second_start_builds_nothing_and_disturbs_nobody() -> None:
    wait_active()
    before, pid, plan = files(), machine.pid(), loaded()
    assert run("systemctl", "start", UNIT).returncode == 0, journal(UNIT)
    assert shown(UNIT, "Result")["Result"] == "success"
    assert files() == before
    assert (machine.pid(), loaded()) == (pid, plan)


def test_a_service_that_waits_for_a_plan_takes_it_up_by_the_units_reload() -> None:
    wait_active()
    for name in os.listdir(ENGINES):
        path = os.path.join(ENGINES, name)
        if os.path.isfile(path):
            os.unlink(path)
    assert run("systemctl", "restart", "plantd").returncode == 0
    client, pid = wait_active(), machine.pid()
    assert loaded() == ""
    engine = {check["id"]: check for check in client.health()["checks"]}["engine"]
    assert engine["state"] == "failed"
    assert "no TensorRT plan" in str(engine)
    assert run("systemctl", "start", UNIT).returncode == 0, journal(UNIT)
    wait_for("the plan in the service", loaded)
    assert machine.pid() == pid
    assert "configuration read again" in journal("plantd")
    assert machine.press(client)["engine"]["backend"] == "tensorrt"
