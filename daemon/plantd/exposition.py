"""The service's figures as Prometheus reads them: GET /metrics. Pure, but for the library's import.

Names, units and types follow its conventions: base units (seconds, bytes), `_total` for what only
grows, a state as one series for each word it may be. What is not known has no series.
Source: https://prometheus.io/docs/practices/naming/
"""

from typing import Any, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from plantd.answers import ANSWERS
from plantd.errors import UnavailableError
from plantd.health.states import State
from plantd.system import libraries

Json = Mapping[str, Any]
Labels = Mapping[str, str]

MIB = 1024.0 * 1024.0
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = tuple(each.value for each in State)
CHECK_STATES = ("ok", "warning", "failed", "unseen")
GAUGE, COUNTER, SUMMARY = "gauge", "counter", "summary"
QUANTILES = (("median", "0.5"), ("p95", "0.95"), ("p99", "0.99"))


class Figure(NamedTuple):
    """One family of series.

    Attributes:
        name: without the `_total` that a counter's series get.
        kind: gauge, counter or summary.
        values: (labels, value) of each series; those that are None are left out.
    """

    name: str
    kind: str
    help: str
    values: Sequence[Tuple[Labels, Optional[float]]]


def text_of(status: Json, checks: Sequence[Any]) -> bytes:
    """Return the exposition of /v1/status and of the health's checks.

    Raises UnavailableError with one sentence where prometheus_client is missing.
    """
    try:
        from prometheus_client import generate_latest
        from prometheus_client.core import Metric
    except ImportError as error:
        raise UnavailableError(libraries.sentence(error, libraries.is_l4t())) from error

    def family(figure: Figure) -> Any:
        made = Metric(figure.name, figure.help, figure.kind)
        name = figure.name + ("_total" if figure.kind == COUNTER else "")
        for labels, value in figure.values:
            if value is not None:
                made.add_sample(name, dict(labels), float(value))
        return made

    class Collected:
        def collect(self) -> List[Any]:
            found = [family(figure) for figure in figures(status, checks)]
            return [each for each in found if each.samples]

    return bytes(generate_latest(Collected()))


def figures(status: Json, checks: Sequence[Any]) -> Iterator[Figure]:
    """Yield every family, in the order in which it is shown."""
    yield from _service(status, checks)
    yield from _place(status.get("place") or {})
    yield from _answers(status)
    yield from _camera(status.get("camera") or {})
    yield from _record(status.get("record") or {})
    yield from _device(status.get("device") or {})
    yield from _processes(status.get("processes") or ())
    yield from _disks(status.get("disk") or ())


def _service(status: Json, checks: Sequence[Any]) -> Iterator[Figure]:
    service, model = status.get("service") or {}, status.get("model") or {}
    engine = status.get("engine") or {}
    facts = {
        "version": str(service.get("version") or ""),
        "model": " ".join(str(model.get(key) or "") for key in ("name", "version")).strip(),
        "backend": str(engine.get("backend") or ""),
        "precision": str(engine.get("precision") or ""),
    }
    yield Figure("plantd_info", GAUGE, "What runs: always 1.", [(facts, 1.0)])
    yield Figure(
        "plantd_state",
        GAUGE,
        "1 for the state that the service is in.",
        [({"state": each}, float(service.get("state") == each)) for each in STATES],
    )
    yield Figure(
        "plantd_check",
        GAUGE,
        "1 for what each check of the health says.",
        [
            ({"check": str(check.id), "state": each}, float(check.state == each))
            for check in checks
            for each in CHECK_STATES
        ],
    )
    yield Figure(
        "plantd_uptime_seconds",
        GAUGE,
        "Since the service was started.",
        [({}, service.get("since_s"))],
    )
    yield Figure(
        "plantd_model_calibrated",
        GAUGE,
        "1 where the thresholds have a fitted error bound.",
        [({}, float(bool(model.get("calibrated"))) if model else None)],
    )


def _place(place: Json) -> Iterator[Figure]:
    """Yield the region and who told it: nothing that leads back to a position."""
    by = str(place.get("by") or "")
    regions = [str(region) for region in place.get("regions") or ("",)]
    yield Figure(
        "plantd_place_info",
        GAUGE,
        "Each region that the box takes itself to be in, and by whom: always 1.",
        [({"region": region, "by": by}, 1.0) for region in regions] if place else [],
    )


def _answers(status: Json) -> Iterator[Figure]:
    counts = status.get("verdicts") or {}
    yield Figure(
        "plantd_verdicts",
        COUNTER,
        "Answers given, those of the record at the start among them.",
        [({"answer": each}, counts.get(each)) for each in ANSWERS],
    )
    stages = status.get("latency_ms") or {}
    yield Figure(
        "plantd_press_seconds",
        SUMMARY,
        "How long each stage of the newest presses took; stage total is from press to answer.",
        [
            ({"stage": stage, "quantile": quantile}, _seconds(values.get(key)))
            for stage, values in stages.items()
            for key, quantile in QUANTILES
        ],
    )
    engine = status.get("engine") or {}
    for name, key, text in (
        ("plantd_engine_first_inference_seconds", "first_ms", "The first inference after loading."),
        ("plantd_engine_inference_seconds", "steady_ms", "The median inference since."),
    ):
        yield Figure(name, GAUGE, text, [({}, _seconds(engine.get(key)))])


def _camera(camera: Json) -> Iterator[Figure]:
    yield Figure(
        "plantd_camera_state",
        GAUGE,
        "1 for the state that the camera is in.",
        [({"state": each}, float(camera.get("state") == each)) for each in STATES],
    )
    for name, key, kind, text in (
        ("plantd_camera_frames", "frames", COUNTER, "Frames that arrived."),
        ("plantd_camera_restarts", "restarts", COUNTER, "Starts of the capture process again."),
        ("plantd_camera_frames_per_second", "fps", GAUGE, "How fast frames arrive."),
    ):
        yield Figure(name, kind, text, [({}, camera.get(key))])


def _record(record: Json) -> Iterator[Figure]:
    for name, key, kind, text in (
        ("plantd_record_committed", "committed", COUNTER, "Answers recorded since the start."),
        ("plantd_record_failed", "failed", COUNTER, "Answers that could not be recorded."),
        ("plantd_record_waiting", "waiting", GAUGE, "Answers that wait for the disk."),
        ("plantd_record_pictures_bytes", "pictures_bytes", GAUGE, "Size of the pictures kept."),
        ("plantd_record_database_bytes", "database_bytes", GAUGE, "Size of the database."),
    ):
        yield Figure(name, kind, text, [({}, record.get(key))])


def _device(device: Json) -> Iterator[Figure]:
    memory, swap = device.get("memory") or {}, device.get("swap") or {}
    for name, value, text in (
        ("plantd_memory_size_bytes", memory.get("total_mb"), "Memory of the device."),
        ("plantd_memory_available_bytes", memory.get("available_mb"), "Memory that is left."),
        ("plantd_swap_used_bytes", swap.get("used_mb"), "Swap in use."),
    ):
        yield Figure(name, GAUGE, text, [({}, _bytes(value))])
    zones = device.get("temperatures_c") or {}
    yield Figure(
        "plantd_temperature_celsius",
        GAUGE,
        "Temperature of each zone.",
        [({"zone": str(zone)}, value) for zone, value in zones.items()],
    )
    throttling = device.get("throttling")
    yield Figure(
        "plantd_throttling_devices",
        GAUGE,
        "How many cooling devices slow the device down.",
        [({}, None if throttling is None else float(len(throttling)))],
    )


def _processes(processes: Sequence[Json]) -> Iterator[Figure]:
    for name, key, text in (
        ("plantd_process_resident_memory_bytes", "rss_mb", "Resident memory of each process."),
        ("plantd_process_open_fds", "fds", "Open file descriptors of each process."),
        ("plantd_process_threads", "threads", "Threads of each process."),
    ):
        values = [({"process": str(each.get("name"))}, each.get(key)) for each in processes]
        if key == "rss_mb":
            values = [(labels, _bytes(value)) for labels, value in values]
        yield Figure(name, GAUGE, text, values)


def _disks(disks: Sequence[Json]) -> Iterator[Figure]:
    for name, key, text in (
        ("plantd_disk_size_bytes", "total_mb", "Size of each file system that is written to."),
        ("plantd_disk_free_bytes", "free_mb", "What may still be written there."),
    ):
        values = [({"disk": str(each.get("name"))}, _bytes(each.get(key))) for each in disks]
        yield Figure(name, GAUGE, text, values)
    told = [
        (
            {"disk": str(each.get("name"))},
            None if each.get("read_only") is None else float(bool(each["read_only"])),
        )
        for each in disks
    ]
    yield Figure("plantd_disk_read_only", GAUGE, "1 where nothing can be written.", told)


def _seconds(milliseconds: Optional[float]) -> Optional[float]:
    return None if milliseconds is None else milliseconds / 1000.0


def _bytes(mebibytes: Optional[float]) -> Optional[float]:
    return None if mebibytes is None else mebibytes * MIB
