"""What happens in the field, to the whole service: disks, memory, long presses, live changes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support import tiny_bundle
from support.small_disk import on_small_disk

from plantd import bundle
from plantd.errors import CameraError, UnavailableError

pytestmark = pytest.mark.gstreamer

TIMEOUT_S = 30


class States:
    """Collects the states of one part from the event stream."""

    def __init__(self, service, part):
        self._seen, self._changed = [], threading.Condition()
        begun = threading.Event()

        def listen():
            try:
                for event in service.client.events(types="state,telemetry"):
                    begun.set()
                    if event.get("part") == part:
                        with self._changed:
                            self._seen.append((event["state"], event["detail"]))
                            self._changed.notify_all()
            except UnavailableError:
                # The service was killed when the test had ended.
                assert begun.is_set()

        threading.Thread(target=listen, daemon=True).start()
        assert begun.wait(TIMEOUT_S)

    def until(self, state):
        """Return the detail of the first change to a state, from the first one on."""

        def found():
            return next((detail for name, detail in self._seen if name == state), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, TIMEOUT_S), self._seen
            return found()


def until(holds):
    """Ask again and again: another process has nothing that this one could wait on."""
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def reconfigure(service, sections):
    """Let SIGHUP take another configuration; return once the service says that it has."""
    service.configure(sections)
    os.kill(service.pid, signal.SIGHUP)
    service.wait_for("RELOADING=1", TIMEOUT_S)
    service.wait_for("READY=1", TIMEOUT_S)


def test_a_full_and_a_read_only_disk_keep_no_answer_back(tmp_path: Path):
    story = on_small_disk("support.service_on_small_disk", "full_and_read_only", tmp_path, 8192)
    good = {"recorded": True, "state": "ok", "health": "ok", "disk": "ok"}
    assert story["with room"] == dict(good, seq=1)
    full = {"recorded": False, "state": "full", "health": "warning", "disk": "ok"}
    assert story["full"] == dict(full, seq=2)
    assert story["with room again"] == dict(good, seq=3)
    read_only = {"recorded": False, "state": "read_only", "health": "warning", "disk": "failed"}
    assert story["read-only"] == dict(read_only, seq=4)
    assert story["writable again"] == dict(good, seq=5)
    assert (story["first exit code"], story["exit code"]) == (0, 0)


def test_memory_beyond_its_limit_is_told_and_the_limit_is_live(service, sections):
    service.configure(dict(sections, limits={"rss_mb": 64}))
    service.start()
    states = States(service, "memory")
    until(lambda: service.client.get("/v1/status")["service"]["state"] == "DEGRADED")
    checks = {check["id"]: check for check in service.client.health()["checks"]}
    assert "more than limits.rss_mb, 64" in checks["memory"]["detail"]
    assert checks["memory"]["remedy"]
    assert service.client.post("/v1/capture")["verdict"] == "edible"
    reconfigure(service, dict(sections, limits={"rss_mb": 100000}))
    states.until("HEALTHY")


def test_the_journals_level_is_live(service, sections):
    service.configure(dict(sections, log={"level": "error"}))
    service.start()
    service.client.post("/v1/capture")
    assert "INFO" not in service.journal()
    reconfigure(service, dict(sections, log={"level": "info"}))
    service.client.post("/v1/capture")
    until(lambda: "INFO plantd.service.dispatch: verdict 2" in service.journal())
    assert "verdict 1 " not in service.journal()


def test_how_long_a_press_waits_is_live(service, sections, photo):
    camera = dict(sections["camera"], press_timeout_s=29.0)
    service.configure(dict(sections, camera=camera))
    service.start()
    os.unlink(photo)
    until(lambda: service.client.get("/v1/status")["camera"]["state"] != "HEALTHY")
    reconfigure(service, dict(sections, camera=dict(camera, press_timeout_s=0.1)))
    with pytest.raises(CameraError, match=r"0\.1 s"):
        service.client.post("/v1/capture")
    config = {check["id"]: check for check in service.client.health()["checks"]}
    assert config.get("config", {"state": "ok"})["state"] == "ok"


def test_limits_of_the_record_are_live(service, sections):
    service.start()
    for _ in range(3):
        service.client.post("/v1/capture")
    kept = {v["pictures"] for v in service.client.get("/v1/verdicts", limit=9)["verdicts"]}
    assert kept == {"kept"}
    # More than any disk has: from the next look on every picture but the newest is too many.
    reconfigure(service, dict(sections, record={"keep_mb": 16, "reserve_mb": 100000000}))
    until(lambda: service.client.health()["checks"][0]["state"] == "warning")
    assert "record.reserve_mb" in service.client.health()["checks"][0]["detail"]


def test_a_long_press_asks_root_to_power_off(service, sections, directory):
    button = {"long_press_s": 0.3, "long_press_action": "shutdown"}
    service.configure(dict(sections, button=button))
    service.start()
    until(lambda: os.path.exists(directory + "/run/button.sock"))
    service.finger.hold()
    request = Path(directory, "run", "root-request")
    until(request.exists)
    service.finger.release()
    assert request.read_text() == "poweroff\n"
    assert service.stop() == 0


def test_a_short_press_asks_root_for_nothing(service, sections, directory):
    button = {"long_press_s": 5.0, "long_press_action": "shutdown"}
    service.configure(dict(sections, button=button))
    service.start()
    until(lambda: os.path.exists(directory + "/run/button.sock"))
    service.finger.press()
    until(lambda: service.client.get("/v1/verdicts", limit=9)["verdicts"])
    assert not os.path.exists(directory + "/run/root-request")


DYING_CAPTURE = """
import os, signal
with open("/proc/self/cmdline", "rb") as command:
    if b"plantd.camera.capture_child" in command.read():
        os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_a_csi_camera_whose_process_keeps_dying_asks_root_to_restart_its_daemon(
    service, sections, directory, monkeypatch
):
    Path(directory, "sitecustomize.py").write_text(DYING_CAPTURE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([directory, *sys.path]))
    service.configure(dict(sections, camera=dict(sections["camera"], source="csi://0")))
    service.start()
    request = Path(directory, "run", "root-request")
    until(request.exists)
    assert request.read_text() == "restart-nvargus-daemon\n"
    assert service.client.get("/v1/status")["camera"]["state"] in ("RECOVERING", "FAILED")
    until(lambda: "asking root to restart-nvargus-daemon" in service.journal())


def test_a_csi_camera_without_its_element_has_nothing_to_ask_of_root(service, sections, directory):
    if not subprocess.call(["gst-inspect-1.0", "--exists", "nvarguscamerasrc"]):
        pytest.skip("this machine has nvarguscamerasrc")
    service.configure(dict(sections, camera=dict(sections["camera"], source="csi://0")))
    service.start()
    until(lambda: service.client.get("/v1/status")["camera"]["state"] == "FAILED")
    assert "nvarguscamerasrc" in service.client.get("/v1/status")["camera"]["detail"]
    assert not os.path.exists(directory + "/run/root-request")


def test_memory_that_grows_on_gets_a_new_process_between_presses(service, sections, directory):
    store = directory + "/state/models"
    tiny_bundle.make(store + "/tiny-1.0.0")
    os.symlink("tiny-1.0.0", store + "/active")
    grow(tiny_bundle.make(store + "/tiny-2.0.0"), "2.0.0")
    limits = {"rss_mb": 64, "available_mb": 0, "memory_patience_s": 0}
    service.configure(dict(sections, model={"bundle": ""}, limits=limits))
    service.start()
    until(lambda: service.client.get("/v1/status")["service"]["state"] == "DEGRADED")
    assert service.client.post("/v1/capture")["model"] == "tiny 1.0.0"

    def activate():
        with contextlib.suppress(UnavailableError):
            # The answer may be the last thing that the process says, or not come at all.
            service.client.post("/v1/model/activate", {"name": "tiny-2.0.0"})

    asking = threading.Thread(target=activate)
    asking.start()
    assert service.wait(TIMEOUT_S) == 70
    asking.join(TIMEOUT_S)
    assert "ending, for a new process: the service takes" in service.journal()
    service.start()
    assert service.client.post("/v1/capture")["seq"] == 2


def grow(path: str, version: str) -> None:
    """Give a bundle so many golden pictures that the service takes a hundred megabytes more."""
    golden = os.path.join(path, bundle.GOLDEN)
    with np.load(golden) as arrays:
        many = {name: np.repeat(arrays[name], 150, axis=0) for name in arrays.files}
    np.savez_compressed(golden, **many)
    bundle.write_manifest(path, tiny_bundle.manifest()._replace(version=version))
