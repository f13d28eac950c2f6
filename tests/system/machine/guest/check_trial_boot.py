"""New versions of the package on trial: what passes, and what goes back by itself.

The tests run in this order; each ends with the version that was there in the beginning.
"""

import glob
import json
import os
import signal
import subprocess
from typing import Any, Callable, Dict, Iterator

import machine
import pytest
from machine import CONFIG, run, shown, wait_active, wait_for

(DEB,) = glob.glob("/host/packages/plantd_*.deb")
(NEXT,) = glob.glob("/host/packages/next/*.deb")
BROKEN, REFUSED, UNCONFIGURABLE, NEW_KEY = (
    glob.glob("/host/packages/{}/*.deb".format(fault))[0]
    for fault in ("import", "preinst", "postinst", "key")
)
KEPT = "/var/lib/plantd-trial/kept.deb"
STATE = "/var/lib/plantd-trial/trial"
PIN = "/etc/apt/preferences.d/plantd-trial"
MACHINE = "/host/plantd.yaml"
SETTINGS = "update:\n  trial_s: 30\n"
APT = ["apt-get", "--quiet", "--yes", "--allow-downgrades"]
KEEP = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]


def apt(*words: str, expect: int = 0) -> str:
    """Return what apt-get says. There is no network here."""
    done = subprocess.run(
        APT + KEEP + list(words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C"),
        check=False,
    )
    said = done.stdout.decode()
    assert done.returncode == expect, said
    return said


def field(deb: str, name: str) -> str:
    return run("dpkg-deb", "--field", deb, name).stdout.decode().strip()


def installed() -> str:
    """Return status and version, as dpkg has them."""
    shown_as = "--showformat=${db:Status-Status} ${Version}"
    return run("dpkg-query", "--show", shown_as, "plantd").stdout.decode()


OLD = field(DEB, "Version")


def status() -> Dict[str, Any]:
    done = run("plantd-cli", "status", "--json")
    assert done.returncode == 0, done.stdout.decode()
    told: Dict[str, Any] = json.loads(done.stdout.decode())
    return told


def on_trial() -> Dict[str, str]:
    """Return what root has written; nothing where there is no trial."""
    try:
        with open(STATE) as state:
            return dict(line.rstrip("\n").partition(" ")[::2] for line in state)
    except FileNotFoundError:
        return {}


def configure(more: str = "") -> None:
    with open(MACHINE) as mine, open(CONFIG, "w") as config:
        config.write(mine.read() + SETTINGS + more)


def serve() -> None:
    """Wait until the service says of itself that it serves."""
    wait_active()
    name = "/run/plantd/serving"
    wait_for("what it says of itself", lambda: "pid {}\n".format(machine.pid()) in read(name))


def read(path: str) -> str:
    try:
        with open(path) as source:
            return source.read()
    except FileNotFoundError:
        return ""


def came_back(deb: str, reason: str) -> None:
    """Wait until the version of before is there again, serves, and says why."""
    wait_for("the end of the trial", lambda: on_trial().get("ended"), every_s=0.5)
    assert (on_trial()["ended"], installed()) == ("back", "installed " + OLD), read(STATE)
    assert reason in on_trial()["reason"]
    client = wait_active()
    assert machine.press(client)["recorded"] is True
    told = "plantd {} was on trial and went back by itself to plantd {}: ".format(
        field(deb, "Version"), OLD
    )
    wait_for("the news in the status", lambda: (status()["update"] or {}).get("ended") == "back")
    assert told in " ".join(run("plantd-cli", "status").stdout.decode().split())
    said = run("journalctl", "--no-pager", "-o", "cat", "-u", "plantd-trial").stdout.decode()
    assert told.replace("plantd ", "plantd: ", 1) in said
    wait_for("the news as a state", lambda: told in " ".join(status()["service"]["degraded"]))
    assert not os.path.exists(KEPT)
    assert run("dpkg", "--audit").stdout == b""


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    """Before and after each test the box has its configuration and the version of the beginning."""
    configure()
    run("systemctl", "restart", "plantd")
    serve()
    assert installed() == "installed " + OLD
    yield
    configure()


def test_what_is_kept_is_the_package_as_it_was_installed() -> None:
    apt("install", NEXT)
    machine.say("kept: {:.0f} MB".format(os.path.getsize(KEPT) / 1e6))
    assert on_trial()["before"] == OLD
    for name, deb in (("shipped", DEB), ("kept", KEPT)):
        assert run("dpkg-deb", "--raw-extract", deb, "/tmp/" + name).returncode == 0
    # This machine's dpkg leaves manuals and documents out.
    left_out = ["-x", "control", "-x", "man", "-x", "doc"]
    differing = run("diff", "-r", "--no-dereference", *left_out, "/tmp/shipped", "/tmp/kept")
    assert differing.stdout.decode() == ""
    names = [
        sorted(
            line
            for line in run("find", "/tmp/" + each, "-printf", "%P %M %u %g %l\n")
            .stdout.decode()
            .splitlines()
            if not line.startswith(("usr/share/man", "usr/share/doc"))
        )
        for each in ("shipped", "kept")
    ]
    for each in ("Package", "Version", "Architecture", "Depends", "Recommends", "Description"):
        assert field(KEPT, each) == field(DEB, each)
    run("rm", "-r", "/tmp/shipped", "/tmp/kept")
    assert names[0] == names[1]
    wait_for("what the service tells", lambda: status()["update"])
    assert status()["update"]["before"] == OLD
    # By hand the way back is open, and the trial over.
    by_hand()
    assert not os.path.exists(PIN)


def by_hand() -> None:
    """Install the version of before, which ends the trial."""
    apt("install", DEB)
    wait_for("the end of the trial", lambda: on_trial() == {}, every_s=0.5)
    assert not os.path.exists(KEPT)


def test_one_on_trial_stays_so_where_its_upgrade_is_refused() -> None:
    apt("install", NEXT)
    serve()
    machine.press(wait_active())
    wait_for("its press", lambda: on_trial().get("answered") == "1", every_s=0.5)
    assert "is on trial again" in apt("install", REFUSED, expect=100)
    assert (on_trial()["version"], on_trial()["answered"]) == (field(NEXT, "Version"), "1")
    assert os.path.exists(KEPT)
    by_hand()


def test_a_version_with_which_the_machine_goes_down_again_and_again_goes_back() -> None:
    apt("install", NEXT)
    serve()
    run("systemctl", "stop", "plantd-trial")
    assert on_trial()["boot_state"] == "off"
    told = dict(on_trial(), boot="the one before", boot_state="up", boots="4")
    with open(STATE, "w") as state:
        state.writelines("{} {}\n".format(*pair) for pair in told.items())
    run("systemctl", "start", "--no-block", "plantd-trial")
    came_back(NEXT, "the machine went down 5 times with it")


def test_a_version_that_answers_its_presses_passes() -> None:
    apt("install", NEXT)
    serve()
    client = wait_active()
    for _ in range(3):
        machine.press(client)
    wait_for("the end of the trial", lambda: on_trial()["ended"], every_s=0.5)
    assert (on_trial()["ended"], on_trial()["answered"]) == ("passed", "3")
    assert not os.path.exists(KEPT)
    assert installed() == "installed " + field(NEXT, "Version")
    assert status()["update"] is None
    wait_for("the watch's end", lambda: not is_watching())
    run("systemctl", "stop", "plantd")
    apt("install", DEB)
    run("systemctl", "restart", "plantd")


def is_watching() -> bool:
    return shown("plantd-trial", "ActiveState")["ActiveState"] == "active"


def test_without_a_service_that_runs_there_is_no_trial_and_that_is_said() -> None:
    run("systemctl", "stop", "plantd")
    assert "gets no trial" in apt("install", NEXT)
    wait_active()
    wait_for("what the service tells", lambda: (status()["update"] or {}).get("ended") == "untried")
    run("systemctl", "stop", "plantd")
    apt("install", DEB)
    run("systemctl", "start", "plantd")


def test_a_version_that_cannot_be_loaded_goes_back_by_itself() -> None:
    seq = machine.newest(wait_active())
    with open(CONFIG) as config:
        mine = config.read()
    apt("install", BROKEN)
    assert run("plantd", "--version").returncode != 0
    came_back(BROKEN, "the service ended ")
    with open(CONFIG) as config:
        assert config.read() == mine
    assert machine.newest(wait_active()) == seq + 1


def test_apt_takes_it_again_only_where_it_is_asked_for_by_its_number() -> None:
    lists = "/etc/apt/sources.list.d/local.list"
    with open(lists, "w") as target:
        target.write("deb [trusted=yes] file:/host/packages/import ./\n")
    only = ["-o", "Dir::Etc::SourceList=" + lists, "-o", "Dir::Etc::SourceParts=-"]
    apt("update", *only)
    new = field(BROKEN, "Version")
    assert new in apt("--simulate", "install", "plantd=" + new, *only)
    assert "Inst plantd" not in apt("--simulate", "dist-upgrade", *only)
    os.rename(PIN, "/etc/apt/pin")
    assert "Inst plantd" in apt("--simulate", "dist-upgrade", *only)
    os.rename("/etc/apt/pin", PIN)
    os.unlink(lists)


def test_a_version_that_ends_again_and_again_goes_back_to_a_configuration_that_fits() -> None:
    seq = machine.newest(wait_active())
    apt("install", NEW_KEY)
    configure("  new_key: 2\n")
    assert run("systemctl", "restart", "plantd").returncode == 0
    serve()
    for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        killed = machine.pid()
        # To SIGTERM it ends with 0, as if it had been stopped.
        os.kill(killed, how)
        wait_for("the next process", lambda: machine.pid() not in (0, killed))  # noqa: B023
    came_back(NEW_KEY, "the service ended ")
    assert "new_key" in " ".join(status()["service"]["degraded"])
    assert "new_key" in read(CONFIG)
    assert machine.newest(wait_active()) > seq


def test_a_version_that_cannot_be_configured_goes_back() -> None:
    apt("install", UNCONFIGURABLE, expect=100)
    came_back(UNCONFIGURABLE, "the package could not be configured")


def half_installed() -> bool:
    return installed().startswith("half-installed")


def old_unpacked() -> bool:
    return installed() in ("unpacked " + OLD, "half-configured " + OLD)


MOMENTS: Dict[str, Callable[[], bool]] = {
    "decided": lambda: on_trial().get("step") == "back",
    "unpacking": lambda: on_trial().get("step") == "back" and half_installed(),
    "unpacked": lambda: on_trial().get("step") == "back" and old_unpacked(),
    "installed": lambda: on_trial().get("step") == "back" and installed() == "installed " + OLD,
}


@pytest.mark.parametrize("moment", sorted(MOMENTS))
def test_going_back_that_is_cut_goes_on(moment: str) -> None:
    apt("install", BROKEN)
    wait_for(moment, MOMENTS[moment], every_s=0.002)
    kill_watch()
    machine.say("cut: {}, {}".format(moment, installed()))
    came_back(BROKEN, "the service ended ")


def kill_watch() -> None:
    """Kill what watches and what it has begun; systemd starts it anew, as the next boot would."""
    killed = run("systemctl", "kill", "--kill-who=all", "--signal=KILL", "plantd-trial.service")
    assert killed.returncode == 0, killed.stdout.decode()


def test_an_upgrade_that_is_cut_ends_whole() -> None:
    command = ["dpkg", "--force-confdef", "--force-confold", "--install", NEXT]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as dpkg:
        wait_for("dpkg at work", half_installed, every_s=0.002)
        os.killpg(dpkg.pid, signal.SIGKILL)
    machine.say("cut: " + installed())
    kill_watch()
    wait_for("a whole package", lambda: installed().startswith("installed "), every_s=0.5)
    wait_for(
        "the watch's end", lambda: not is_watching() or on_trial().get("ended") == "", every_s=0.5
    )
    client = wait_active()
    assert machine.press(client)["recorded"] is True
    assert run("dpkg", "--audit").stdout == b""
    # It was no fault of the version: apt may try again.
    assert field(NEXT, "Version") not in read(PIN)
    machine.say("ended: {}, {}".format(installed(), on_trial().get("reason")))
    if installed() != "installed " + OLD:
        apt("install", DEB)
