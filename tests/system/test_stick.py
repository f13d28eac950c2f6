"""A stick beside a running service: its program offers, a finger agrees, the new model answers."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from support import tiny_bundle
from support.signer import Signer

pytestmark = pytest.mark.gstreamer

TIMEOUT_S = 60
LONG_S = 0.2


@pytest.fixture
def signer(directory):
    made = Signer(directory + "/gpg")
    made.make("owner")
    yield made
    made.close()


@pytest.fixture
def running(service, sections, directory, signer):
    """State with tiny-1.0.0 active, a key, and a button that knows long presses."""
    folder = directory + "/state/models"
    tiny_bundle.make(folder + "/tiny-1.0.0")
    os.symlink("tiny-1.0.0", folder + "/active")
    os.mkdir(directory + "/keys.d")
    with open(directory + "/keys.d/owner.gpg", "wb") as target:
        target.write(signer.gpg("--export", "owner"))
    model = {"bundle": "", "keys": directory + "/keys.d"}
    service.configure(dict(sections, model=model, button={"long_press_s": LONG_S}))
    service.start()
    return service


@pytest.fixture
def stick(directory, signer):
    """A stick with a signed model."""
    made = tiny_bundle.make(directory + "/stick/plantd/tiny", version="2.0.0")
    signer.sign(made + "/manifest.yaml", "owner")
    return directory + "/stick"


def put_in(service, stick):
    """Start what the unit starts."""
    return subprocess.Popen(
        [sys.executable, "-m", "plantd.stick.command", stick, "--config", service.config_path],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stderr=subprocess.PIPE,
    )


def until(service, state):
    """Ask again and again: another process has nothing that this one could wait on."""
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT_S
    while True:
        seen = service.client.get("/v1/status")
        if (seen["stick"] or {}).get("state") == state:
            return seen
        assert time.monotonic() < deadline, seen["stick"]
        pause.wait(0.02)


def test_a_long_press_takes_the_model_that_the_stick_offers(running, stick):
    with put_in(running, stick) as program:
        assert until(running, "offered")["light"] == "offer"
        running.finger.press(2 * LONG_S)
        said = program.communicate(timeout=TIMEOUT_S)[1].decode()
    assert program.returncode == 0, said
    seen = until(running, "installed")
    assert seen["models"]["active"] == "tiny-2.0.0"
    assert seen["stick"]["name"] == "tiny-2.0.0"
    assert running.client.post("/v1/capture")["model"] == "tiny 2.0.0"
    with open(running.log_path, encoding="utf-8") as log:
        details = [json.loads(line).get("detail", "") for line in log if '"stick"' in line]
    steps = [detail.split(":")[0] for detail in details if detail.startswith("tiny-2.0.0 ")]
    words = ("offered", "agreed", "installing", "installed")
    assert steps == ["tiny-2.0.0 " + word for word in words]


def test_a_stick_that_is_pulled_out_takes_its_offer_along(running, stick):
    with put_in(running, stick) as program:
        until(running, "offered")
        shutil.rmtree(stick)
        program.terminate()
        assert program.wait(TIMEOUT_S) == 75
        program.communicate()
    assert until(running, "withdrawn")["models"]["active"] == "tiny-1.0.0"


def test_an_unsigned_model_is_refused_and_said(running, stick):
    os.unlink(stick + "/plantd/tiny/manifest.yaml.sig")
    with put_in(running, stick) as program:
        said = program.communicate(timeout=TIMEOUT_S)[1].decode()
    assert program.returncode == 65
    assert "the model is not signed" in said
    assert "the model is not signed" in until(running, "refused")["stick"]["detail"]
