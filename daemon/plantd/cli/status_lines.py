"""What `plantd-cli status` prints, from the JSON of /v1/status. Pure.

Every key may be missing: the service may be older or newer than this program.
"""

from typing import Any, Dict, Iterator, List, Sequence

from plantd.cli.promises import promises
from plantd.cli.tables import table
from plantd.cli.wording import duration, place_line, trial_line, update_line
from plantd.system.terminal import wrapped
from plantd.telemetry.readings_json import readings_from_json
from plantd.telemetry.tegrastats_line import line_from_readings

Json = Dict[str, Any]


def status_lines(status: Json) -> List[str]:
    """Return one line of the device as tegrastats prints it, then the service's own."""
    lines = [line_from_readings(readings_from_json(_section(status, "device")))]
    for label, text in _facts(status):
        lines += wrapped(label, text)
    for made in (_latencies(status), _processes(status), _disks(status)):
        lines += ["", *made] if made else []
    return [line for index, line in enumerate(lines) if line or index]


def engine_lines(engine: Json) -> List[str]:
    """Return the engine that answers as lines, its plan in full."""
    memory = engine.get("memory_mb")
    facts = [
        ("backend", "{} {}".format(engine.get("backend"), engine.get("version", "")).strip()),
        ("precision", engine.get("precision")),
        ("plan", engine.get("plan")),
        ("inference", _inference(engine)),
        ("memory", None if memory is None else "{} (estimate)".format(megabytes(memory))),
        ("state", _joined(engine.get("state"), engine.get("detail"))),
    ]
    return [line for name, fact in facts if fact for line in wrapped(name, str(fact))]


def no_engine(health: Json) -> str:
    """Return why no engine answers, as the health checks tell it."""
    for check in health.get("checks", []):
        if check.get("id") == "engine" and check.get("detail"):
            return str(check["detail"])
    return "no engine answers yet: the model is still being loaded; ask again in a few seconds"


def _facts(status: Json) -> Iterator[Sequence[str]]:
    yield "service", _service(_section(status, "service"))
    for sentence in _section(status, "service").get("degraded") or ():
        yield "  !", str(sentence)
    yield "camera", _camera(status.get("camera"))
    yield "button", _button(status.get("button"))
    yield "light", str(status.get("light") or "none")
    for index, text in enumerate(_model(status)):
        yield "" if index else "model", text
    if status.get("models"):
        yield "models", _models(_section(status, "models"))
    if status.get("place"):
        yield "place", place_line(_section(status, "place"))
    for name, line in (("trial", trial_line), ("update", update_line)):
        told = line(status.get(name))
        if told:
            yield name, told
    stick = status.get("stick")
    if stick:
        yield "stick", "{}: {}: {}".format(*(stick.get(key) for key in ("name", "state", "detail")))
    yield "engine", _engine(status.get("engine"))
    yield "inference", _inference(_section(status, "engine"))
    yield "verdicts", _verdicts(status.get("verdicts"))
    yield "record", _record(status.get("record"))
    if status.get("log"):
        yield "log", _log(_section(status, "log"))
    for index, notifier in enumerate(status.get("notifiers") or ()):
        yield "" if index else "told", _notifier(notifier)
    yield "power", _power(_section(status, "device"))
    source = _section(_section(status, "device"), "source")
    if source.get("detail"):
        yield "telemetry", "{}: {}".format(source.get("state"), source["detail"])


def _service(service: Json) -> str:
    return _joined(
        "{} for {}".format(service.get("state", "?"), duration(service.get("since_s"))),
        service.get("detail"),
        "plantd {}".format(service.get("version", "?")),
        "pid {}".format(service.get("pid", "?")),
        service.get("config"),
    )


def _camera(camera: Any) -> str:
    if not camera:
        return "none"
    size = "{}x{}".format(camera.get("width_px"), camera.get("height_px"))
    return _joined(
        "{} {}".format(camera.get("state"), camera.get("source")),
        camera.get("detail"),
        size if camera.get("width_px") else "",
        "{:.1f} frames/s".format(camera["fps"]) if camera.get("fps") else "",
        "{} frames".format(camera.get("frames", 0)),
        "restarts: {}".format(camera["restarts"]) if camera.get("restarts") else "",
        "pid {}".format(camera["pid"]) if camera.get("pid") else "",
    )


def _button(button: Any) -> str:
    if not button:
        return "none"
    return _joined(
        "ok" if button.get("ok") else "FAULT",
        button.get("detail"),
        "{} {}".format(button.get("driver", ""), button.get("line", "")).strip(),
        "{} presses".format(button.get("presses", 0)),
    )


def _model(status: Json) -> List[str]:
    """The model, then each promise of its thresholds on a line of its own."""
    model = status.get("model")
    if not model:
        return ["none is loaded"]
    title = "{} {}".format(model.get("name"), model.get("version"))
    species = "{} species".format(model.get("labels", "?"))
    first, *more = calibration(model, _section(status, "engine").get("precision"))
    off = "nothing is called edible: verdict.edible is off" if status.get("edible") is False else ""
    return [_joined(title, species, first), *more, *([off] if off else [])]


def _models(models: Json) -> str:
    return _joined(
        "active {}".format(models.get("active") or "none"),
        "before {}".format(models["previous"]) if models.get("previous") else "",
        "{} installed".format(len(models.get("installed") or ())),
    )


def calibration(model: Json, precision: Any = None) -> List[str]:
    """Return what the thresholds promise, if they promise anything; the first is a word or two."""
    told = promises(model, precision)
    if model.get("calibrated"):
        return ["calibrated", *told]
    lacking = "of the poisonous plants it knows " if told else ""
    return [
        "UNCALIBRATED: its thresholds are provisional, no error rate {}is promised".format(lacking),
        *told,
    ]


def _engine(engine: Any) -> str:
    if not engine:
        return "none is loaded"
    memory = engine.get("memory_mb")
    return _joined(
        "" if engine.get("state", "ok") == "ok" else str(engine.get("state")),
        engine.get("detail"),
        "{} {}".format(engine.get("backend"), engine.get("version", "")).strip(),
        engine.get("precision"),
        str(engine.get("plan") or "")[: len("sha256:") + 12],
        "" if memory is None else "{:.0f} MB of memory (estimate)".format(memory),
    )


def _inference(engine: Json) -> str:
    return "first {}, steady {}".format(
        milliseconds(engine.get("first_ms")), milliseconds(engine.get("steady_ms"))
    )


def _verdicts(verdicts: Any) -> str:
    if not verdicts:
        return "none"
    # Older services call it since_boot, and count the same.
    since_start = verdicts.get("since_start", verdicts.get("since_boot", "?"))
    return "{} poisonous, {} edible, {} unsure; {} in all, {} since the start".format(
        *(verdicts.get(key, "?") for key in "poisonous edible unsure total".split()), since_start
    )


def _log(log: Json) -> str:
    return _joined(
        "ok" if log.get("ok") else "FAULT",
        log.get("detail"),
        log.get("path"),
        "{} events MISSING".format(log["dropped"]) if log.get("dropped") else "",
    )


def _notifier(notifier: Json) -> str:
    return _joined(
        "{} {}".format(notifier.get("name", "?"), "ok" if notifier.get("ok") else "FAULT"),
        notifier.get("detail"),
        "{} delivered".format(notifier.get("delivered", "?")),
        "{} FAILED".format(notifier["failed"]) if notifier.get("failed") else "",
        "{} DROPPED".format(notifier["dropped"]) if notifier.get("dropped") else "",
        "{} waiting".format(notifier["waiting"]) if notifier.get("waiting") else "",
    )


def _record(record: Any) -> str:
    if not record:
        return "none"
    return _joined(
        str(record.get("state", "?")),
        record.get("detail"),
        "last #{}".format(record["last_seq"]) if record.get("last_seq") else "empty",
        "{} recorded since the start".format(record.get("committed", 0)),
        "{} LOST".format(record["failed"]) if record.get("failed") else "",
        "{} waiting".format(record["waiting"]) if record.get("waiting") else "",
        "pictures {}".format(megabytes(record.get("pictures_bytes"))),
        "database {}".format(megabytes(record.get("database_bytes"))),
        *("set aside as broken: {}".format(path) for path in record.get("set_aside") or ()),
        record.get("incident"),
        "being checked" if record.get("check") == "running" else "",
    )


def _power(device: Json) -> str:
    throttling = device.get("throttling")
    mode = device.get("power_mode")
    if throttling:
        slowed = "slowed down by {}".format(", ".join(throttling))
    else:
        slowed = "throttling unknown" if throttling is None else "not slowed down"
    return _joined("mode {}".format(mode) if mode else "mode unknown", slowed)


def _latencies(status: Json) -> List[str]:
    stages = _section(status, "latency_ms")
    columns = ("median", "p95", "p99", "max")
    rows = [
        [stage, str(values.get("n", "?")), *(_figure(values.get(name)) for name in columns)]
        for stage, values in stages.items()
    ]
    return table(("stage, ms", "n", *columns), rows, right=range(1, 6)) if rows else []


def _processes(status: Json) -> List[str]:
    columns = ("pid", "rss_mb", "pss_mb", "threads", "fds")
    rows = [
        [str(process.get("name", "?")), *(_figure(process.get(name)) for name in columns)]
        for process in status.get("processes") or ()
    ]
    head = ("process", "pid", "RSS MB", "PSS MB", "threads", "files")
    return table(head, rows, right=range(1, 6)) if rows else []


def _disks(status: Json) -> List[str]:
    rows = []
    for disk in status.get("disk") or ():
        inodes = disk.get("inodes_used_percent")
        rows.append(
            [
                str(disk.get("name", "?")),
                _figure(disk.get("free_mb")),
                _figure(disk.get("total_mb")),
                "-" if inodes is None else "{:.0f} %".format(inodes),
                "READ-ONLY" if disk.get("read_only") else "writable",
                str(disk.get("path", "")),
            ]
        )
    head = ("disk", "free MB", "total MB", "inodes", "", "path")
    return table(head, rows, right=(1, 2, 3), give=5) if rows else []


def milliseconds(value: Any) -> str:
    """Return a time with its unit."""
    return "{:.1f} ms".format(value) if isinstance(value, (int, float)) else "not measured"


def megabytes(value: Any) -> str:
    """Return a size in MB."""
    return "{:.1f} MB".format(value / 2**20) if isinstance(value, (int, float)) else "?"


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return "{:.1f}".format(value)
    return "-" if value is None else str(value)


def _section(values: Json, key: str) -> Json:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _joined(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)
