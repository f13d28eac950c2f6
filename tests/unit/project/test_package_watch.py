"""What watches a new package on trial, where dpkg or the disk fails: scripts of `debian/trial`.

Beside them stand-ins for dpkg, systemctl and the like, which write down what they are asked for;
with the real ones they are shown by make nspawn-deb.
"""

import os
import subprocess
import tarfile
from pathlib import Path
from typing import List

import pytest
from support.checkout import TOP

TRIAL = TOP / "debian" / "trial"
LOOKS = 12
ON_TRIAL = "version 2\nbefore 1\npresses 3\ntrial_s 60\n"
GOING_BACK = ON_TRIAL + "step back\nreason it fell\n"
DPKG = "dpkg --force-confdef --force-confold "
STAND_INS = {
    "dpkg-query": 'cat "$HERE/installed"',
    "dpkg": 'echo "dpkg $*" >>"$HERE/asked"; exit 2',
    "systemctl": '[ "$1" = show ] || echo "systemctl $*" >>"$HERE/asked"',
    "plantd": "exit 78",
    "runuser": 'shift 3; exec "$@"',
    # So many looks are enough.
    "sleep": 'echo >>"$HERE/looks"; [ "$(wc -l <"$HERE/looks")" -lt {} ] || kill "$PPID"'.format(
        LOOKS
    ),
}


class Box:
    """A folder with the scripts as they lie on a box, and what stands in for the box."""

    def __init__(self, here: Path) -> None:
        self.here, self.trial, self.state = here, here / "trial", here / "state"
        for folder in (self.trial, self.state, here / "bin"):
            folder.mkdir()
        moved = {
            "/var/lib/plantd-trial": str(self.trial),
            "/var/lib/plantd": str(self.state),
            "/etc/apt/preferences.d/plantd-trial": str(here / "pin"),
        }
        for name in ("state.sh", "judging.sh", "watch.sh"):
            text = (TRIAL / name).read_text()
            for there, path in moved.items():
                text = text.replace("={}\n".format(there), "={}\n".format(path))
            (self.trial / name).write_text(text)
        for name, body in STAND_INS.items():
            script = here / "bin" / name
            script.write_text("#!/bin/sh\n{}\n".format(body))
            script.chmod(0o755)
        (self.trial / "kept.deb").write_bytes(b"the package of before")

    def installed(self, told: str) -> None:
        """Let dpkg say what is installed."""
        (self.here / "installed").write_text(told)

    def fill_disk(self) -> None:
        """Let no new state be written."""
        (self.trial / "trial.new").mkdir()

    def watch(self, trial: str = GOING_BACK) -> List[str]:
        """Return what was asked of dpkg and systemctl until the watch's end, or in LOOKS looks."""
        (self.trial / "trial").write_text(trial)
        path = "{}:{}".format(self.here / "bin", os.environ["PATH"])
        subprocess.run(
            ["sh", str(self.trial / "watch.sh")],
            env=dict(os.environ, PATH=path, HERE=str(self.here)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        asked = self.here / "asked"
        return asked.read_text().splitlines() if asked.exists() else []


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.mark.parametrize("is_full", [False, True])
def test_going_back_is_tried_three_times_and_no_more(box: Box, is_full: bool) -> None:
    box.installed("installed 2")
    if is_full:
        box.fill_disk()
    assert box.watch() == [DPKG + "--install {}/kept.deb".format(box.trial)] * 3


def test_a_package_that_was_cut_is_configured_once_and_then_goes_back(box: Box) -> None:
    box.installed("half-configured 2")
    install = DPKG + "--install {}/kept.deb".format(box.trial)
    assert box.watch(ON_TRIAL) == [DPKG + "--configure -a"] + [install] * 3


def test_on_a_full_disk_it_is_configured_three_times_and_no_more(box: Box) -> None:
    box.installed("half-configured 2")
    box.fill_disk()
    assert box.watch(ON_TRIAL) == [DPKG + "--configure -a"] * 3


def test_what_dpkg_does_not_say_for_a_moment_costs_no_way_back(box: Box) -> None:
    box.installed("")
    assert box.watch() == []
    assert (box.trial / "kept.deb").exists()


def lay_last_good(box: Box, told: str) -> None:
    (box.state / "last-good").mkdir()
    (box.state / "last-good" / "plantd.yaml").write_text(told)


def keep_last_good(box: Box) -> None:
    lay_last_good(box, "of version 1")
    with tarfile.open(str(box.trial / "last-good.tar"), "w") as kept:
        kept.add(str(box.state / "last-good"), "last-good")
    (box.state / "last-good" / "plantd.yaml").write_text("of version 2")


@pytest.mark.parametrize("is_full", [False, True])
def test_a_version_that_came_back_begins_once_with_its_own_configuration(
    box: Box, is_full: bool
) -> None:
    box.installed("installed 1")
    keep_last_good(box)
    if is_full:
        box.fill_disk()
    assert box.watch() == ["systemctl restart plantd.service"]
    assert (box.state / "last-good" / "plantd.yaml").read_text() == "of version 1"
    assert (box.trial / "kept.deb").exists() == is_full


def test_a_configuration_that_cannot_be_laid_back_leaves_the_one_of_now(box: Box) -> None:
    box.installed("installed 1")
    lay_last_good(box, "of version 2")
    (box.trial / "last-good.tar").write_bytes(b"half of it")
    assert box.watch() == []
    assert (box.state / "last-good" / "plantd.yaml").read_text() == "of version 2"


def test_what_the_service_calls_a_part_is_no_command_of_roots(tmp_path: Path) -> None:
    serving, found = tmp_path / "serving", tmp_path / "found"
    serving.write_text(
        "process a\npid 1\nfault x/y/;1eid>{};# z\nfault camera gone\n".format(found)
    )
    script = '. "$1/state.sh"; . "$1/judging.sh"; SERVING=$2; forget_variables; presses=3\n'
    script += "trial_s=0 unit_active=active unit_result=success unit_restarts=0 unit_pid=1\n"
    script += 'read_serving; judge 0 yes; echo "$decision $reason"'
    said = subprocess.check_output(["sh", "-c", script, "sh", str(TRIAL), str(serving)])
    assert said.decode() == "back camera: gone\n"
    assert not found.exists()
