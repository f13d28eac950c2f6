"""Status and telemetry events: every key is there, all of it is JSON, and nothing is lost."""

import json
from pathlib import Path

from support import tx2_tree
from support.tegrastats_samples import SAMPLES

from plantd import wire
from plantd.button.interface import ButtonStatus
from plantd.camera.interface import CameraStatus
from plantd.health.states import State
from plantd.telemetry.clock import Clock
from plantd.telemetry.disk import disk_of
from plantd.telemetry.interface import OK, Core, Rail, Readings, SourceState, Temperature
from plantd.telemetry.latencies import Latencies, VerdictCounts
from plantd.telemetry.proc import ProcSource
from plantd.telemetry.processes import ProcessMemory
from plantd.telemetry.readings_json import json_from_readings, readings_from_json
from plantd.telemetry.status import (
    EngineStatus,
    ModelFacts,
    ServiceFacts,
    StatusSources,
    status_json,
    telemetry_json,
)
from plantd.telemetry.tegrastats_line import readings_from_line
from plantd.verdict import ErrorBound, Guarantee

SERVICE = ServiceFacts("HEALTHY", "", 12.345, "0.1.0", 4711, "/etc/plantd/plantd.yaml")
SECTIONS = (
    "schema box service camera button light model models trial update stick edible place engine "
    "latency_ms verdicts record log notifiers processes device disk"
).split()


def full(tree: Path) -> "dict[str, object]":
    latencies = Latencies()
    latencies.add((("infer", 27.123), ("total", 96.8)))
    return status_json(
        StatusSources(
            SERVICE,
            camera=CameraStatus(State.HEALTHY, "test://", width_px=1280, height_px=720, fps=30.0),
            button=ButtonStatus(True, "fake", "control socket"),
            light="ready",
            model=ModelFacts(
                *("plants70", "1.0.0", 70, True, Guarantee(0.01, 900, 0.0033, 0.95, "m")),
                guarantees=(ErrorBound("no_plants", 100, 90, 0, 0.03, 0.95, "m", "fp32"),),
            ),
            engine=EngineStatus("onnxruntime", "fp32", "sha256:ab", "1.10.0", 812.0, 27.1, 54.0),
            latencies=latencies.percentiles(),
            verdicts=VerdictCounts().json(),
            record={"state": "ok", "verdicts": 2},
            log={"ok": True, "dropped": 0},
            processes=[ProcessMemory("service", 4711, 81.5, 70.1, 9, 33)],
            readings=ProcSource(str(tree)).read(),
            telemetry=SourceState("proc", OK),
            disks=[disk_of("state", str(tree))],
        )
    )


def test_a_full_status_is_json_with_every_section(tmp_path: Path) -> None:
    status = json.loads(json.dumps(full(tx2_tree.build(tmp_path)), allow_nan=False))
    assert list(status) == SECTIONS
    assert status["schema"] == 1
    assert status["service"]["since_s"] == 12.3
    assert status["model"]["guarantee"]["bound"] == 0.0033
    assert status["model"]["guarantees"][0]["about"] == "no_plants"
    assert status["edible"] is True
    assert status["latency_ms"]["infer"] == {
        "n": 1,
        "median": 27.12,
        "p95": 27.12,
        "p99": 27.12,
        "max": 27.12,
    }
    assert status["device"]["gpu"] == {"load_percent": 37.5, "frequency_mhz": 1134}
    assert status["device"]["source"] == {"name": "proc", "state": "ok", "detail": ""}


def test_a_status_of_a_service_that_has_nothing_is_whole_too() -> None:
    status = json.loads(json.dumps(status_json(StatusSources(SERVICE))))
    assert list(status) == SECTIONS
    assert status["camera"] is None
    assert status["device"]["gpu"] is None
    assert status["device"]["cpu"] == {"cores": [], "load_average": None}


def test_a_telemetry_event_has_the_devices_keys_at_its_top(tmp_path: Path) -> None:
    tree = tx2_tree.build(tmp_path)
    body = telemetry_json(
        ProcSource(str(tree)).read(), SourceState("proc", OK), [disk_of("state", str(tree))]
    )
    event = json.loads(json.dumps(wire.json_from_telemetry(Clock(str(tree)).now(), body)))
    assert event["type"] == "telemetry"
    assert event["boot_id"] == "7f0c6c8e-2d43-4b0e-9f0a-0a7f5a6d1c11"
    assert event["memory"]["total_mb"] == 7852
    assert event["temperatures_c"]["GPU"] == 35.0
    assert event["disk"][0]["name"] == "state"
    assert event["processes"] == []
    assert event["latency_ms"] == {}


def test_readings_survive_json(tmp_path: Path) -> None:
    readings = ProcSource(str(tx2_tree.build(tmp_path))).read()
    sent = json.loads(json.dumps(json_from_readings(readings)))
    assert readings_from_json(sent) == readings
    for line in SAMPLES.values():
        sent = json.loads(json.dumps(json_from_readings(readings_from_line(line))))
        assert readings_from_json(sent) == readings_from_line(line)


def test_readings_from_a_newer_or_older_service_are_taken_as_far_as_they_go() -> None:
    assert readings_from_json({}) == Readings()
    device = {
        "memory": None,
        "cpu": {"cores": [{"online": True}], "load_average": [1]},
        "temperatures_c": {"GPU": 35},
        "rails_mw": {"VDD_IN": {"now": 3}},
        "new": 1,
    }
    assert readings_from_json(device) == Readings(
        cores=(Core(True),), temperatures=(Temperature("GPU", 35),), rails=(Rail("VDD_IN", 3),)
    )
