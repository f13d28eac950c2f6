"""The trial of a package: how root's shell scripts decide, and the unit that runs them.

What they do to a machine is shown by make nspawn-deb.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, Tuple

import pytest
from support.checkout import TOP
from support.unit_files import HARDENING, assignments, too_new

TRIAL = TOP / "debian" / "trial"
UNIT = TRIAL / "plantd-trial.service"
LOOK = (
    'decision=""; reason=""; serving_details=""\n'
    'for one in {}; do eval "${{one%%=*}}=\\${{one#*=}}"; done\n'
    'judge {} {}; echo "$decision|$settled|$reason"\n'
)
START = (
    '. "$1/state.sh"; . "$1/judging.sh"; is_building() {{ [ "$building" = yes ]; }}; building=no\n'
    'says_how_it_is() {{ [ "$says" = yes ]; }}; says=yes\n'
    "forget_variables; presses=3; trial_s=60; was=old; faults={}\n"
    "unit_active=active; unit_result=success; unit_restarts=0\n"
    "serving_process=new; serving_faults=\n"
)
Look = Tuple[int, Dict[str, str]]


def judged(looks: List[Look], faults: str = "") -> List[str]:
    """Return "decision|settled|reason" of each look: at how many seconds, and what had changed."""
    script = START.format(quoted(faults))
    for at_s, changes in looks:
        words = " ".join(quoted("{}={}".format(*pair)) for pair in changes.items())
        is_serving = changes.pop("is_serving", "yes")
        script += LOOK.format(words or '""', at_s, is_serving).replace(
            'for one in ""; do', "for one in; do"
        )
    done = subprocess.run(
        ["sh", "-u", "-c", script, "sh", str(TRIAL)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = done.stdout.decode().splitlines()
    assert len(said) == len(looks), said
    return said


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def test_a_version_that_answers_its_presses_passes() -> None:
    assert judged([(0, {"answered": "2"}), (10, {"answered": "3"})]) == ["||", "passed||"]


def test_nothing_goes_back_because_nobody_presses() -> None:
    assert judged([(0, {}), (1000000, {})]) == ["||", "|yes|"]


def test_as_many_failed_presses_go_back() -> None:
    assert judged([(0, {"failed": "3"})]) == ["back||the engine failed in 3 presses"]


def test_presses_that_were_answered_count_before_those_that_failed() -> None:
    assert judged([(0, {"answered": "3", "failed": "3"})]) == ["passed||"]


def test_a_service_that_systemd_starts_again_and_again_goes_back() -> None:
    (told,) = judged([(0, {"unit_restarts": "5"})])
    assert told.startswith("back||the service ended 5 times")


@pytest.mark.parametrize(
    ("active", "result"),
    [("failed", "exit-code"), ("activating", "success"), ("inactive", "protocol")],
)
def test_a_service_that_stays_down_goes_back(active: str, result: str) -> None:
    down = {"unit_active": active, "unit_result": result, "is_serving": "no"}
    looks = judged([(7, dict(down)), (66, dict(down)), (67, dict(down))])
    assert [each.partition("|")[0] for each in looks] == ["", "", "back"]
    assert "did not come up within 60 s ({}, {})".format(active, result) in looks[-1]


@pytest.mark.parametrize(("active", "result"), [("inactive", "success"), ("", "")])
def test_a_service_that_a_person_stopped_does_not(active: str, result: str) -> None:
    down = {"unit_active": active, "unit_result": result, "is_serving": "no"}
    assert judged([(0, dict(down)), (1000, dict(down))]) == ["||", "||"]


def test_coming_up_in_between_begins_the_time_anew() -> None:
    down = {"unit_active": "activating", "is_serving": "no"}
    looks = [(0, dict(down)), (50, {"unit_active": "active"}), (70, dict(down)), (120, dict(down))]
    assert [each.partition("|")[0] for each in judged(looks)] == ["", "", "", ""]


MUTE = {"is_serving": "no"}


def test_a_version_that_is_up_and_never_says_how_it_is_goes_back() -> None:
    looks = judged([(7, dict(MUTE)), (66, dict(MUTE)), (67, dict(MUTE))])
    assert looks == ["||", "||", "back||the service is up, and for 60 s has not said how it is"]


def test_one_that_says_it_again_in_between_begins_the_time_anew() -> None:
    assert judged([(0, dict(MUTE)), (50, {}), (70, dict(MUTE)), (120, dict(MUTE))]) == ["||"] * 4


def test_a_version_from_before_there_were_trials_is_not_asked_how_it_is() -> None:
    old = dict(MUTE, says="no")
    assert judged([(0, dict(old)), (1000, dict(old))]) == ["||", "||"]


FAULT = {"serving_faults": "engine", "serving_details": "engine the plan's $file\n"}


def test_a_part_that_fails_with_it_alone_goes_back_and_says_what() -> None:
    assert judged([(0, FAULT), (59, FAULT), (60, FAULT)]) == [
        "||",
        "||",
        "back||engine: the plan's $file",
    ]


def test_what_had_failed_before_is_no_fault_of_it() -> None:
    looks = [(0, FAULT), (60, FAULT)]
    assert judged(looks, faults="camera engine") == ["||", "|yes|"]


def test_a_plan_that_is_being_built_is_waited_for() -> None:
    building = dict(FAULT, building="yes")
    assert judged([(0, dict(building)), (3000, dict(building))])[-1] == "|yes|"


def test_another_part_that_fails_instead_begins_the_time_anew() -> None:
    camera = {"serving_faults": "camera", "serving_details": "camera is away\n"}
    looks = [(0, FAULT), (50, camera), (100, camera), (110, camera)]
    assert judged(looks) == ["||", "||", "||", "back||camera: is away"]


def test_a_plug_that_is_pulled_when_all_was_well_is_no_fault_of_it() -> None:
    camera = {"serving_faults": "camera", "serving_details": "camera is away\n"}
    assert judged([(0, {}), (60, {}), (70, camera), (500, camera)])[-1] == "|yes|"


def test_an_engine_that_fails_later_goes_back_all_the_same() -> None:
    assert judged([(0, {}), (60, {}), (70, FAULT), (130, FAULT)])[-1].startswith("back|yes|engine:")


def counted(*looks: str) -> str:
    """Return "answered failed" after looks at PROCESS ANSWERED FAILED."""
    script = '. "$1/state.sh"; . "$1/judging.sh"; forget_variables; shift\n'
    script += (
        "while [ $# != 0 ]; do serving_process=$1 serving_answered=$2 serving_failed=$3; shift 3\n"
    )
    script += 'count_presses || :; done; echo "$answered $failed"'
    words = [word for look in looks for word in look.split()]
    done = subprocess.check_output(["sh", "-u", "-c", script, "sh", str(TRIAL)] + words)
    return done.decode().strip()


def test_each_press_counts_once() -> None:
    assert counted("a 1 0", "a 1 0", "a 2 1") == "2 1"


def test_the_presses_of_processes_add_up() -> None:
    assert counted("a 2 0", "b 0 0", "b 1 1") == "3 1"


def test_systemd_237_knows_everything_in_its_unit() -> None:
    assert [too_new(line) for line in assignments(UNIT) if too_new(line)] == []
    assert [line.key for line in assignments(UNIT) if line.key in HARDENING] == []


def test_systemd_finds_nothing_wrong_with_its_unit() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine: apt-get install systemd")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(UNIT)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert (done.returncode, done.stdout.decode()) == (0, "")


def test_it_is_run_from_where_the_old_version_is_kept() -> None:
    values = {line.key: line.value for line in assignments(UNIT)}
    state = (TRIAL / "state.sh").read_text()
    assert "\nDIR=/var/lib/plantd-trial\n" in state
    assert values["ExecStart"] == "/bin/sh /var/lib/plantd-trial/watch.sh"
    assert values["ConditionPathExists"] == "/var/lib/plantd-trial/trial"
    assert values["ExecStartPre"] == "-/bin/sh /var/lib/plantd-trial/boot.sh begun"
    assert values["ExecStopPost"] == "-/bin/sh /var/lib/plantd-trial/boot.sh ended"
    assert values["Before"] == "plantd.service"
    assert values["KillMode"] == "process"


def test_systemd_starts_the_service_again_whatever_it_ended_with_unless_it_was_stopped() -> None:
    values = {line.key: line.value for line in assignments(TOP / "systemd" / "plantd.service")}
    assert values["Restart"] == "always"


def test_all_scripts_of_it_are_packaged_and_none_asks_for_more_than_a_posix_shell() -> None:
    listed = (TOP / "debian" / "plantd.install").read_text()
    scripts: List[Path] = sorted(TRIAL.glob("*.sh"))
    assert [path.name for path in scripts] == [
        "boot.sh",
        "judging.sh",
        "keep.sh",
        "state.sh",
        "watch.sh",
    ]
    for path in scripts:
        assert "debian/trial/{} opt/plantd/trial\n".format(path.name) in listed
        assert path.read_text().startswith("#!/bin/sh\n")
