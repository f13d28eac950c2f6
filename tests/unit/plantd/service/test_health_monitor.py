"""The caretaker: which part gets which state, and when the process is ended."""

import threading
from pathlib import Path
from typing import Any, List, Optional

import pytest

from plantd.config import (
    ButtonConfig,
    CameraConfig,
    Config,
    LimitsConfig,
    LogConfig,
    PathsConfig,
    RecordConfig,
)
from plantd.health.states import ComponentState, ComponentStates, State
from plantd.notifiers.queued import NotifierStatus
from plantd.service.devices import devices_from_config
from plantd.service.health_monitor import HealthMonitor, Watched, report_camera, report_record
from plantd.service.metrics import Metrics
from plantd.sinks.log import EventLog
from plantd.sinks.record import Record
from plantd.sinks.recording.state import RecordStatus
from plantd.telemetry.clock import Clock
from plantd.telemetry.interface import Readings, SourceState, TelemetrySource, Temperature

LONG_ENOUGH_S = 20.0


LONG_ENOUGH_S = 30.0


class Thermometer(TelemetrySource):
    """Telemetry that a test sets."""

    def __init__(self) -> None:
        self.celsius = 40.0
        self.said = SourceState("proc", "ok")

    def open(self) -> None:
        pass

    def read(self) -> Readings:
        return Readings(temperatures=(Temperature("GPU", self.celsius),))

    def state(self) -> SourceState:
        return self.said

    def close(self) -> None:
        pass


class Weighed(Metrics):
    """Metrics whose own memory a test sets, and that remember nothing."""

    mb = 100.0

    def own_mb(self) -> Optional[float]:
        return self.mb

    def readings(self) -> Readings:
        """Return what the thermometer says now: a test looks twice within a moment."""
        return self.source.read()


class Scene:
    """A caretaker over real parts, with a clock, a thermometer and scales of the test."""

    def __init__(self, folder: Path) -> None:
        paths = PathsConfig(*(str(folder / name) for name in PathsConfig._fields))
        self.config = Config(
            camera=CameraConfig(source="fake://"),
            button=ButtonConfig(driver="fake"),
            paths=paths,
            limits=LimitsConfig(rss_mb=200, available_mb=0, memory_patience_s=60.0),
        )
        self.now = 0.0
        self.told: List[ComponentState] = []
        self.reasons: List[str] = []
        self.blamed: List[bool] = []
        self.notified: List[NotifierStatus] = []
        self.parts = ComponentStates()
        self.parts.listen(self.told.append)
        self.thermometer = Thermometer()
        devices = devices_from_config(self.config, lambda status: None, lambda request: None)
        self.devices = devices._replace(telemetry=self.thermometer)
        self.record = Record(paths.state, RecordConfig(), Clock().now)
        self.record.open()
        self.log = EventLog(str(folder / "log" / "plantd.ndjson"), LogConfig())
        self.log.open()
        self.metrics = Weighed(self.thermometer, Clock(), paths, dict)
        self.health_monitor = HealthMonitor(
            Watched(self.devices, self.record, self.log, self.metrics, lambda: self.notified),
            self.parts,
            lambda: self.config,
            self.end,
            lambda: self.now,
        )

    def end(self, reason: str, blames_model: bool) -> None:
        self.reasons.append(reason)
        self.blamed.append(blames_model)

    def states(self) -> "dict[str, str]":
        self.health_monitor.look()
        return {each.part: each.state for each in self.parts.all()}


@pytest.fixture
def scene(tmp_path: Path) -> Any:
    made = Scene(tmp_path)
    yield made
    made.log.close()
    made.record.close()


def test_every_part_is_looked_at(scene: Scene) -> None:
    assert set(scene.states()) == {
        "threads",
        "button",
        "telemetry",
        "record",
        "log",
        "heat",
        "memory",
    }


@pytest.mark.parametrize(
    ("name", "state", "blamed"),
    [
        ("light", "DEGRADED", []),
        ("press", "FAILED", [False]),
        ("plantd-camera", "FAILED", [False]),
        ("inference", "FAILED", [True]),
    ],
)
def test_a_thread_that_ends_is_seen_by_its_name(
    scene: Scene, name: str, state: str, blamed: List[bool]
) -> None:
    may_end = threading.Event()
    thread = threading.Thread(target=may_end.wait, args=(LONG_ENOUGH_S,), name=name)
    thread.start()
    assert scene.states()["threads"] == State.HEALTHY
    may_end.set()
    thread.join(LONG_ENOUGH_S)
    assert scene.states()["threads"] == State(state)
    assert "the thread {} has ended".format(name) in scene.told[-1].detail
    # Without the thread that hands presses on, only a new process helps.
    # Only where the engine's own thread has ended may the model be why.
    assert scene.blamed == blamed


def test_a_display_that_fails_is_degraded_and_a_voice_that_fails_is_no_part(scene: Scene) -> None:
    silent = NotifierStatus("voice", False, "no loudspeaker", 0, 1, 0)
    dark = NotifierStatus("display", False, "no display answers", 0, 1, 0)
    scene.notified = [silent, dark]
    assert scene.states()["display"] == State.DEGRADED
    assert scene.told[-1].detail == "no display answers"
    scene.notified = [silent, dark._replace(ok=True, detail="")]
    states = scene.states()
    assert states["display"] == State.HEALTHY
    assert "voice" not in states
    assert scene.reasons == []


def test_heat_is_told_and_ends_nothing(scene: Scene) -> None:
    scene.thermometer.celsius = 99.0
    assert scene.states()["heat"] == State.DEGRADED
    scene.thermometer.celsius = 40.0
    assert scene.states()["heat"] == State.HEALTHY
    assert [state.state for state in scene.told if state.part == "heat"] == [
        State.DEGRADED,
        State.HEALTHY,
    ]
    assert scene.reasons == []


def test_telemetry_that_ails_is_told(scene: Scene) -> None:
    scene.thermometer.said = SourceState("jtop", "degraded", "the service jtop does not run")
    assert scene.states()["telemetry"] == State.DEGRADED


def test_a_log_that_cannot_be_written_is_told_until_it_is_written_again(
    scene: Scene, tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(b"a file where the folder should be")
    for is_folder in (False, True):
        if is_folder:
            (tmp_path / "log").unlink()
        scene.log.send({"n": 1})
        assert scene.log.flush(LONG_ENOUGH_S)
        scene.health_monitor.look()
    found = [(state.state, state.detail) for state in scene.told if state.part == "log"]
    assert [state for state, _ in found] == [State.DEGRADED, State.HEALTHY]
    assert "takes no more lines" in found[0][1]


def test_memory_beyond_its_limit_is_told_first(scene: Scene) -> None:
    scene.metrics.mb = 300.0
    assert scene.states()["memory"] == State.DEGRADED
    assert scene.reasons == []


def test_memory_that_grows_on_ends_the_process(scene: Scene) -> None:
    for minute in range(3):
        scene.now, scene.metrics.mb = 60.0 * minute, 300.0 + 50.0 * minute
        scene.health_monitor.look()
    assert len(scene.reasons) == 2
    assert "takes 300 MB" in scene.reasons[0]


def test_other_limits_hold_from_the_next_look_on(scene: Scene) -> None:
    scene.metrics.mb = 300.0
    assert scene.states()["memory"] == State.DEGRADED
    scene.config = scene.config._replace(limits=LimitsConfig(rss_mb=1000, available_mb=0))
    assert scene.states()["memory"] == State.HEALTHY


def test_camera_and_record_are_told_as_they_say(scene: Scene) -> None:
    report_record(scene.parts, RecordStatus("full", "no space", "/record.db"))
    report_camera(
        scene.parts, scene.devices.camera.status()._replace(state=State.FAILED, detail="x")
    )
    states = {each.part: (each.state, each.detail) for each in scene.parts.all()}
    assert states == {"record": (State.DEGRADED, "no space"), "camera": (State.FAILED, "x")}
