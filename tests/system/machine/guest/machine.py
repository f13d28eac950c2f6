"""What the checks share: systemd asked about the service, and waiting for what it becomes."""

import json
import subprocess
import sys
import time
from typing import Callable, Dict, List, Optional, TypeVar

from plantd.api.client import Client
from plantd.button.fake_client import FakeButtonClient

SOCKET = "/run/plantd/plantd.sock"
LOG = "/var/log/plantd/plantd.ndjson"
RECORD = "/var/lib/plantd/record/record.db"
CONFIG = "/etc/plantd/plantd.yaml"
PYTHON = "/opt/plantd/venv/bin/python3"
# A simulated processor takes minutes for what a real one does in seconds.
LONG_ENOUGH_S = 600.0
# One for all presses: a finger that comes again before its release counts is bounce to the button.
FINGER = FakeButtonClient("/run/plantd/button.sock")

Found = TypeVar("Found")


def run(*command: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a command; its output is kept."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def as_user(user: str, *command: str) -> "subprocess.CompletedProcess[bytes]":
    return run("runuser", "-u", user, "--", *command)


def shown(unit: str, *names: str) -> Dict[str, str]:
    """What systemd knows of a unit, of itself where `unit` is empty."""
    of = [unit] if unit else []
    out = run("systemctl", "show", "-p", ",".join(names), *of).stdout.decode()
    return dict(line.split("=", 1) for line in out.splitlines())


def pid() -> int:
    return int(shown("plantd", "MainPID")["MainPID"])


def restarts() -> int:
    return int(shown("plantd", "NRestarts")["NRestarts"])


def wait_for(what: str, found: Callable[[], Optional[Found]], every_s: float = 0.05) -> Found:
    """Return what `found` returns as soon as it is true; fail saying `what` after a long time."""
    until = time.monotonic() + LONG_ENOUGH_S
    while time.monotonic() < until:
        answer = found()
        if answer:
            return answer
        time.sleep(every_s)
    raise AssertionError("{} did not come within {:.0f} s".format(what, LONG_ENOUGH_S))


def wait_active() -> Client:
    """Wait until systemd says that the service is ready, and the camera delivers."""
    wait_for("READY", lambda: shown("plantd", "ActiveState")["ActiveState"] == "active")
    client = Client(SOCKET, 30.0)
    wait_for("a camera frame", lambda: client.get("/v1/status")["camera"]["state"] == "HEALTHY")
    return client


def press(client: Client) -> Dict[str, object]:
    """Press the button through its socket and return the verdict that comes of it."""
    before = newest(client)
    FINGER.press()
    return wait_for("the verdict of a press", lambda: later(client, before))


def newest(client: Client) -> int:
    verdicts = client.get("/v1/verdicts", newest=1, limit=1)["verdicts"]
    return int(verdicts[-1]["seq"]) if verdicts else 0


def later(client: Client, seq: int) -> Optional[Dict[str, object]]:
    verdicts: List[Dict[str, object]] = client.get("/v1/verdicts", after=seq, limit=1)["verdicts"]
    return verdicts[0] if verdicts else None


def logged(seq: object) -> List[Dict[str, object]]:
    """The log's lines of a verdict; they come after the record."""
    with open(LOG, encoding="utf-8") as log:
        events = [json.loads(line) for line in log if line.endswith("\n")]
    return [e for e in events if e.get("type") == "verdict" and e.get("seq") == seq]


def say(text: str) -> None:
    """Print a figure or a line for whoever reads the run."""
    sys.stdout.write("\n    " + text + "\n")
