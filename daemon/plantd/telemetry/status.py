"""The JSON of /v1/status and of telemetry events. Pure; telemetry/README.md shows each key."""

from enum import Enum
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence

from plantd.telemetry.disk import Disk
from plantd.telemetry.interface import Readings, SourceState
from plantd.telemetry.latencies import Percentiles
from plantd.telemetry.processes import ProcessMemory
from plantd.telemetry.readings_json import json_from_readings

SCHEMA = 1

Json = Dict[str, Any]


class ServiceFacts(NamedTuple):
    """The service itself.

    Attributes:
        state: that of its worst part, a word of health.states.State.
        detail: one sentence; empty while HEALTHY.
        since_s: seconds since the service was started (monotonic).
        config: path of the configuration that holds; empty when none was given.
        degraded: one sentence for each thing that is not as it should be.
    """

    state: str
    detail: str
    since_s: float
    version: str
    pid: int
    config: str = ""
    degraded: Sequence[str] = ()


class ModelFacts(NamedTuple):
    """The loaded bundle.

    Attributes:
        labels: how many plants it knows.
        guarantee: verdict.Guarantee, as bundles had it before; guarantees: verdict.ErrorBound.
    """

    name: str
    version: str
    labels: int
    calibrated: bool
    guarantee: Optional[Any] = None
    guarantees: Sequence[Any] = ()


class EngineStatus(NamedTuple):
    """The engine: EngineInfo's fields, its first and its steady inference, what loading took.

    Attributes:
        memory_mb: fall of the kernel's MemAvailable across loading; an estimate.
    """

    backend: str
    precision: str
    plan: str
    version: str
    first_ms: Optional[float] = None
    steady_ms: Optional[float] = None
    memory_mb: Optional[float] = None
    state: str = "ok"
    detail: str = ""


def telemetry_json(
    readings: Readings,
    state: SourceState,
    disks: Sequence[Disk] = (),
    processes: Sequence[ProcessMemory] = (),
    latencies: Optional[Mapping[str, Percentiles]] = None,
) -> Json:
    """Return the body of a telemetry event: the device's keys, disk, processes, latency_ms."""
    return {
        **json_from_readings(readings, state),
        "disk": json_from_disks(disks),
        "processes": json_from_processes(processes),
        "latency_ms": json_from_latencies(latencies or {}),
    }


class StatusSources(NamedTuple):
    """What the status is made of.

    Attributes:
        camera, button: CameraStatus and ButtonStatus, None where there is none.
        light: the pattern that is shown.
        verdicts: VerdictCounts.json().
        models: the store: active, previous, installed.
        box: Box.to_json(): its name and identity.
        trial: the active model's trial, or the one that failed last; None where there is none.
        update: the same of a new version of the package; None where there is none, or it passed.
        stick: what the stick in the box offers, or what came of the last one; None without one.
        edible: verdict.edible of the configuration.
        place: PlaceFinder.to_json(); None where no place is configured.
        record: RecordStatus.to_json(); log: LogStatus.to_json().
        notifiers: NotifierStatus.to_json() of each that is configured.
    """

    service: ServiceFacts
    camera: Optional[Any] = None
    button: Optional[Any] = None
    light: Optional[str] = None
    model: Optional[ModelFacts] = None
    engine: Optional[EngineStatus] = None
    latencies: Optional[Mapping[str, Percentiles]] = None
    verdicts: Optional[Mapping[str, int]] = None
    record: Optional[Mapping[str, Any]] = None
    log: Optional[Mapping[str, Any]] = None
    notifiers: Sequence[Mapping[str, Any]] = ()
    processes: Sequence[ProcessMemory] = ()
    readings: Readings = Readings()
    telemetry: Optional[SourceState] = None
    disks: Sequence[Disk] = ()
    models: Optional[Mapping[str, Any]] = None
    trial: Optional[Mapping[str, Any]] = None
    update: Optional[Mapping[str, Any]] = None
    stick: Optional[Mapping[str, Any]] = None
    box: Optional[Mapping[str, str]] = None
    edible: bool = True
    place: Optional[Mapping[str, Any]] = None


def status_json(sources: StatusSources) -> Json:
    """Return everything that `plantd-cli status` prints."""
    return {
        "schema": SCHEMA,
        "box": None if sources.box is None else dict(sources.box),
        "service": {**sources.service._asdict(), "since_s": round(sources.service.since_s, 1)},
        "camera": _json(sources.camera),
        "button": _json(sources.button),
        "light": sources.light,
        "model": _json(sources.model),
        "models": None if sources.models is None else dict(sources.models),
        "trial": None if sources.trial is None else dict(sources.trial),
        "update": None if sources.update is None else dict(sources.update),
        "stick": None if sources.stick is None else dict(sources.stick),
        "edible": sources.edible,
        "place": None if sources.place is None else dict(sources.place),
        "engine": _json(sources.engine),
        "latency_ms": json_from_latencies(sources.latencies or {}),
        "verdicts": None if sources.verdicts is None else dict(sources.verdicts),
        "record": None if sources.record is None else dict(sources.record),
        "log": None if sources.log is None else dict(sources.log),
        "notifiers": [dict(each) for each in sources.notifiers],
        "processes": json_from_processes(sources.processes),
        "device": json_from_readings(sources.readings, sources.telemetry),
        "disk": json_from_disks(sources.disks),
    }


def json_from_latencies(latencies: Mapping[str, Percentiles]) -> Json:
    """Return {stage: {n, median, p95, p99, max}} in milliseconds."""
    return {
        stage: {
            name: value if name == "n" else round(value, 2)
            for name, value in values._asdict().items()
        }
        for stage, values in latencies.items()
    }


def json_from_processes(processes: Sequence[ProcessMemory]) -> Sequence[Json]:
    """Return [{name, pid, rss_mb, pss_mb, threads, fds}]."""
    return [dict(process._asdict()) for process in processes]


def json_from_disks(disks: Sequence[Disk]) -> Sequence[Json]:
    """Return [{name, path, total_mb, free_mb, inodes_used_percent, read_only, device}]."""
    return [dict(disk._asdict()) for disk in disks]


def _json(value: Any) -> Any:
    """Return a NamedTuple, and those in it, as JSON objects, an Enum as its value, else `value`."""
    if isinstance(value, Enum):
        return value.value
    fields = getattr(value, "_asdict", None)
    if fields is not None:
        return {name: _json(field) for name, field in fields().items()}
    if isinstance(value, (tuple, list)):
        return [_json(item) for item in value]
    return value
