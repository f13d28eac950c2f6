"""After the power was off: the record is there, and it can be removed again."""

import grp
import os
import pwd

import machine
import pytest
from machine import run, wait_active


def test_the_record_is_still_there_and_goes_on() -> None:
    client = wait_active()
    verdicts = client.get("/v1/verdicts", newest=1, limit=100)["verdicts"]
    assert len(verdicts) >= 3
    boots = {verdict["boot_id"] for verdict in verdicts}
    verdict = machine.press(client)
    assert int(str(verdict["seq"])) > max(int(old["seq"]) for old in verdicts)
    assert verdict["recorded"] is True
    # A container shares the kernel's boot id, and is told a new one only by a machine.
    machine.say("{} verdicts of {} boot ids before this one".format(len(verdicts), len(boots)))


def test_uninstalling_keeps_the_data() -> None:
    wait_active()
    made = run("make", "-C", "/src", "uninstall")
    assert made.returncode == 0, made.stdout.decode()
    assert machine.shown("plantd", "LoadState")["LoadState"] == "not-found"
    assert not os.path.exists("/opt/plantd")
    assert not os.path.exists("/run/plantd")
    for kept in (machine.RECORD, machine.LOG, machine.CONFIG, "/var/lib/plantd/models/active"):
        assert os.path.exists(kept), kept


def test_installing_anew_finds_the_old_record() -> None:
    made = run("make", "-C", "/src", "install")
    assert made.returncode == 0, made.stdout.decode()
    assert run("systemctl", "start", "plantd").returncode == 0
    assert machine.newest(wait_active()) > 0


def users() -> str:
    """User plantd with its groups, without the numbers."""
    groups = sorted(group.gr_name for group in grp.getgrall() if "plantd" in group.gr_mem)
    about = pwd.getpwnam("plantd")
    return "{} {} {} {}".format(
        groups, grp.getgrgid(about.pw_gid).gr_name, about.pw_dir, about.pw_shell
    )


def test_where_there_is_no_sysusers_the_same_users_are_made() -> None:
    made_by_sysusers = users()
    program = run("which", "systemd-sysusers").stdout.decode().strip()
    purge()
    os.rename(program, program + ".aside")
    try:
        made = run("make", "-C", "/src", "install")
        assert made.returncode == 0, made.stdout.decode()
    finally:
        os.rename(program + ".aside", program)
    assert users() == made_by_sysusers
    assert grp.getgrnam("plantd-admin").gr_mem == []


def test_purging_leaves_nothing() -> None:
    os.makedirs("/etc/systemd/system/plantd-engine.service.d")  # as systemctl edit makes it
    purge()
    with pytest.raises(KeyError):
        pwd.getpwnam("plantd")
    left = run(
        "find", "/etc", "/opt", "/run", "/usr", "/var", "-xdev", "-name", "*plantd*"
    ).stdout.decode()
    assert left == ""


def purge() -> None:
    made = run("make", "-C", "/src", "uninstall", "PURGE=1")
    assert made.returncode == 0, made.stdout.decode()
