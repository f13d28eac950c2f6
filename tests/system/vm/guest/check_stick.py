"""USB sticks are put into the box and pulled out: udev, the unit, the light and a finger."""

import os
import shutil
from pathlib import Path
from typing import Iterator, List

import machine
import pytest
from machine import CONFIG, run, say, shown, wait_active, wait_for
from simulated import BUTTON

from plantd.api.client import Client

MODELS = Path("/var/lib/plantd/models")
KEYS = Path("/etc/plantd/keys.d")
HAND = Path("/host/hand")
ELSEWHERE = "/mnt"
MODEL = "model:\n  bundle: /opt/tiny\n"
WITH_STICKS = "model:\n  stick_s: 1000\n"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """The service with tiny 1.0.0 of its store, a key, and a button that knows long presses."""
    shutil.copytree("/opt/tiny", str(MODELS / "tiny-1.0.0"))
    os.symlink("tiny-1.0.0", str(MODELS / "new"))
    os.replace(str(MODELS / "new"), str(MODELS / "active"))
    run("chown", "-hR", "plantd:plantd", str(MODELS))
    KEYS.mkdir(exist_ok=True)
    shutil.copy("/host/owner.gpg", str(KEYS))
    configure(MODEL, WITH_STICKS)
    configure("long_press_s: 0", "long_press_s: 2")
    assert run("systemctl", "restart", "plantd").returncode == 0
    started = wait_active()
    assert started.get("/v1/status")["models"]["active"] == "tiny-1.0.0"
    yield started
    BUTTON.release()


def configure(before: str, after: str) -> None:
    text = Path(CONFIG).read_text()
    assert before in text
    Path(CONFIG).write_text(text.replace(before, after))


def move(what: str, name: str) -> None:
    """Put a stick in, or pull it out; the machine's owner does so outside."""
    asked = Path("/host/hand.new")
    asked.write_text("{} {}\n".format(what, name))
    os.rename(str(asked), str(HAND))


def put_in(name: str) -> str:
    """Put a stick in; return its partition's name once the kernel has it."""
    move("put-in", name)
    found = wait_for("a partition", lambda: list(Path("/sys/class/block").glob("sd?1")))
    return found[0].name


def pull_out(name: str, partition: str) -> None:
    move("pull-out", name)
    wait_for("its end", lambda: not Path("/sys/class/block", partition).exists())


def wait_for_stick(client: Client, *states: str) -> str:
    """Wait until the service says one of these of the stick; return what else it says."""

    def told() -> str:
        stick = client.get("/v1/status")["stick"] or {"state": "", "detail": ""}
        return stick["detail"] if stick["state"] in states else ""

    return wait_for(" or ".join(states), told, every_s=0.5)


def make_sure_it_has_ended(partition: str) -> None:
    """The unit is over and no failure, nothing is mounted, and the service has lived on."""
    unit = "plantd-stick@" + partition
    wait_for("the unit's end", lambda: shown(unit, "ActiveState")["ActiveState"] == "inactive")
    assert shown(unit, "Result") == {"Result": "success"}
    failed = run("systemctl", "list-units", "--failed", "--plain", "--no-legend", "plantd*")
    assert not failed.stdout
    assert "plantd-stick" not in Path("/proc/mounts").read_text()
    assert not Path("/run/plantd-stick", partition).exists()
    assert shown("plantd", "NRestarts", "ActiveState") == {
        "NRestarts": "0",
        "ActiveState": "active",
    }


def journal_of(partition: str) -> str:
    said = run("journalctl", "-b", "-u", "plantd-stick@" + partition, "--no-pager", "-o", "cat")
    return said.stdout.decode()


def test_a_stick_that_is_pulled_out_in_its_offer_leaves_nothing(client: Client) -> None:
    partition = put_in("signed")
    say("offered: " + wait_for_stick(client, "offered"))
    status = client.get("/v1/status")
    assert (status["light"], status["stick"]["name"]) == ("offer", "tiny-2.0.0")
    mounted = next(line for line in _mounts() if "plantd-stick" in line)
    assert mounted.split()[2] == "vfat"
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(mounted.split()[3].split(","))
    pull_out("signed", partition)
    say("pulled out: " + wait_for_stick(client, "withdrawn"))
    make_sure_it_has_ended(partition)
    assert client.get("/v1/status")["models"]["active"] == "tiny-1.0.0"


def _mounts() -> List[str]:
    return Path("/proc/mounts").read_text().splitlines()


def test_a_long_press_takes_the_model_that_a_stick_offers(client: Client) -> None:
    partition = put_in("signed")
    wait_for_stick(client, "offered")
    BUTTON.press()
    wait_for_stick(client, "agreed", "installing", "installed")
    BUTTON.release()
    say("taken: " + wait_for_stick(client, "installed"))
    assert client.get("/v1/status")["models"]["active"] == "tiny-2.0.0"
    assert client.post("/v1/capture")["model"] == "tiny 2.0.0"
    make_sure_it_has_ended(partition)
    pull_out("signed", partition)


def test_what_nobody_signed_is_refused(client: Client) -> None:
    partition = put_in("unsigned")
    said = wait_for_stick(client, "refused")
    say("refused: " + said)
    assert "the model is not signed" in said
    make_sure_it_has_ended(partition)


def test_a_stick_that_somebody_writes_to_is_told_and_left_alone(client: Client) -> None:
    (partition,) = [path.name for path in Path("/sys/class/block").glob("sd?1")]
    assert run("mount", "/dev/" + partition, ELSEWHERE).returncode == 0
    try:
        assert run("systemctl", "start", "plantd-stick@" + partition).returncode == 0
        stick = client.get("/v1/status")["stick"]
    finally:
        assert run("umount", ELSEWHERE).returncode == 0
    say("in use: " + stick["detail"])
    assert (stick["state"], stick["name"]) == ("refused", partition)
    assert "mounted at '/mnt'" in stick["detail"]
    make_sure_it_has_ended(partition)


def test_a_disk_of_the_system_is_left_alone_without_a_word(client: Client) -> None:
    (partition,) = [path.name for path in Path("/sys/class/block").glob("sd?1")]
    before, fstab = client.get("/v1/status")["stick"], Path("/etc/fstab")
    kept = fstab.read_text() if fstab.exists() else ""
    fstab.write_text(kept + "/dev/{} /srv vfat nofail 0 2\n".format(partition))
    try:
        assert run("systemctl", "start", "plantd-stick@" + partition).returncode == 0
    finally:
        fstab.write_text(kept)
    assert client.get("/v1/status")["stick"] == before
    assert "is left alone: /etc/fstab has it at /srv" in journal_of(partition)
    make_sure_it_has_ended(partition)


def test_where_sticks_are_not_looked_at_none_is_mounted(client: Client) -> None:
    (partition,) = [path.name for path in Path("/sys/class/block").glob("sd?1")]
    configure("stick_s: 1000", "stick_s: 0")
    assert run("systemctl", "start", "plantd-stick@" + partition).returncode == 0
    said = journal_of(partition).split("model.stick_s is 0")
    assert len(said) == 2
    # What umount says afterwards.
    assert "not mounted" in said[1]
    make_sure_it_has_ended(partition)
    pull_out("unsigned", partition)
    assert machine.restarts() == 0
