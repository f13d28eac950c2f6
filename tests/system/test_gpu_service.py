"""The whole service on the tensorrt backend, played by the strict stand-in for TensorRT 8.2.

plantd-engine builds the plan, the service loads it, a press is answered by it; then the GPU fails.
"""

import os
import signal
import subprocess
import sys

import pytest
from support import gpu

from plantd.errors import EngineError

pytestmark = pytest.mark.gstreamer


@pytest.fixture
def sections(sections, directory, monkeypatch):
    monkeypatch.setenv("PLANTD_TEST_TENSORRT", "8.2")
    monkeypatch.setenv("PLANTD_TEST_FAULT_FILE", os.path.join(directory, "fault"))
    paths = [gpu.STACK] + [path for path in sys.path if path]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return dict(sections, engine={"backend": "tensorrt"})


def build(service) -> int:
    command = [sys.executable, "-m", "plantd_engines.cli", "build", "--config", service.config_path]
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_press_is_answered_by_the_plan_that_plantd_engine_built(service):
    assert build(service) == 0
    service.start()
    verdict = service.client.post("/v1/capture")
    assert verdict["verdict"] == "edible"
    assert verdict["engine"]["backend"] == "tensorrt"
    assert verdict["engine"]["precision"] == "fp16"
    assert verdict["engine"]["plan"].startswith("sha256:")
    assert service.client.get("/v1/status")["engine"]["version"] == "8.2.1.8"


def test_without_a_plan_the_service_lives_and_says_what_builds_one(service):
    service.start()
    with pytest.raises(EngineError, match="no TensorRT plan in .*make engine"):
        service.client.post("/v1/capture")
    checks = {each["id"]: each for each in service.client.health()["checks"]}
    assert checks["engine"]["state"] == "failed"


def test_a_plan_that_was_built_since_is_taken_up_by_a_reload(service):
    service.start()
    assert build(service) == 0
    failed = next_state(service, "engine")
    os.kill(service.pid, signal.SIGHUP)
    assert next(failed)["state"] == "HEALTHY"
    assert service.client.post("/v1/capture")["engine"]["backend"] == "tensorrt"


def test_until_there_is_a_plan_the_configured_other_backend_answers(service, sections):
    service.configure(dict(sections, engine={"backend": "tensorrt", "meanwhile": "onnxruntime"}))
    service.start()
    assert service.client.post("/v1/capture")["engine"]["backend"] == "onnxruntime"
    engine = service.client.get("/v1/status")["engine"]
    assert engine["state"] == "warning"
    assert engine["detail"].startswith("onnxruntime answers meanwhile: no TensorRT plan")
    assert build(service) == 0
    changed = next_state(service, "engine")
    os.kill(service.pid, signal.SIGHUP)
    assert next(changed)["state"] == "HEALTHY"
    assert service.client.post("/v1/capture")["engine"]["backend"] == "tensorrt"


def next_state(service, part):
    """Return the part's states to come; the stream is open when this returns."""
    events = service.client.events(types="state")
    next(events)  # a heartbeat: the stream has begun
    return (event for event in events if event.get("part") == part)


def test_a_gpu_that_fails_is_unsure_and_then_a_new_process_is_asked_for(service, directory):
    assert build(service) == 0
    service.start()
    with open(os.path.join(directory, "fault.new"), "w") as target:
        target.write("launch")
    os.rename(os.path.join(directory, "fault.new"), os.path.join(directory, "fault"))
    answers = [service.client.post("/v1/capture") for _ in range(3)]
    assert [(each["verdict"], each["rule"]) for each in answers] == [("unsure", "engine_fault")] * 3
    assert service.wait() == 70
