"""The installed service on a kernel of its own: GPIO chip, camera node, lamps, all to be touched.

The chip is the kernel's gpio-sim, the camera its vivid: simulated, but behind the same interfaces
as a board's.
"""

import grp
import os
import random
import signal
import sqlite3
import stat
import statistics
import threading
import time
from pathlib import Path
from typing import Dict, Iterator, List

import machine
import pytest
from machine import run, say, wait_active, wait_for

from plantd.api.client import Client
from plantd.button.interface import ButtonStatus
from plantd.errors import PlantdError
from plantd.gpio_lines import chips

SIM = next(Path("/sys/devices/platform").glob("gpio-sim.*/gpiochip*/sim_gpio161")).parent
BUTTON = SIM / "sim_gpio161" / "pull"
LAMPS = {"red": 109, "green": 108, "blue": 107}  # BOARD pins 19, 21, 23
CAMERA = "/dev/video0"
VIVID = Path("/sys/bus/platform/drivers/vivid")
# Longer than the debounce, shorter than a hand would be.
HOLD_S = 0.3


def hold() -> None:
    BUTTON.write_text("pull-down")


def release() -> None:
    BUTTON.write_text("pull-up")


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    yield
    release()


def lit() -> List[str]:
    """The lamps that are on now."""
    return [
        colour
        for colour, line in LAMPS.items()
        if (SIM / "sim_gpio{}".format(line) / "value").read_text().strip() == "1"
    ]


def button_status(client: Client) -> Dict[str, object]:
    status: Dict[str, object] = client.get("/v1/status")["button"]
    assert set(ButtonStatus._fields) <= set(status), status
    return status


def press(client: Client) -> Dict[str, object]:
    before = machine.newest(client)
    hold()
    try:
        return wait_for("the verdict of a press", lambda: machine.later(client, before))
    finally:
        release()


def settle(client: Client) -> None:
    """Wait until the button is armed and nothing is being answered."""
    wait_for("a calm button", lambda: button_status(client)["ok"])
    threading.Event().wait(HOLD_S)


def test_the_board_is_there() -> None:
    found = chips()
    say(
        "kernel {}, camera {}, chips {}".format(
            os.uname().release,
            Path("/sys/class/video4linux/video0/name").read_text().strip(),
            ", ".join("{} ({} lines)".format(chip.label, chip.lines) for chip in found),
        )
    )
    assert {chip.label for chip in found} == {"tegra-gpio", "tegra-gpio-aon"}
    assert stat.S_ISCHR(os.stat(CAMERA).st_mode)


def test_the_shipped_rules_give_chips_and_camera_to_their_groups() -> None:
    for path, group in [(chip.path, "gpio") for chip in chips()] + [(CAMERA, "video")]:
        about = os.stat(path)
        assert grp.getgrgid(about.st_gid).gr_name == group, path
        assert stat.S_IMODE(about.st_mode) == 0o660, path


def test_it_boots_to_ready_with_the_button_of_pin_18() -> None:
    client = wait_active()
    status = button_status(client)
    assert (status["driver"], status["line"], status["ok"]) == (
        "gpiochip",
        "tegra-gpio line 161",
        True,
    )
    with open("/proc/uptime") as uptime:
        say("ready and looked at {} s after the kernel's start".format(uptime.read().split()[0]))


def test_a_press_through_the_chip_is_one_verdict_on_socket_log_and_record() -> None:
    client = wait_active()
    settle(client)
    verdict = press(client)
    assert verdict["trigger"] == "button"
    assert verdict["frame"]["after_press_ms"] > 0
    assert verdict["recorded"] is True
    assert len(wait_for("its log line", lambda: machine.logged(verdict["seq"]))) == 1
    with sqlite3.connect("file:{}?mode=ro".format(machine.RECORD), uri=True) as record:
        count = record.execute("SELECT count(*) FROM verdict WHERE seq = ?", (verdict["seq"],))
        assert count.fetchone() == (1,)
    log = run("journalctl", "-u", "plantd", "--no-pager", "-n", "3", "-o", "cat").stdout
    say(log.decode().strip().replace("\n", "\n    "))


def test_presses_are_acknowledged_by_the_lamps_and_answered() -> None:
    client = wait_active()
    acknowledged, answered = [], []
    for _ in range(int(os.environ["PRESSES"])):
        settle(client)
        wait_for("the light at rest", lambda: lit() != list(LAMPS))
        before, pressed_at = machine.newest(client), time.monotonic()
        hold()
        wait_for("all lamps", lambda: lit() == list(LAMPS), every_s=0.002)
        acknowledged.append((time.monotonic() - pressed_at) * 1e3)
        wait_for("the verdict", lambda before=before: machine.later(client, before))
        answered.append((time.monotonic() - pressed_at) * 1e3)
        release()
    for what, times in (("lamps", acknowledged), ("verdict", answered)):
        figures = (what, statistics.median(times), max(times), len(times))
        say("press to {}: median {:.0f} ms, slowest {:.0f} ms of {}".format(*figures))


def test_a_bouncing_contact_is_no_press_and_a_bouncing_press_is_one() -> None:
    client = wait_active()
    settle(client)
    before = machine.newest(client)
    for _ in range(10):
        hold()
        release()
    settle(client)
    assert machine.newest(client) == before
    for _ in range(10):
        hold()
        release()
    verdict = press(client)
    assert verdict["seq"] == before + 1
    settle(client)
    assert machine.newest(client) == before + 1


def test_a_button_that_is_held_for_long_is_one_press_and_then_a_fault() -> None:
    client = wait_active()
    settle(client)
    before = machine.newest(client)
    hold()
    fault = wait_for("a fault", lambda: not button_status(client)["ok"] and button_status(client))
    assert "jammed" in str(fault["detail"])
    assert machine.newest(client) == before + 1
    release()
    settle(client)
    assert press(client)["seq"] == before + 2


def test_a_floating_line_is_a_fault_and_no_press() -> None:
    client = wait_active()
    settle(client)
    before = machine.newest(client)
    stop = threading.Event()

    def shake() -> None:
        while not stop.wait(0.002):
            hold()
            release()

    shaking = threading.Thread(target=shake)
    shaking.start()
    try:
        wait_for("a fault", lambda: "floats" in str(button_status(client)["detail"]))
    finally:
        stop.set()
        shaking.join()
    settle(client)
    assert machine.newest(client) == before


def test_a_camera_that_is_unplugged_is_found_again() -> None:
    client = wait_active()
    device = next(VIVID.glob("vivid.*")).name
    (VIVID / "unbind").write_text(device)
    assert not os.path.exists(CAMERA)
    wait_for("its absence", lambda: client.get("/v1/status")["camera"]["state"] != "HEALTHY")
    say("unplugged: {detail}".format(**client.get("/v1/status")["camera"]))
    with pytest.raises(PlantdError):
        client.post("/v1/capture")
    (VIVID / "bind").write_text(device)
    wait_active()
    settle(client)
    assert press(client)["recorded"] is True


def test_killed_at_any_moment_the_record_stays_whole() -> None:
    client = wait_active()
    moments = random.Random(4)
    answered = 0
    for _ in range(int(os.environ["KILLS"])):
        settle(client)
        before, killed = machine.newest(client), machine.pid()
        hold()
        threading.Event().wait(moments.uniform(0.0, 12.0))
        os.kill(killed, signal.SIGKILL)
        release()
        wait_for("a restart", lambda killed=killed: machine.pid() not in (0, killed))
        client = wait_active()
        answered += machine.newest(client) > before
        with sqlite3.connect("file:{}?mode=ro".format(machine.RECORD), uri=True) as record:
            assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    say("killed {} times, {} presses were recorded before".format(os.environ["KILLS"], answered))


def test_the_suites_of_button_and_light_pass_on_both_versions_of_the_interface() -> None:
    assert run("systemctl", "stop", "plantd").returncode == 0
    files = ["contract/test_button_contract.py", "contract/test_light_contract.py"]
    files += ["unit/test_gpio_lines.py", "unit/test_light_choice.py"]
    suite = run(
        "env",
        "PYTHONPATH=/opt/pytest:/src/tests",
        machine.PYTHON,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir=/src",
        "--import-mode=importlib",
        "-W",
        "error",
        "-rs",
        *["/src/tests/" + name for name in files],
    )
    lines = suite.stdout.decode().splitlines()
    assert suite.returncode == 0, "\n".join(lines[-60:])
    say(lines[-1])
    # Nothing may be skipped: everything that these suites need is here.
    assert "skipped" not in lines[-1]
    run("systemctl", "start", "plantd")
    wait_active()
