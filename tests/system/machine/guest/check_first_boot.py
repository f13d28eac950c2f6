"""The installed service under a real systemd: from boot to the moments that kill it."""

import grp
import json
import os
import pwd
import random
import shutil
import signal
import sqlite3
import tarfile
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Dict, Iterator, Optional

import machine
import pytest
from machine import CONFIG, LONG_ENOUGH_S, run, say, shown, wait_active, wait_for

from plantd.errors import EX_CONFIG, PlantdError
from plantd.light.fake_client import history
from plantd.system.root_requests import FILE_NAME


@pytest.fixture
def config() -> Iterator[str]:
    """The configuration's text; what a check writes is put back."""
    with open(CONFIG) as file:
        text = file.read()
    yield text
    with open(CONFIG, "w") as file:
        file.write(text)


def test_it_boots_to_ready_by_itself() -> None:
    wait_active()
    state = shown(
        "plantd", "NRestarts", "UnitFileState", "StatusText", "ActiveEnterTimestampMonotonic"
    )
    assert state["UnitFileState"] == "enabled"
    assert state["NRestarts"] == "0"
    booted = shown("", "UserspaceTimestampMonotonic")["UserspaceTimestampMonotonic"]
    took_s = (int(state["ActiveEnterTimestampMonotonic"]) - int(booted)) / 1e6
    say("ready {:.1f} s after systemd's start: {}".format(took_s, state["StatusText"]))


def test_a_press_is_one_verdict_on_socket_log_and_record() -> None:
    client = wait_active()
    pressed_at = time.monotonic()
    verdict = machine.press(client)
    assert verdict["trigger"] == "button"
    assert verdict["recorded"] is True
    assert verdict["frame"]["after_press_ms"] > 0
    lines = wait_for("its line in the log", lambda: machine.logged(verdict["seq"]))
    assert [line["verdict"] for line in lines] == [verdict["verdict"]]
    with closing(sqlite3.connect("file:{}?mode=ro".format(machine.RECORD), uri=True)) as record:
        assert record.execute(
            "SELECT count(*) FROM verdict WHERE seq = ?", (verdict["seq"],)
        ).fetchone() == (1,)
    shown_at = wait_for("the light", lambda: _shown_since(pressed_at, str(verdict["verdict"])))
    say(
        "pressed; acknowledged by the light after {:.0f} ms, answered {} after {:.0f} ms".format(
            (shown_at["acknowledged"] - pressed_at) * 1e3,
            verdict["verdict"],
            (shown_at[str(verdict["verdict"])] - pressed_at) * 1e3,
        )
    )


def _shown_since(pressed_at: float, answer: str) -> Optional[Dict[str, float]]:
    """When the fake light began which pattern, once it has shown the answer."""
    shown_at = {
        pattern: at for at, pattern in history("/run/plantd/light.sock") if at >= pressed_at
    }
    return shown_at if answer in shown_at else None


def test_every_process_of_it_is_an_ordinary_user_without_rights() -> None:
    wait_active()
    main = str(machine.pid())
    pids = [main] + run("pgrep", "--parent", main).stdout.decode().split()
    assert len(pids) >= 2, "the service and its camera process"
    uid = str(pwd.getpwnam("plantd").pw_uid)
    for pid in pids:
        with open("/proc/{}/status".format(pid)) as status:
            facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        assert set(facts["Uid"].split()) == {uid}
        assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0
        assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
        groups = {int(gid) for gid in facts["Groups"].split()}
        assert {grp.getgrnam(name).gr_gid for name in ("video", "gpio")} <= groups


def test_it_writes_where_it_may_and_only_its_group_may_look() -> None:
    wait_active()
    for path in ("/run/plantd", "/var/lib/plantd", "/var/log/plantd", "/var/cache/plantd"):
        about = os.stat(path)
        assert pwd.getpwuid(about.st_uid).pw_name == "plantd", path
        assert about.st_mode & 0o777 == 0o750, path
    assert os.stat(machine.SOCKET).st_mode & 0o777 == 0o660


def test_the_group_may_ask_and_others_are_told_which_group() -> None:
    wait_active()
    run("useradd", "-m", "-G", "plantd", "friend")
    run("useradd", "-m", "stranger")
    told = machine.as_user("friend", "plantd-cli", "status")
    assert told.returncode == 0, told.stdout.decode()
    say(told.stdout.decode().replace("\n", "\n    "))
    refused = machine.as_user("stranger", "plantd-cli", "status")
    assert refused.returncode == 77
    assert b"plantd" in refused.stdout


def test_doctor_finds_the_installed_machine_fit() -> None:
    wait_active()
    told = run("plantd", "doctor")
    say(told.stdout.decode().replace("\n", "\n    "))
    assert told.returncode == 0
    seen = machine.as_user("stranger", "plantd", "doctor").stdout.decode()
    assert "sudo plantd doctor sees it" in seen


def test_the_page_is_reached_once_the_unit_is_opened_as_doctor_says(config: str) -> None:
    with open(CONFIG, "a") as file:
        file.write("api:\n  http: 127.0.0.1:8080\n")
    assert run("systemctl", "restart", "plantd").returncode == 0
    wait_active()
    told = json.loads(run("plantd", "doctor", "--json").stdout.decode())
    (check,) = [check for check in told["checks"] if check["id"] == "network"]
    assert check["state"] == "failed"
    assert run("sh", "-ec", check["remedy"].replace("sudo ", "")).returncode == 0
    wait_active()
    with urllib.request.urlopen("http://127.0.0.1:8080/", timeout=LONG_ENOUGH_S) as page:
        assert b"plantd" in page.read()
    shutil.rmtree("/etc/systemd/system/plantd.service.d")
    with open(CONFIG, "w") as file:
        file.write(config)
    assert run("systemctl", "daemon-reload").returncode == 0
    assert run("systemctl", "restart", "plantd").returncode == 0
    assert machine.press(wait_active())["recorded"] is True


def test_a_support_bundle_holds_what_who_helps_needs(tmp_path: Path) -> None:
    wait_active()
    path = str(tmp_path / "bundle.tar.gz")
    told = run("plantd-cli", "support-bundle", path)
    assert told.returncode == 0, told.stdout.decode()
    with tarfile.open(path) as bundle:
        sizes = {os.path.basename(member.name): member.size for member in bundle}
    for name in ("status.json", "doctor.txt", "journal.txt", "kernel.txt", "log.ndjson"):
        assert sizes[name] > 0, name
    say("{} files: {}".format(len(sizes), ", ".join(sorted(sizes))))


def test_with_a_wrong_configuration_the_last_good_one_serves(config: str) -> None:
    wait_active()
    with open(CONFIG, "a") as file:
        file.write("camra: {}\n")
    assert run("systemctl", "restart", "plantd").returncode == 0
    assert "the last good configuration holds" in str(wait_active().get("/v1/status")["service"])
    with open(CONFIG, "w") as file:
        file.write(config)
    assert run("systemctl", "restart", "plantd").returncode == 0


def test_without_a_last_good_one_it_ends_with_78_and_is_not_started_again(config: str) -> None:
    wait_active()
    with open(CONFIG, "a") as file:
        file.write("camra: {}\n")
    shutil.rmtree("/var/lib/plantd/last-good")
    assert run("systemctl", "restart", "plantd").returncode != 0
    state = shown("plantd", "ExecMainStatus", "ActiveState", "NRestarts")
    # One that is to be started again would be "activating".
    assert state == {"ExecMainStatus": str(EX_CONFIG), "ActiveState": "failed", "NRestarts": "0"}
    assert b"camra" in run("journalctl", "-u", "plantd", "-n", "20", "--no-pager").stdout
    with open(CONFIG, "w") as file:
        file.write(config)
    assert run("systemctl", "restart", "plantd").returncode == 0
    wait_active()


def test_a_reload_with_a_broken_file_keeps_the_last_good_configuration(config: str) -> None:
    client = wait_active()
    before = machine.pid()
    with open(CONFIG, "a") as file:
        file.write("camra: {}\n")
    run("systemctl", "reload", "plantd")
    wait_for("a word about it", lambda: "camra" in str(client.get("/v1/status")))
    with open(CONFIG, "w") as file:
        file.write(config)
    run("systemctl", "reload", "plantd")
    wait_for("its end", lambda: "camra" not in str(client.get("/v1/status")))
    assert machine.pid() == before


def test_a_service_that_hangs_is_started_again_by_the_watchdog() -> None:
    wait_active()
    restarts, stopped_at = machine.restarts(), time.monotonic()
    os.kill(machine.pid(), signal.SIGSTOP)
    wait_for("a restart", lambda: machine.restarts() == restarts + 1)
    client = wait_active()
    assert b"atchdog timeout" in run("journalctl", "-u", "plantd", "--no-pager").stdout
    assert machine.press(client)["recorded"] is True
    say("stopped, and answering again after {:.0f} s".format(time.monotonic() - stopped_at))


def test_sigterm_in_mid_press_ends_well_and_loses_nothing() -> None:
    client = wait_active()
    before = machine.newest(client)
    answers = []

    def ask() -> None:
        try:
            answers.append(client.post("/v1/capture"))
        except PlantdError as error:
            answers.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert run("systemctl", "stop", "plantd").returncode == 0
    asking.join(LONG_ENOUGH_S)
    state = shown("plantd", "Result", "ExecMainStatus", "ActiveState")
    assert state == {"Result": "success", "ExecMainStatus": "0", "ActiveState": "inactive"}
    run("systemctl", "start", "plantd")
    client = wait_active()
    say("the one who asked got {}".format(str(answers[0])[:200]))
    if not isinstance(answers[0], PlantdError):
        assert machine.later(client, before) is not None


def test_killed_at_any_moment_the_record_stays_whole() -> None:
    client = wait_active()
    random_moments = random.Random(4)
    answered = 0
    for _ in range(int(os.environ["KILLS"])):
        before = machine.newest(client)
        threading.Thread(target=_press_quietly).start()
        threading.Event().wait(random_moments.uniform(0.0, 0.6))
        killed = machine.pid()
        os.kill(killed, signal.SIGKILL)
        wait_for("a restart", lambda killed=killed: machine.pid() not in (0, killed))
        client = wait_active()
        answered += machine.newest(client) > before
        with closing(sqlite3.connect("file:{}?mode=ro".format(machine.RECORD), uri=True)) as record:
            assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    names = os.listdir(os.path.dirname(os.path.dirname(machine.RECORD)))
    assert not [name for name in names if "broken" in name or "aside" in name], names
    say("killed {} times, {} presses were recorded before".format(os.environ["KILLS"], answered))


def _press_quietly() -> None:
    from plantd.button.fake_client import FakeButtonClient

    try:
        FakeButtonClient("/run/plantd/button.sock").press()
    except PlantdError:
        return


def test_root_restarts_the_camera_daemon_when_asked_and_not_too_often() -> None:
    wait_active()
    with open("/run/systemd/system/nvargus-daemon.service", "w") as unit:
        unit.write(
            "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo restarted >>/run/nvargus'\n"
        )
    run("systemctl", "daemon-reload")
    ask = (
        "from plantd.system.root_requests import RESTART_NVARGUS, RootRequests;"
        "RootRequests('/run/plantd').ask(RESTART_NVARGUS)"
    )
    machine.as_user("plantd", machine.PYTHON, "-c", ask)
    wait_for("a restart of nvargus-daemon", lambda: os.path.exists("/run/nvargus"))
    machine.as_user("plantd", machine.PYTHON, "-c", ask)
    wait_for("a refusal", lambda: b"refused: restart-nvargus-daemon was done less" in _root_said())
    assert not os.path.exists("/run/plantd/" + FILE_NAME)
    with open("/run/nvargus") as told:
        assert told.read() == "restarted\n"
    assert shown("plantd-root.path", "ActiveState")["ActiveState"] == "active"


def test_root_refuses_anything_else() -> None:
    wait_active()
    machine.as_user("plantd", "/bin/sh", "-c", "echo 'restart ssh' >/run/plantd/" + FILE_NAME)
    wait_for("a refusal", lambda: b"refused: 'restart ssh' is none of" in _root_said())
    assert not os.path.exists("/run/plantd/" + FILE_NAME)


def _root_said() -> bytes:
    return run("journalctl", "-u", "plantd-root", "--no-pager").stdout


def test_without_tensorrt_the_engine_unit_does_nothing() -> None:
    assert run("systemctl", "start", "plantd-engine").returncode == 0
    assert shown("plantd-engine", "ConditionResult", "ExecMainStartTimestampMonotonic") == {
        "ConditionResult": "no",
        "ExecMainStartTimestampMonotonic": "0",
    }


def test_systemd_has_nothing_to_complain_about() -> None:
    units = [
        "/etc/systemd/system/" + name
        for name in sorted(os.listdir("/etc/systemd/system"))
        if name.startswith("plantd")
    ]
    verified = run("systemd-analyze", "verify", *units)
    assert (verified.returncode, verified.stdout.decode()) == (0, "")
    exposure = run("systemd-analyze", "security", "--no-pager", "--threshold=25", "plantd.service")
    assert exposure.returncode == 0, exposure.stdout.decode()
    say(exposure.stdout.decode().splitlines()[-1])
    failed = run("systemctl", "--failed", "--no-legend", "--plain").stdout.decode()
    assert "plantd" not in failed


def test_installing_again_keeps_the_configuration_and_restarts_the_service() -> None:
    client = wait_active()
    before, seq = machine.pid(), machine.newest(client)
    with open(CONFIG) as file:
        mine = file.read()
    made = run("make", "-C", "/src", "install")
    assert made.returncode == 0, made.stdout.decode()
    client = wait_active()
    assert machine.pid() != before
    assert machine.newest(client) == seq
    with open(CONFIG) as file:
        assert file.read() == mine
    assert os.path.exists(CONFIG + ".new")
