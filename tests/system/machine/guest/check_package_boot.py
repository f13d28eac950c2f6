"""The Debian packages under a real systemd, from boot to purge, in this order."""

import glob
import os
import pwd
import re
import subprocess
from typing import Callable, Dict, List

import machine
import pytest
from machine import CONFIG, run, shown, wait_active

README = "/src/README.md"
PACKAGES = glob.glob("/host/packages/*.deb")
(NEXT,) = glob.glob("/host/packages/next/*.deb")
APT = ["apt-get", "--quiet", "--yes"]
KEEP = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
MACHINE = "/host/plantd.yaml"


def apt(*words: str) -> str:
    """Return what apt-get says; it must end well. There is no network here."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(
        APT + KEEP + list(words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=environment,
        check=False,
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    return said


def test_a_fresh_installation_is_ready_at_boot_and_says_what_is_missing() -> None:
    # It asks for a Jetson's camera, and there is none: the service serves all the same.
    machine.wait_for("READY", lambda: shown("plantd", "ActiveState")["ActiveState"] == "active")
    state = shown("plantd", "NRestarts", "UnitFileState", "FragmentPath")
    assert state == {
        "NRestarts": "0",
        "UnitFileState": "enabled",
        "FragmentPath": "/lib/systemd/system/plantd.service",
    }
    assert shown("plantd-root.path", "ActiveState")["ActiveState"] == "active"
    assert shown("plantd-engine", "UnitFileState")["UnitFileState"] == "enabled"


def test_a_press_is_answered_and_recorded() -> None:
    with open(MACHINE) as mine, open(CONFIG, "w") as config:
        config.write(mine.read())
    assert run("systemctl", "restart", "plantd").returncode == 0
    verdict = machine.press(wait_active())
    assert verdict["trigger"] == "button"
    assert verdict["recorded"] is True
    assert verdict["model"]


def test_an_upgrade_restarts_the_service_and_keeps_configuration_and_record() -> None:
    client = wait_active()
    before, seq, old = machine.pid(), machine.newest(client), version()
    apt("install", NEXT)
    client = wait_active()
    assert machine.pid() != before
    assert version() == old + ".1"
    assert "plantd {}.1".format(old) in run("plantd-cli", "status").stdout.decode()
    assert machine.newest(client) == seq
    with open(MACHINE) as mine, open(CONFIG) as config:
        assert config.read() == mine.read()
    assert int(str(machine.press(client)["seq"])) == seq + 1


def version() -> str:
    return run("plantd", "--version").stdout.decode().split()[1]


def test_the_rules_of_the_units_hold_for_it_too() -> None:
    wait_active()
    exposure = run("systemd-analyze", "security", "--no-pager", "--threshold=25", "plantd.service")
    assert exposure.returncode == 0, exposure.stdout.decode()
    doctor = run("plantd", "doctor")
    assert doctor.returncode == 0, doctor.stdout.decode()


def test_removing_stops_the_service_and_keeps_the_data() -> None:
    wait_active()
    apt("remove", "plantd")
    assert shown("plantd", "LoadState", "ActiveState") in (
        {"LoadState": "not-found", "ActiveState": "inactive"},
        {"LoadState": "masked", "ActiveState": "inactive"},
    )
    assert not os.path.exists("/opt/plantd")
    assert not os.path.exists("/run/plantd")
    for kept in (machine.RECORD, machine.LOG, CONFIG, "/var/lib/plantd/models/active"):
        assert os.path.exists(kept), kept


def test_installed_again_it_starts_by_itself_and_finds_the_old_record() -> None:
    apt("install", *[path for path in PACKAGES if "model" in path], NEXT)
    client = wait_active()
    assert machine.newest(client) > 0
    assert machine.press(client)["recorded"] is True


def test_purging_leaves_nothing() -> None:
    wait_active()
    apt("purge", "plantd", "plantd-model-plants70")
    with pytest.raises(KeyError):
        pwd.getpwnam("plantd")
    left = run(
        "find", "/etc", "/opt", "/run", "/usr", "/var", "-xdev", "-name", "*plantd*"
    ).stdout.decode()
    assert left == ""
    failed = run("systemctl", "--failed", "--no-legend", "--plain").stdout.decode()
    assert "plantd" not in failed


def steps() -> List[str]:
    """Return the numbered commands of README's way to the first press, with apt in the first."""
    with open(README, encoding="utf-8") as readme:
        section = readme.read().partition("to the first press:")[2].partition("```\n")[2]
    lines = section.partition("```")[0].splitlines()
    commands = [re.match(r"(.*?)\s+# (\d)(.*)", line) for line in lines]
    assert [int(found.group(2)) for found in commands if found] == list(range(1, len(lines) + 1))
    typed = [found.group(1) for found in commands if found]
    by_apt = commands[0].group(3).partition("also: ")[2] if commands[0] else ""
    return [by_apt] + typed[1:]


def type_in(command: str) -> None:
    """Do it as root, where the packages lie, and say yes where apt asks."""
    with open("/tmp/yes.conf", "w") as settings:
        settings.write('APT::Get::Assume-Yes "true";\n')
    done = subprocess.run(
        command.replace("sudo ", ""),
        shell=True,
        cwd="/host/packages",
        env=dict(os.environ, APT_CONFIG="/tmp/yes.conf", DEBIAN_FRONTEND="noninteractive"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, command + "\n" + done.stdout.decode()


def edit(_command: str) -> None:
    with open(MACHINE) as mine, open(CONFIG, "w") as config:
        config.write(mine.read())


def watch(command: str) -> None:
    """Press until what watches has seen it."""
    client = wait_active()
    with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE) as watching:
        while watching.poll() is None:
            machine.press(client)
        assert watching.returncode == 0
        assert watching.stdout is not None
        machine.say(watching.stdout.read().decode())


BY_HAND: Dict[str, Callable[[str], None]] = {
    "sudo editor /etc/plantd/plantd.yaml": edit,
    "plantd-cli watch -n 1": watch,
}


def test_the_steps_of_the_readme_lead_to_the_first_press() -> None:
    typed = steps()
    assert set(BY_HAND) <= set(typed)
    for command in typed:
        machine.say("$ " + command)
        BY_HAND.get(command, type_in)(command)
    assert machine.newest(wait_active()) > 0
