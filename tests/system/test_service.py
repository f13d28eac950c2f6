"""The whole service as its users meet it: a real process, GStreamer, sockets and files."""

import contextlib
import getpass
import json
import os
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from running import RunningService
from support import tiny_bundle

from plantd import picture
from plantd.errors import (
    BusyError,
    CameraError,
    EngineError,
    NotFoundError,
    PictureError,
    UnavailableError,
    UsageError,
)
from plantd.light.fake_client import history

pytestmark = pytest.mark.gstreamer

TIMEOUT_S = 30


class Listening:
    """Collects the event stream; `first` waits for an event."""

    def __init__(self, service, types="verdict,state,telemetry"):
        self._events, self._changed = [], threading.Condition()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(service, types), daemon=True)
        self._thread.start()
        assert self._begun.wait(TIMEOUT_S)

    def _listen(self, service, types):
        try:
            for event in service.client.events(types=types):
                self._begun.set()
                with self._changed:
                    self._events.append(event)
                    self._changed.notify_all()
        except UnavailableError:
            # The service was killed; what was heard until then is what counts.
            assert self._begun.is_set()

    def first(self, kind, **expected):
        def found():
            return next((e for e in self._events if matches(e)), None)

        def matches(event):
            return event["type"] == kind and all(event[k] == v for k, v in expected.items())

        with self._changed:
            assert self._changed.wait_for(found, TIMEOUT_S), self._events
            return found()


def until(holds):
    """Ask again and again: another process has nothing that this one could wait on."""
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def logged(service):
    with open(service.log_path) as log:
        return [json.loads(line) for line in log]


def test_a_press_is_one_verdict_on_socket_log_and_record(service):
    service.start()
    listening = Listening(service)
    service.finger.press()
    verdict = listening.first("verdict")
    assert verdict["trigger"] == "button"
    assert verdict["verdict"] == "edible"
    assert verdict["species"][0]["label"] == "clover"
    assert verdict["frame"]["after_press_ms"] > 0
    assert verdict["recorded"] is True
    recorded = service.client.get("/v1/verdicts/{}".format(verdict["seq"]))
    assert recorded["mono_s"] == verdict["mono_s"]
    assert service.stop() == 0
    lines = [e for e in logged(service) if e["type"] == "verdict"]
    assert lines == [verdict]


def test_a_picture_that_replaces_another_is_what_the_next_press_sees(service, photo):
    service.start()
    assert service.client.post("/v1/capture")["verdict"] == "edible"
    tiny_bundle.stand(photo, tiny_bundle.RED)
    listening = Listening(service, "verdict")
    service.finger.press()
    assert listening.first("verdict")["verdict"] == "poisonous"


def test_ready_comes_after_the_model_has_proven_itself(service):
    service.start()
    assert "STATUS=HEALTHY, tiny 1.0.0" in service.notified[-1]
    status = service.client.get("/v1/status")
    assert status["engine"]["first_ms"] > 0
    assert status["model"]["calibrated"] is False
    assert service.client.get("/v1/hello")["model"]["input"]["width_px"] == tiny_bundle.SIDE


def test_sent_pictures_are_answered_and_recorded(service):
    service.start()
    data = picture.encode_jpeg(tiny_bundle.flat(tiny_bundle.RED), 95)
    verdict = service.client.post_bytes("/v1/classify", data)
    assert verdict["verdict"] == "poisonous"
    assert verdict["trigger"] == "classify"
    kept = picture.decode(service.client.get_bytes("/v1/verdicts/1/picture"))
    assert kept.shape == (240, 320, 3)
    inputs = picture.decode(service.client.get_bytes("/v1/verdicts/1/input"))
    assert inputs.shape == (tiny_bundle.SIDE, tiny_bundle.SIDE, 3)


def test_what_a_person_says_is_kept_beside_the_verdict(service):
    service.start()
    path = "/v1/verdicts/{}".format(service.client.post("/v1/capture")["seq"])
    before = service.client.get(path)
    assert before.pop("label") is None
    with pytest.raises(UsageError, match="did you mean 'clover'"):
        service.client.post(path + "/label", {"label": "clovre"})
    kept = service.client.post(path + "/label", {"label": "hemlock"})["label"]
    assert (kept["poisonous"], kept["by"]) == (True, getpass.getuser())
    after = service.client.get(path)
    assert after.pop("label") == kept
    assert after == before
    with pytest.raises(NotFoundError):
        service.client.post("/v1/verdicts/99/label", {"label": "no_plant"})
    assert service.client.get("/v1/review")["verdicts"] == []
    (again,) = service.client.get("/v1/review", again=1)["verdicts"]
    assert os.path.isfile(again["picture_path"])


def test_a_broken_picture_is_refused_and_the_next_one_answered(service):
    service.start()
    with pytest.raises(PictureError):
        service.client.post_bytes("/v1/classify", b"no picture")
    good = picture.encode_jpeg(tiny_bundle.flat(tiny_bundle.GREEN), 95)
    assert service.client.post_bytes("/v1/classify", good)["seq"] == 1


def test_a_picture_that_hangs_its_decoder_keeps_no_press_and_the_next_one_is_answered(service):
    service.start()
    data = picture.encode_jpeg(tiny_bundle.flat(tiny_bundle.GREEN), 95)
    service.client.post_bytes("/v1/classify", data)
    decoder = decoder_pid(service)
    os.kill(decoder, signal.SIGSTOP)
    with ThreadPoolExecutor() as threads:
        sent_in = [
            threads.submit(service.client.post_bytes, "/v1/classify", data) for _ in range(2)
        ]
        until(lambda: any(each.done() for each in sent_in))
        assert service.client.post("/v1/capture")["verdict"] == "edible"
        os.kill(decoder, signal.SIGKILL)
        errors = [each.exception(TIMEOUT_S) for each in sent_in]
    assert {type(each) for each in errors} == {BusyError, PictureError}
    assert any("ended the process that decodes" in str(each) for each in errors)
    assert service.client.post_bytes("/v1/classify", data)["verdict"] == "edible"
    assert decoder_pid(service) != decoder
    checks = service.client.health()["checks"]
    assert {check["state"] for check in checks} == {"ok"}, checks


def decoder_pid(service):
    processes = service.client.get("/v1/status")["processes"]
    return next(each["pid"] for each in processes if each["name"] == "decoder")


def test_a_fresh_frame_is_a_jpeg(service):
    service.start()
    assert picture.decode(service.client.get_bytes("/v1/frame")).shape == (240, 320, 3)


def test_two_at_once_one_is_busy(service):
    service.start()
    outcomes = []

    def capture():
        try:
            outcomes.append(service.client.post("/v1/capture")["type"])
        except BusyError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=capture) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert sorted(outcomes) == ["BusyError", "verdict"]


def test_telemetry_comes_by_itself(service):
    service.start()
    event = Listening(service, "telemetry").first("telemetry")
    assert event["memory"]["total_mb"] > 0
    names = {process["name"] for process in event["processes"]}
    assert names == {"service", "camera"}


def test_the_light_acknowledges_and_then_answers(service, directory):
    service.start()
    listening = Listening(service, "verdict")
    service.finger.press()
    listening.first("verdict")
    expected = ["ready", "acknowledged", "edible"]
    until(lambda: [name for _, name in history(directory + "/run/light.sock")][-3:] == expected)


def test_health_is_good_when_all_is_well(service):
    service.start()
    checks = service.client.health()["checks"]
    assert {check["state"] for check in checks} == {"ok"}, checks


def test_a_camera_that_is_lost_is_said_and_found_again(service, photo):
    service.start()
    listening = Listening(service)
    os.unlink(photo)
    lost = listening.first("state", part="camera", state="RECOVERING")
    assert lost["detail"]
    with pytest.raises(CameraError):
        service.client.post("/v1/capture")
    tiny_bundle.stand(photo, tiny_bundle.BLUE)
    listening.first("state", part="camera", state="HEALTHY")
    assert service.client.post("/v1/capture")["species"][0]["label"] == "nettle"


def test_sigterm_in_mid_press_lets_the_press_end(service):
    service.start()
    verdicts = []

    def press():
        # On a slow machine the service is gone before it heard of the press.
        with contextlib.suppress(UnavailableError):
            verdicts.append(service.client.post("/v1/capture"))

    thread = threading.Thread(target=press, daemon=True)
    listening = Listening(service, "verdict")
    thread.start()
    os.kill(service.pid, signal.SIGTERM)
    thread.join(TIMEOUT_S)
    exit_code = service.wait()
    assert exit_code == 0
    assert not verdicts or verdicts == [listening.first("verdict")]


def test_sigkill_loses_no_number_and_no_verdict(service):
    service.start()
    first = service.client.post("/v1/capture")
    os.kill(service.pid, signal.SIGKILL)
    service.wait()
    service.start()
    second = service.client.post("/v1/capture")
    assert second["seq"] == first["seq"] + 1
    assert [v["seq"] for v in service.client.get("/v1/verdicts", after=0, limit=9)["verdicts"]] == [
        1,
        2,
    ]


def test_a_second_service_on_the_same_socket_is_refused(service, directory, sections):
    service.start()
    second = RunningService(directory, dict(sections, light={"driver": "none"}))
    try:
        second.start(wait=False)
        assert second.wait() == 69
    finally:
        second.close()
    assert "another plantd answers on " + service.socket_path in second.journal()
    assert service.client.get("/v1/hello")["name"] == "plantd"


def test_a_broken_configuration_ends_with_78(service):
    service.configure({"camera": {"source": "tset://plant", "fps": "many"}})
    service.start(wait=False)
    assert service.wait() == 78
    assert "camera.source" in service.journal()
    assert "camera.fps" in service.journal()


def test_at_a_boot_with_a_broken_configuration_the_last_good_one_serves(service, sections):
    service.start()
    assert service.stop() == 0
    service.configure(dict(sections, telemetry={"interval_s": "often"}))
    service.start()
    status = service.client.get("/v1/status")["service"]
    assert status["state"] == "DEGRADED"
    assert "telemetry.interval_s" in status["detail"]
    assert "the last good configuration holds" in status["detail"]
    assert service.client.post("/v1/capture")["verdict"] == "edible"
    listening = Listening(service)
    service.configure(sections)
    os.kill(service.pid, signal.SIGHUP)
    listening.first("state", part="config", state="HEALTHY")


def test_sighup_with_a_broken_file_keeps_the_last_good_configuration(service, sections):
    service.start()
    listening = Listening(service)
    service.configure(dict(sections, telemetry={"interval_s": "often"}))
    os.kill(service.pid, signal.SIGHUP)
    said = listening.first("state", part="config", state="DEGRADED")
    assert "telemetry.interval_s" in said["detail"]
    assert service.client.post("/v1/capture")["verdict"] == "edible"
    service.configure(sections)
    os.kill(service.pid, signal.SIGHUP)
    listening.first("state", part="config", state="HEALTHY")


def test_the_sites_file_is_read_again_and_kept_with_the_boxs_own(service, sections):
    site = os.path.join(service.directory, "site.yaml")

    def say(text):
        with open(site, "w", encoding="utf-8") as target:
            target.write(text)

    say("verdict: {edible: off}\n")
    service.start()
    assert service.client.post("/v1/capture")["verdict"] == "unsure"
    listening = Listening(service)
    say("verdict: {edible: never}\n")
    os.kill(service.pid, signal.SIGHUP)
    said = listening.first("state", part="config", state="DEGRADED")
    assert said["detail"].startswith(site + ":1: verdict.edible: is 'never'")
    assert service.client.post("/v1/capture")["verdict"] == "unsure"
    assert service.stop() == 0
    service.start()
    degraded = service.client.get("/v1/status")["service"]["degraded"]
    assert "the last good configuration holds" in "\n".join(degraded)
    assert service.client.post("/v1/capture")["verdict"] == "unsure"
    listening = Listening(service)
    say("verdict: {edible: on}\n")
    os.kill(service.pid, signal.SIGHUP)
    listening.first("state", part="config", state="HEALTHY")
    assert service.client.post("/v1/capture")["verdict"] == "edible"


def test_sighup_names_what_needs_a_restart(service, sections):
    service.start()
    listening = Listening(service)
    service.configure(dict(sections, engine={"threads": 2}))
    os.kill(service.pid, signal.SIGHUP)
    said = listening.first("state", part="config", state="DEGRADED")
    assert said["detail"] == "restart plantd to change engine.threads"


def test_a_damaged_bundle_keeps_the_service_up_and_says_so(service, sections):
    with open(sections["model"]["bundle"] + "/model.onnx", "ab") as model:
        model.write(b"damage")
    service.start()
    assert "FAILED, no model" in service.notified[-1]
    with pytest.raises(EngineError, match=r"model.onnx has sha256"):
        service.client.post("/v1/capture")
    checks = {check["id"]: check for check in service.client.health()["checks"]}
    assert checks["engine"]["state"] == "failed"
    assert checks["engine"]["remedy"]
    assert service.client.get("/v1/verdicts", after=0, limit=5)["verdicts"] == []
    assert service.stop() == 0


def test_a_missing_bundle_is_named(service, sections):
    service.configure(dict(sections, model={"bundle": "/nowhere/at/all"}))
    service.start()
    with pytest.raises(EngineError, match=r"/nowhere/at/all; install one"):
        service.client.post("/v1/capture")


def test_a_broken_record_is_set_aside_and_the_next_press_recorded(service, directory):
    service.start()
    service.client.post("/v1/capture")
    assert service.stop() == 0
    with open(directory + "/state/record/record.db", "r+b") as database:
        database.write(b"garbage" * 100)
    service.start()
    verdict = service.client.post("/v1/capture")
    assert verdict["seq"] == 2
    assert verdict["recorded"] is True
    assert service.client.get("/v1/status")["record"]["set_aside"]
    assert service.stop() == 0
    with closing(sqlite3.connect(directory + "/state/record/record.db")) as database:
        assert database.execute("SELECT seq FROM verdict").fetchall() == [(2,)]


def test_an_unknown_verdict_is_not_found(service):
    service.start()
    with pytest.raises(NotFoundError):
        service.client.get("/v1/verdicts/77")


def test_the_watchdog_is_pinged_while_the_camera_is_lost(service, photo, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    service.start()
    os.unlink(photo)
    for _ in range(5):
        service.wait_for("WATCHDOG=1", TIMEOUT_S)


def test_a_service_whose_model_hangs_while_loading_obeys_sigterm(directory):
    os.mkdir(directory + "/bundle")
    os.mkfifo(directory + "/bundle/manifest.yaml")
    service = RunningService(directory, {"model": {"bundle": directory + "/bundle"}})
    service.start(wait=False)
    # Opened once the service reads it; then it waits for bytes that do not come.
    with contextlib.closing(service), open(directory + "/bundle/manifest.yaml", "wb"):
        assert service.stop() == 0


def test_a_socket_that_was_deleted_is_told_and_back_at_the_next_look(service, sections):
    service.configure(dict(sections, telemetry={"interval_s": 0.5}))
    with service:
        listening = Listening(service)
        os.unlink(service.socket_path)
        told = listening.first("state", part="api", state="DEGRADED")
        assert "made again" in told["detail"]
        listening.first("state", part="api", state="HEALTHY")
        assert service.client.get("/v1/status")["service"]["state"]


def test_a_log_that_cannot_be_written_is_told_until_it_can(service, sections):
    service.configure(dict(sections, telemetry={"interval_s": 0.5}))
    os.makedirs(service.log_path)
    with service:
        listening = Listening(service)
        told = listening.first("state", part="log", state="DEGRADED")
        assert "takes no more lines: Is a directory" in told["detail"]
        check = {check["id"]: check for check in service.client.health()["checks"]}["log"]
        assert (check["state"], bool(check["remedy"])) == ("warning", True)
        assert service.client.get("/v1/status")["log"]["dropped"] > 0
        os.rmdir(service.log_path)
        listening.first("state", part="log", state="HEALTHY")
    assert logged(service)
