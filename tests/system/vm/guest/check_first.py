"""First boot: the installed service on a real kernel, with a camera node and a GPIO chip."""

import json
import os
import pwd
import random
import shutil
import signal
import sqlite3
import stat
import statistics
import subprocess
import time
from contextlib import closing
from typing import Dict, Iterator, List

import machine
import pytest
import simulated
from machine import CONFIG, run, say, shown, wait_active, wait_for
from simulated import BUTTON, Listening

from plantd.errors import EX_CONFIG

PRESSES = 100
SERVICE_KILLS = 3
BOUNCES = 6
DEBOUNCE_S = 0.03  # button.debounce_ms


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    """Every check begins and ends with a finger off the button and lamps at rest."""
    BUTTON.release()
    yield
    BUTTON.release()


def test_this_is_a_kernel_with_a_camera_and_a_gpio_chip() -> None:
    say("guest kernel: " + run("uname", "-a").stdout.decode().strip())
    camera, chips = simulated.camera_node(), simulated.gpio_chips()
    say("camera node: {}\n{}".format(simulated.CAMERA, camera))
    say("GPIO chips: " + chips.replace("\n", "; "))
    assert "vivid" in camera
    assert "[tegra-gpio] (192 lines)" in chips


def test_it_boots_to_ready_by_itself() -> None:
    wait_for("an end of its start", lambda: _active_state() in ("active", "failed"))
    assert _active_state() == "active"
    state = shown(
        "plantd",
        "NRestarts",
        "UnitFileState",
        "StatusText",
        "ExecMainStartTimestampMonotonic",
        "ActiveEnterTimestampMonotonic",
    )
    assert state["UnitFileState"] == "enabled"
    assert state["NRestarts"] == "0"
    say(
        "started {:.1f} s, READY {:.1f} s after the kernel's start: {}".format(
            int(state["ExecMainStartTimestampMonotonic"]) / 1e6,
            int(state["ActiveEnterTimestampMonotonic"]) / 1e6,
            state["StatusText"],
        )
    )


def _active_state() -> str:
    return shown("plantd", "ActiveState")["ActiveState"]


def test_the_shipped_rules_give_the_devices_to_its_groups() -> None:
    for path, group in ((simulated.CAMERA, "video"), ("/dev/gpiochip0", "gpio")):
        about = os.stat(path)
        assert run("stat", "-c", "%G %a", path).stdout.decode().split() == [group, "660"]
        assert stat.S_ISCHR(about.st_mode)


def test_it_runs_as_plantd_without_any_right() -> None:
    wait_active()
    group = shown("plantd", "ControlGroup")["ControlGroup"]
    with open("/sys/fs/cgroup{}/cgroup.procs".format(group)) as procs:
        pids = procs.read().split()
    assert len(pids) >= 2, "the service and its camera process"
    uid = str(pwd.getpwnam("plantd").pw_uid)
    for pid in pids:
        with open("/proc/{}/status".format(pid)) as status:
            facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        assert set(facts["Uid"].split()) == {uid}
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(facts[kind], 16) == 0, kind
        assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
    say("{} processes, all of user plantd, no capability, seccomp on".format(len(pids)))


def test_a_press_is_one_verdict_on_socket_log_and_record() -> None:
    client = wait_active()
    before = machine.newest(client)
    listening = Listening(client, "verdict")
    simulated.press()
    verdict = listening.verdict_after(before)[1]
    assert verdict["trigger"] == "button"
    assert verdict["seq"] == before + 1
    assert verdict["recorded"] is True
    assert verdict["frame"]["after_press_ms"] > 0
    assert (verdict["frame"]["width"], verdict["frame"]["height"]) == (640, 480)
    logged = _log_line(verdict["seq"])
    assert (logged["boot_id"], logged["mono_s"]) == (verdict["boot_id"], verdict["mono_s"])
    with closing(sqlite3.connect("file:{}?mode=ro".format(machine.RECORD), uri=True)) as record:
        found = record.execute("SELECT count(*) FROM verdict WHERE seq = ?", (verdict["seq"],))
        assert found.fetchone() == (1,)
    assert client.get_bytes("/v1/verdicts/{}/picture".format(verdict["seq"]))
    say("on the socket: " + json.dumps(verdict))
    say("in the log:    " + json.dumps(logged))


def _log_line(seq: int) -> Dict[str, object]:
    """The log's one line of a verdict; it comes after the record."""
    lines = wait_for("the log's line", lambda: machine.logged(seq))
    assert len(lines) == 1
    return lines[0]


def test_a_bouncing_press_is_one_verdict() -> None:
    client = wait_active()
    before = machine.newest(client)
    listening = Listening(client, "verdict")
    for _ in range(20):
        if _bounced_fast_enough():
            break
        # The machine was held up so long that this was two presses to anybody: once more.
        listening.verdict_after(before)
        BUTTON.release()
        time.sleep(5.0)
        before = machine.newest(client)
    else:
        pytest.fail("this machine is too busy to bounce a button")
    listening.verdict_after(before)
    time.sleep(3.0)
    assert machine.newest(client) == before + 1


def _bounced_fast_enough() -> bool:
    """Bounce, end pressed; return whether no level held long enough to be a press of its own."""
    longest_s, last = 0.0, time.monotonic()
    for _ in range(BOUNCES):
        BUTTON.press()
        BUTTON.release()
        now = time.monotonic()
        longest_s, last = max(longest_s, now - last), now
    BUTTON.press()
    return longest_s < DEBOUNCE_S / 2


def test_a_stuck_button_is_a_fault_and_one_verdict() -> None:
    client = wait_active()
    before = machine.newest(client)
    listening = Listening(client)
    simulated.press()
    fault = listening.state("button", "DEGRADED")
    assert "jammed" in fault["detail"]
    say("button is {}: {}".format(fault["state"], fault["detail"]))
    assert machine.newest(client) == before + 1
    BUTTON.release()
    listening.state("button", "HEALTHY")
    assert machine.newest(client) == before + 1


def test_a_camera_that_is_unplugged_is_said_and_found_again() -> None:
    client = wait_active()
    listening = Listening(client)
    before = machine.newest(client)
    simulated.unplug_camera()
    lost = listening.state("camera", "RECOVERING", "FAILED")
    assert lost["detail"]
    say("unplugged: camera is {}: {}".format(lost["state"], lost["detail"]))
    assert client.get("/v1/status")["camera"]["state"] in ("RECOVERING", "FAILED")
    replugged_at = time.monotonic()
    simulated.replug_camera()
    listening.state("camera", "HEALTHY")
    say("replugged: HEALTHY again after {:.1f} s".format(time.monotonic() - replugged_at))
    simulated.press()
    assert listening.verdict_after(before)[1]["seq"] == before + 1
    assert shown("plantd", "NRestarts")["NRestarts"] == "0"


def test_press_to_acknowledge_and_to_verdict_over_a_hundred_presses() -> None:
    client = wait_active()
    seq = machine.newest(client)
    listening = Listening(client, "verdict")
    figures: Dict[str, List[float]] = {}
    unseen = 0
    for _ in range(PRESSES):
        pressed = simulated.press()
        unseen += pressed.unseen
        answered_at, verdict = listening.verdict_after(seq)
        BUTTON.release()
        assert verdict["seq"] == seq + 1
        seq = verdict["seq"]
        stages = dict(verdict["latency_ms"])
        stages["press to acknowledge"] = (pressed.acknowledged_at - pressed.at) * 1e3
        stages["press to verdict on the socket"] = (answered_at - pressed.at) * 1e3
        for name, ms in stages.items():
            figures.setdefault(name, []).append(ms)
        time.sleep(0.2)
    lines = ["{} presses through the GPIO chip, emulated processor (slow), in ms".format(PRESSES)]
    for name, values in figures.items():
        median, p95 = statistics.median(values), sorted(values)[int(0.95 * len(values))]
        lines.append("  {:<32} median {:7.1f}   p95 {:7.1f}".format(name, median, p95))
    lines.append("  presses made again because nobody saw them: {}".format(unseen))
    say("\n    ".join(lines))
    # A machine that is held up for longer than a finger rests sees no release; more is a fault.
    assert unseen <= PRESSES / 20


def test_doctor_looks_live_through_the_service_and_by_itself_once_that_has_stopped() -> None:
    wait_active()
    held = _doctor("--button")
    assert (held.returncode, b"held by the running plantd" in held.stdout) == (69, True)
    served = _doctor("--camera", "--seconds", "2")
    assert (served.returncode, b"as the running service sees it" in served.stdout) == (0, True)
    assert run("systemctl", "stop", "plantd").returncode == 0
    try:
        alone = _doctor("--camera", "--seconds", "6", "--save", "/host/vivid.jpg")
    finally:
        run("systemctl", "start", "plantd")
    say("doctor --camera:\n    " + alone.stdout.decode().strip().replace("\n", "\n    "))
    assert (alone.returncode, b"opened for this look" in alone.stdout) == (0, True)
    assert b"640 x 480" in alone.stdout
    assert os.path.getsize("/host/vivid.jpg") > 0
    wait_active()


def _doctor(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return run("/opt/plantd/venv/bin/python3", "-m", "plantd", "doctor", *arguments)


def test_sigterm_in_mid_press_lets_the_acknowledged_press_end() -> None:
    client = wait_active()
    before = machine.newest(client)
    simulated.press()
    assert run("systemctl", "stop", "plantd").returncode == 0
    state = shown("plantd", "Result", "ExecMainStatus", "ActiveState")
    assert state == {"Result": "success", "ExecMainStatus": "0", "ActiveState": "inactive"}
    assert _log_line(before + 1)["recorded"] is True
    BUTTON.release()
    run("systemctl", "start", "plantd")
    assert machine.newest(wait_active()) == before + 1


def test_a_wrong_configuration_ends_with_78_and_is_not_started_again() -> None:
    wait_active()
    with open(CONFIG) as file:
        text = file.read()
    try:
        with open(CONFIG, "a") as file:
            file.write("camra: {}\n")
        shutil.rmtree("/var/lib/plantd/last-good")
        assert run("systemctl", "restart", "plantd").returncode != 0
        # One that is to be started again would be "activating".
        assert shown("plantd", "ExecMainStatus", "ActiveState", "NRestarts") == {
            "ExecMainStatus": str(EX_CONFIG),
            "ActiveState": "failed",
            "NRestarts": "0",
        }
        _say_journal("camra")
    finally:
        with open(CONFIG, "w") as file:
            file.write(text)
    assert run("systemctl", "restart", "plantd").returncode == 0


def test_a_service_that_hangs_is_started_again_by_the_watchdog() -> None:
    wait_active()
    restarts, stopped_at = machine.restarts(), time.monotonic()
    os.kill(machine.pid(), signal.SIGSTOP)
    wait_for("a restart", lambda: machine.restarts() == restarts + 1)
    say("SIGSTOP; a new process after {:.0f} s".format(time.monotonic() - stopped_at))
    client = wait_active()
    say("READY again after {:.0f} s".format(time.monotonic() - stopped_at))
    _say_journal("atchdog timeout")
    before = machine.newest(client)
    listening = Listening(client, "verdict")
    simulated.press()
    assert listening.verdict_after(before)[1]["recorded"] is True


def test_killed_at_random_moments_of_a_press_the_service_comes_back_with_a_whole_record() -> None:
    chance = random.Random(6)
    heard: List[int] = []
    for _ in range(SERVICE_KILLS):
        listening = Listening(wait_active(), "verdict")
        simulated.press()
        time.sleep(chance.uniform(0.0, 1.0))
        killed = machine.pid()
        os.kill(killed, signal.SIGKILL)
        wait_for("a restart", lambda killed=killed: machine.pid() not in (0, killed))
        BUTTON.release()
        heard += [verdict["seq"] for verdict in listening.verdicts() if verdict["recorded"]]
        with closing(sqlite3.connect("file:{}?mode=ro".format(machine.RECORD), uri=True)) as record:
            assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    client = wait_active()
    assert len(set(heard)) == len(heard)
    for seq in heard:
        assert client.get("/v1/verdicts/{}".format(seq))["seq"] == seq
        assert client.get_bytes("/v1/verdicts/{}/picture".format(seq))
    assert not client.get("/v1/status")["record"]["set_aside"]
    say(
        "the service killed {} times within a second after the acknowledgement; {} verdicts were "
        "out by then, all are recorded".format(SERVICE_KILLS, len(heard))
    )


def test_what_the_next_boot_must_find_is_written_down() -> None:
    client = wait_active()
    # A press that a kill ended may have a number that no verdict bears: this one has the highest.
    listening = Listening(client, "verdict")
    before = machine.newest(client)
    simulated.press()
    last = listening.verdict_after(before)[1]
    BUTTON.release()
    verdicts = client.get("/v1/verdicts", newest=1, limit=1000)["verdicts"]
    assert len(verdicts) > PRESSES
    assert verdicts[-1]["seq"] == last["seq"]
    with open("/host/before.json", "w") as file:
        json.dump({str(verdict["seq"]): verdict for verdict in verdicts}, file)


def _say_journal(word: str) -> None:
    """Print the journal's last line with a word in it; there must be one."""
    said = run("journalctl", "-b", "-u", "plantd", "--no-pager", "-o", "short-monotonic").stdout
    lines = [line for line in said.decode().splitlines() if word in line]
    assert lines, word
    say(lines[-1])
