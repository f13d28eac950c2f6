"""Models in a running service, as users change them: plantd-cli, the socket, the store."""

import json
import os
import subprocess
import sys
import tarfile
import threading
import time

import numpy as np
import pytest
from support import tiny_bundle

from plantd import bundle
from plantd.errors import BundleError, EngineError, NotFoundError, PlantdError, UsageError

pytestmark = pytest.mark.gstreamer

TIMEOUT_S = 60


@pytest.fixture
def store(directory):
    """State with tiny-1.0.0 active, as `make install` leaves it."""
    folder = directory + "/state/models"
    tiny_bundle.make(folder + "/tiny-1.0.0")
    os.symlink("tiny-1.0.0", folder + "/active")
    return folder


@pytest.fixture
def running(service, sections, store):
    service.configure(dict(sections, model={"bundle": ""}))
    service.start()
    return service


@pytest.fixture
def other(directory):
    """A newer bundle, as an archive on a stick; it takes green for hemlock."""
    made = tiny_bundle.make(directory + "/stick/tiny", version="2.0.0")
    path = directory + "/stick/tiny-2.0.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(made, "tiny")
    return path


def cli(service, *arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "plantd.cli", "model", *arguments, "--config", service.config_path],
        env=dict(
            os.environ, PYTHONPATH=os.pathsep.join(sys.path), PLANTD_SOCKET=service.socket_path
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    return (done.stderr if code else done.stdout).decode()


def title(service):
    return service.client.post("/v1/capture")["model"]


def until(holds):
    """Ask again and again: another process has nothing that this one could wait on."""
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def events_until(service, detail):
    """Collect the states of part "model" until one whose detail has the text; in a thread."""
    seen, begun, found = [], threading.Event(), threading.Event()

    def listen():
        # Telemetry comes several times a second, so that it is known when listening began.
        for event in service.client.events(types="state,telemetry"):
            begun.set()
            if event.get("part") == "model":
                seen.append((event["state"], event["detail"]))
                if detail in event["detail"]:
                    found.set()
                    return

    threading.Thread(target=listen, daemon=True).start()
    assert begun.wait(TIMEOUT_S)
    return seen, found


def damage_answers(path):
    """Make the golden outputs those of another network, with the right hashes."""
    golden = os.path.join(path, bundle.GOLDEN)
    with np.load(golden) as arrays:
        changed = {name: arrays[name] for name in arrays.files}
    changed["species"] = -changed["species"]
    np.savez_compressed(golden, **changed)
    bundle.write_manifest(path, tiny_bundle.manifest()._replace(version="3.0.0"))


def test_a_model_from_a_stick_answers_the_next_press_and_goes_back(running, other, store):
    assert title(running) == "tiny 1.0.0"
    said = cli(running, "install", other)
    assert "tiny-2.0.0 is installed" in said
    assert "active  tiny-2.0.0" in said
    assert title(running) == "tiny 2.0.0"
    status = running.client.get("/v1/status")
    assert status["models"] == {
        "active": "tiny-2.0.0",
        "previous": "tiny-1.0.0",
        "installed": ["tiny-1.0.0", "tiny-2.0.0"],
    }
    assert status["model"]["version"] == "2.0.0"
    assert "active  tiny-1.0.0" in cli(running, "rollback")
    assert title(running) == "tiny 1.0.0"
    assert os.readlink(store + "/active") == "tiny-1.0.0"
    assert running.stop() == 0


def test_only_installing_leaves_the_model_that_answers(running, other):
    cli(running, "install", "--no-activate", other)
    assert title(running) == "tiny 1.0.0"
    listed = json.loads(cli(running, "list", "--json"))
    assert listed["model"]["version"] == "1.0.0"
    assert listed["models"]["installed"] == ["tiny-1.0.0", "tiny-2.0.0"]
    assert "active  tiny-2.0.0" in cli(running, "activate", "tiny-2.0.0")
    assert title(running) == "tiny 2.0.0"


def test_a_model_that_is_not_in_use_is_removed_under_the_running_service(running, other, store):
    cli(running, "install", other)
    assert "is the active model" in cli(running, "remove", "tiny-2.0.0", code=64)
    assert "rollback goes back to" in cli(running, "remove", "tiny-1.0.0", code=64)
    removed = json.loads(cli(running, "remove", "tiny-1.0.0", "--force", "--json"))
    assert removed == {
        "removed": "tiny-1.0.0",
        "active": "tiny-2.0.0",
        "previous": None,
        "installed": ["tiny-2.0.0"],
    }
    assert sorted(os.listdir(store)) == ["active", "tiny-2.0.0"]
    assert running.client.get("/v1/status")["models"]["installed"] == ["tiny-2.0.0"]
    assert title(running) == "tiny 2.0.0"
    assert "no model to go back to" in cli(running, "rollback", code=66)


def test_the_new_model_outlives_the_service(running, other):
    cli(running, "install", other)
    assert running.stop() == 0
    running.start()
    assert "tiny 2.0.0" in running.notified[-1]


def test_a_model_that_fails_its_self_test_never_answers(running, directory, store):
    bad = tiny_bundle.make(directory + "/bad", version="3.0.0")
    damage_answers(bad)
    assert "species head differs" in cli(running, "install", bad, code=65)
    assert sorted(os.listdir(store)) == ["active", "tiny-1.0.0"]
    # Also when somebody puts it there by hand.
    os.rename(bad, store + "/tiny-3.0.0")
    seen, found = events_until(running, "is refused")
    with pytest.raises(BundleError, match="species head differs"):
        running.client.post("/v1/model/activate", {"name": "tiny-3.0.0"})
    assert found.wait(TIMEOUT_S), seen
    assert title(running) == "tiny 1.0.0"
    assert os.readlink(store + "/active") == "tiny-1.0.0"


def test_changes_are_told_on_the_stream(running, other):
    cli(running, "install", "--no-activate", other)
    seen, found = events_until(running, "is active")
    running.client.post("/v1/model/activate", {"name": "tiny-2.0.0"})
    assert found.wait(TIMEOUT_S), seen
    assert seen[0] == ("RECOVERING", "tiny-2.0.0 is being proven")
    assert seen[-1] == ("HEALTHY", "tiny-2.0.0 is active; before it was tiny-1.0.0")
    assert running.client.health()["state"] == "ok"


def test_what_is_not_there_is_named(running):
    with pytest.raises(NotFoundError, match=r"there is tiny-1.0.0; did you mean"):
        running.client.post("/v1/model/activate", {"name": "tiny-1.0.1"})
    with pytest.raises(NotFoundError, match="no model to go back to"):
        running.client.post("/v1/model/rollback")
    assert "no model to go back to" in cli(running, "rollback", code=66)


def test_a_configured_bundle_is_said_to_win(service, store):
    service.start()
    with pytest.raises(UsageError, match="model.bundle names"):
        service.client.post("/v1/model/activate", {"name": "tiny-1.0.0"})


def test_without_a_service_models_are_changed_all_the_same(service, sections, store, other):
    service.configure(dict(sections, model={"bundle": ""}))
    said = cli(service, "install", other)
    assert "active  tiny-2.0.0" in said
    assert "before  tiny-1.0.0" in cli(service, "list")
    service.start()
    assert "tiny 2.0.0" in service.notified[-1]
    assert service.stop() == 0
    cli(service, "rollback")
    assert os.readlink(store + "/active") == "tiny-1.0.0"


def test_without_a_service_a_bad_model_is_refused_too(service, sections, store, directory):
    service.configure(dict(sections, model={"bundle": ""}))
    bad = tiny_bundle.make(store + "/tiny-3.0.0")
    damage_answers(bad)
    assert "species head differs" in cli(service, "activate", "tiny-3.0.0", code=65)
    assert os.readlink(store + "/active") == "tiny-1.0.0"


def test_a_damaged_active_model_is_replaced_by_rolling_back(running, other, store):
    cli(running, "install", other)
    assert running.stop() == 0
    with open(store + "/tiny-2.0.0/model.onnx", "ab") as model:
        model.write(b"bit rot")
    running.start()
    with pytest.raises(EngineError, match=r"model.onnx has sha256"):
        running.client.post("/v1/capture")
    cli(running, "rollback")
    assert title(running) == "tiny 1.0.0"
    assert running.client.health()["state"] == "ok"


def test_stopping_in_the_middle_of_a_proof_ends_soon_and_keeps_the_old_one(running, store):
    hanging = tiny_bundle.make(store + "/tiny-2.0.0", version="2.0.0")
    os.unlink(hanging + "/card.md")
    # Whoever reads it waits for a writer who never comes.
    os.mkfifo(hanging + "/card.md")
    seen, begun = events_until(running, "is being proven")
    refusals = []

    def activate():
        try:
            running.client.post("/v1/model/activate", {"name": "tiny-2.0.0"})
        except PlantdError as error:
            refusals.append(str(error))

    asked = threading.Thread(target=activate)
    asked.start()
    assert begun.wait(TIMEOUT_S), seen
    assert title(running) == "tiny 1.0.0"
    assert running.stop() == 0
    asked.join(TIMEOUT_S)
    (refusal,) = refusals
    assert "stopping" in refusal or "broke off" in refusal
    assert os.readlink(store + "/active") == "tiny-1.0.0"


def test_a_new_model_that_fails_on_trial_goes_back_by_itself_and_says_so(
    service, sections, store, other
):
    service.configure(dict(sections, model={"bundle": "", "trial_s": 1}))
    service.start()
    cli(service, "install", other)
    assert service.client.get("/v1/status")["trial"]["model"] == "tiny-2.0.0"
    assert service.stop() == 0
    with open(store + "/tiny-2.0.0/model.onnx", "ab") as model:
        model.write(b"bit rot")
    service.start()
    until(lambda: service.client.get("/v1/status")["trial"]["ended"])
    status = service.client.get("/v1/status")
    assert status["trial"]["before"] == "tiny-1.0.0"
    assert "model.onnx has sha256" in status["trial"]["reason"]
    went = "went back by itself to tiny-1.0.0"
    until(lambda: went in service.client.get("/v1/status")["service"]["detail"])
    assert title(service) == "tiny 1.0.0"
    assert os.readlink(store + "/active") == "tiny-1.0.0"
    with open(service.log_path) as log:
        assert "went back by itself" in log.read()


def test_a_new_model_that_answers_three_presses_has_passed(running, other):
    cli(running, "install", other)
    for _ in range(3):
        assert title(running) == "tiny 2.0.0"
    until(lambda: running.client.get("/v1/status")["trial"] is None)
