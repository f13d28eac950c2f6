"""What watches a new package on trial, where dpkg or the disk fails: scripts of `debian/trial`.

Beside them stand-ins for dpkg, systemctl and the like, which write down what they are asked for;
with the real ones they are shown by make nspawn-deb.
"""

import os
import subprocess
import tarfile
from pathlib import Path
from typing import Dict, List

import pytest
from support.checkout import TOP

TRIAL = TOP / "debian" / "trial"
BOOTS = 5
SCRIPTS = ("state.sh", "judging.sh", "watch.sh", "boot.sh", "keep.sh")
LOOKS = 12
ON_TRIAL = "version 2\nbefore 1\npresses 3\ntrial_s 60\n"
GOING_BACK = ON_TRIAL + "step back\nreason it fell\n"
DPKG = "dpkg --force-confdef --force-confold "
STAND_INS = {
    "dpkg-query": 'cat "$HERE/installed"',
    "dpkg": 'echo "dpkg $*" >>"$HERE/asked"; exit 2',
    "systemctl": '[ "$1" != show ] || exec cat "$HERE/unit"; echo "systemctl $*" >>"$HERE/asked"',
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
            "/proc/sys/kernel/random/boot_id": str(here / "boot_id"),
            "/run/plantd/serving": str(here / "serving"),
        }
        for name in SCRIPTS:
            text = (TRIAL / name).read_text()
            for there, path in moved.items():
                text = text.replace("={}\n".format(there), "={}\n".format(path))
            text = text.replace("[ -d /run/systemd/system ]", "true")
            (self.trial / name).write_text(text)
        for name, body in STAND_INS.items():
            script = here / "bin" / name
            script.write_text("#!/bin/sh\n{}\n".format(body))
            script.chmod(0o755)
        (self.trial / "kept.deb").write_bytes(b"the package of before")
        (here / "unit").write_text("ActiveState=active\nMainPID=7\n")
        (here / "boot_id").write_text("boot-0\n")

    def installed(self, told: str) -> None:
        """Let dpkg say what is installed."""
        (self.here / "installed").write_text(told)

    def fill_disk(self) -> None:
        """Let no new state be written."""
        (self.trial / "trial.new").mkdir()

    def watch(self, trial: str = GOING_BACK) -> List[str]:
        """Return what was asked of dpkg and systemctl until the watch's end, or in LOOKS looks."""
        self.lay(trial)
        self.run("watch.sh")
        return self.asked()

    def lay(self, trial: str) -> None:
        """Let this be known of a trial."""
        (self.trial / "trial").write_text(trial)

    def run(self, script: str, *words: str) -> str:
        """Return what a script says."""
        path = "{}:{}".format(self.here / "bin", os.environ["PATH"])
        done = subprocess.run(
            ["sh", str(self.trial / script), *words],
            env=dict(os.environ, PATH=path, HERE=str(self.here)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.stdout.decode()

    def asked(self) -> List[str]:
        """Return what was asked of dpkg and systemctl."""
        asked = self.here / "asked"
        return asked.read_text().splitlines() if asked.exists() else []

    def known(self) -> Dict[str, str]:
        """Return what is known of a trial."""
        if not (self.trial / "trial").exists():
            return {}
        lines = (self.trial / "trial").read_text().splitlines()
        return dict(line.partition(" ")[::2] for line in lines)

    def boot(self, number: int, ends: str = "") -> None:
        """Boot the machine, which goes down by itself or is shut down."""
        (self.here / "boot_id").write_text("boot-{}\n".format(number))
        self.run("boot.sh", "begun")
        if ends:
            self.run("boot.sh", ends)


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


def test_one_that_could_not_go_back_tries_again_at_the_next_boot_and_not_before(box: Box) -> None:
    box.installed("installed 2")
    box.lay(GOING_BACK)
    box.boot(0)
    box.run("watch.sh")
    assert box.known()["ended"] == "stuck"
    box.boot(0)
    box.run("watch.sh")
    assert len(box.asked()) == 3
    box.boot(1)
    box.run("watch.sh")
    assert box.asked() == [DPKG + "--install {}/kept.deb".format(box.trial)] * 6
    assert (box.known()["ended"], box.known()["reason"]) == ("stuck", "it fell")


def test_a_machine_that_goes_down_again_and_again_with_it_goes_back(box: Box) -> None:
    box.installed("installed 2")
    box.lay(ON_TRIAL)
    for number in range(BOOTS):
        box.boot(number)
    assert (box.known()["step"], box.asked()) == ("", [])
    box.boot(BOOTS)
    # What takes the machine down does not start before the version of before is there.
    assert box.asked() == ["systemctl stop --no-block plantd.service"]
    assert box.known()["step"] == "back"
    assert "the machine went down {} times with it".format(BOOTS) in box.known()["reason"]
    (box.here / "unit").write_text("ActiveState=inactive\nResult=success\n")
    box.run("watch.sh")
    install = DPKG + "--install {}/kept.deb".format(box.trial)
    start = "systemctl start --no-block plantd.service"
    assert box.asked()[1:] == [install] * 3 + [start]


def test_a_version_that_came_back_after_that_is_started(box: Box) -> None:
    box.installed("installed 1")
    box.lay(ON_TRIAL)
    for number in range(BOOTS + 1):
        box.boot(number)
    (box.here / "unit").write_text("ActiveState=inactive\nResult=success\n")
    box.run("watch.sh")
    assert box.asked()[-1] == "systemctl restart plantd.service"
    assert box.known()["ended"] == "back"


def boot_until_held(box: Box) -> None:
    box.lay(ON_TRIAL)
    for number in range(BOOTS + 1):
        box.boot(number)
    assert box.asked() == ["systemctl stop --no-block plantd.service"]
    (box.here / "unit").write_text("ActiveState=inactive\nResult=success\n")


@pytest.mark.parametrize("fault", ["silent", "locked"])
def test_a_dpkg_that_does_nothing_does_not_keep_the_service_down_for_ever(
    box: Box, fault: str
) -> None:
    box.installed("" if fault == "silent" else "installed 2")
    (box.here / "bin" / "dpkg").write_text(
        "#!/bin/sh\necho 'dpkg frontend lock was locked by another process with pid 9'; exit 2\n"
    )
    boot_until_held(box)
    box.run("watch.sh")
    assert box.asked()[1:] == ["systemctl start --no-block plantd.service"]
    assert (box.known()["step"], box.known()["ended"]) == ("back", "")


def test_a_watch_that_begins_again_does_not_stop_what_dpkg_has_started(box: Box) -> None:
    boot_until_held(box)
    box.boot(BOOTS, "ended")
    box.boot(BOOTS)
    assert box.asked() == ["systemctl stop --no-block plantd.service"]


def test_a_machine_that_is_shut_down_counts_no_boot(box: Box) -> None:
    box.lay(ON_TRIAL)
    for number in range(3 * BOOTS):
        box.boot(number, "ended")
    assert (box.known()["step"], box.known()["boots"]) == ("", "0")


def test_a_machine_whose_plug_is_pulled_once_it_has_served_counts_no_boot(box: Box) -> None:
    box.installed("installed 2")
    (box.here / "serving").write_text("process a\npid 7\n")
    box.lay(ON_TRIAL.replace("trial_s 60", "trial_s 0"))
    for number in range(3 * BOOTS):
        box.boot(number)
        (box.here / "looks").write_text("")
        box.run("watch.sh")
    assert (box.known()["step"], box.known()["boots"]) == ("", "0")


def test_the_watch_that_ends_and_begins_again_is_no_boot(box: Box) -> None:
    box.lay(ON_TRIAL)
    for _ in range(3 * BOOTS):
        box.boot(1, "ended")
        box.boot(1)
    box.boot(2)
    assert box.known()["boots"] == "1"


def test_an_upgrade_of_a_version_on_trial_that_is_refused_leaves_it_on_trial(box: Box) -> None:
    box.installed("half-configured 2")
    box.lay(ON_TRIAL + "answered 2\n")
    assert "3 is on trial" in box.run("keep.sh", "3")
    assert (box.known()["version"], box.known()["answered"]) == ("3", "0")
    assert "2 is on trial again" in box.run("keep.sh", "3", "aborted")
    assert (box.known()["version"], box.known()["answered"]) == ("2", "2")
    assert (box.trial / "kept.deb").exists()
    assert box.asked()[-1] == "systemctl restart --no-block plantd-trial.service"


def test_the_watch_writes_no_more_once_another_version_is_on_trial(box: Box) -> None:
    box.installed("half-configured 2")
    box.lay(ON_TRIAL)
    # The watch was counting when it was stopped.
    counted = '[ "$*" != "stop plantd-trial.service" ] || echo "answered 2" >>"{}/trial"\n'
    with (box.here / "bin" / "systemctl").open("a") as systemctl:
        systemctl.write(counted.format(box.trial))
    box.run("keep.sh", "3")
    assert box.asked() == [
        "systemctl stop plantd-trial.service",
        "systemctl restart --no-block plantd-trial.service",
    ]
    assert (box.known()["version"], box.known()["answered"]) == ("3", "0")
    assert "answered 2\n" in (box.trial / "trial.paused").read_text()


def test_a_trial_that_is_passed_as_the_next_version_comes_is_over(box: Box) -> None:
    box.installed("half-configured 2")
    box.lay(ON_TRIAL)
    passed = '[ "$*" != "stop plantd-trial.service" ] || echo "ended passed" >>"{}/trial"\n'
    with (box.here / "bin" / "systemctl").open("a") as systemctl:
        systemctl.write(passed.format(box.trial))
    # Nothing here says that 2 serves, so that it is not kept either.
    assert "3 gets no trial" in box.run("keep.sh", "3")
    assert (box.known()["version"], box.known()["before"]) == ("3", "2")


def test_one_that_is_cut_and_not_installed_leaves_it_on_trial_too(box: Box) -> None:
    box.lay(ON_TRIAL + "answered 2\n")
    box.installed("half-configured 2")
    box.run("keep.sh", "3")
    box.installed("installed 2")
    box.run("watch.sh")
    assert (box.known()["version"], box.known()["answered"]) == ("2", "2")
    assert (box.trial / "kept.deb").exists()


def test_an_upgrade_that_is_refused_while_nothing_was_on_trial_says_that_nothing_is(
    box: Box,
) -> None:
    box.lay(ON_TRIAL)
    box.installed("half-configured 1")
    assert "2 was not installed" in box.run("keep.sh", "2", "aborted")
    assert box.known() == {}
    assert not (box.trial / "kept.deb").exists()


def test_the_way_back_by_hand_ends_the_trial_only_once_it_is_gone(box: Box) -> None:
    box.lay(ON_TRIAL + "answered 2\n")
    box.installed("half-configured 2")
    box.run("keep.sh", "1")
    assert box.known()["answered"] == "2"
    box.installed("installed 1")
    assert "the trial of 2 is over" in box.run("watch.sh")
    assert box.known() == {}


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
