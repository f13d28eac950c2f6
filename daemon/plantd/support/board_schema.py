"""What a committed record of a board may look like. Pure but for `load`.

How this works: SHAPE mirrors the record. A type stands for itself (float takes whole numbers too),
[shape] for a list, {name: shape} for an object with no other names, {"*": shape} for one with any.
Every field is optional: it may be absent, null, or {"missing": sentence}. What the shape lets pass
is looked at by those whose words it is: doctor's ids, tegrastats' lines, the TX2's pins.
"""

from typing import Any, Dict, Iterator, List, Mapping

from plantd.doctor.probes import STATES
from plantd.doctor.table import CHECKS
from plantd.errors import NotFoundError
from plantd.gpio.boards import TX2
from plantd.support.board_facts import SCHEMA
from plantd.support.redaction import redacted
from plantd.system.json_text import tree_from_json
from plantd.telemetry.interface import Readings
from plantd.telemetry.tegrastats_line import NAME, readings_from_line

TX2_SOC = "nvidia,tegra186"
_ANY: Dict[str, Any] = {"*": None}
_TIMES: Dict[str, Any] = dict.fromkeys(("open_ms", "first_ms", "median_ms", "p95_ms"), float)
SHAPE: Dict[str, Any] = {
    "schema": int,
    "plantd": str,
    "recorded": {"date": str, "dated_by": str},
    "board": {"is_jetson": bool, "model": str, "compatible": [str], "l4t": str},
    "versions": {
        "python": str,
        "machine": str,
        "kernel": str,
        "system": str,
        "cuda": str,
        "packages": {"*": str},
        "libraries": {"*": str},
    },
    "device_tests": {
        "passed": int,
        "failed": int,
        "skipped": int,
        "tests": [{"name": str, "outcome": str, "message": str}],
    },
    "doctor": {
        "schema": int,
        "version": str,
        "state": str,
        "checks": [{"id": str, "state": str, "detail": str, "remedy": str}],
    },
    "tegrastats": {"lines": [str]},
    "gpiochips": {"chips": [{"path": str, "label": str, "lines": int}]},
    "gstreamer": {
        "opencv": str,
        "gstreamer": str,
        "problem": str,
        "present": [str],
        "absent": [str],
    },
    "engine_log": {"build": [str], "unit": [str]},
    "plan": _ANY,
    "latencies": {
        "*": dict(_TIMES, backend=str, precision=str, plan=str, version=str, model=str, runs=int)
    },
}


def load(path: str) -> Dict[str, Any]:
    """Return a record's tree. Raises NotFoundError with everything that is wrong with it."""
    try:
        with open(path, "rb") as source:
            tree = tree_from_json(source.read())
    except (OSError, ValueError) as error:
        raise NotFoundError("{} cannot be read as a record: {}".format(path, error)) from error
    problems = problems_of(tree)
    if problems:
        told = "\n".join("{}: {}".format(path, problem) for problem in problems)
        raise NotFoundError(told + "\nrecord the board again: make device-record")
    found: Dict[str, Any] = tree
    return found


def problems_of(tree: Any) -> List[str]:
    """Return what is wrong with a record, one sentence each; empty when nothing is."""
    if not isinstance(tree, dict):
        return ["record is {!r}; expected dict".format(tree)]
    found = list(_misshapen(tree, SHAPE, "record"))
    if found:
        return found
    if tree.get("schema") != SCHEMA:
        return ["record.schema is {!r}; expected {}".format(tree.get("schema"), SCHEMA)]
    found += _unknown_checks(part(tree, "doctor"))
    found += _unread_lines(part(tree, "tegrastats"))
    found += unfit_pins(tree)
    found += _private(tree, "record")
    return found


def part(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a section; empty when it is absent or missing."""
    section = tree.get(name)
    return section if isinstance(section, dict) and "missing" not in section else {}


def is_tx2(tree: Mapping[str, Any]) -> bool:
    """Whether the board has the TX2's chip."""
    return TX2_SOC in listed(part(tree, "board"), "compatible")


def unfit_pins(tree: Mapping[str, Any]) -> List[str]:
    """Pins of the TX2's header that the chips of a recorded TX2 do not have.

    Other boards have other chips, and no header that plantd knows.
    """
    chips = listed(part(tree, "gpiochips"), "chips")
    if not chips or not is_tx2(tree):
        return []
    lines = {chip.get("label"): chip["lines"] for chip in chips if _is_count(chip.get("lines"))}
    return [
        "record.gpiochips: pin {} is line {} of {}, which has {} lines".format(
            number, pin.line, pin.chip, lines.get(pin.chip, "no")
        )
        for number, pin in sorted(TX2.pins.items())
        if pin.line >= lines.get(pin.chip, 0)
    ]


def _misshapen(value: Any, shape: Any, where: str) -> Iterator[str]:
    if value is None or shape is None or _is_missing(value):
        return
    if isinstance(shape, list) and isinstance(value, list):
        for number, item in enumerate(value):
            inner = "{}[{}]".format(where, number)
            if item is None or _is_missing(item):
                yield "{} is {!r}; what is not there has no place in a list".format(inner, item)
            yield from _misshapen(item, shape[0], inner)
    elif isinstance(shape, dict) and isinstance(value, dict):
        for name in sorted(value):
            inner = "{}.{}".format(where, name)
            if name not in shape and "*" not in shape:
                yield "{} is not known; known: {}".format(inner, ", ".join(sorted(shape)))
            else:
                yield from _misshapen(value[name], shape.get(name, shape.get("*")), inner)
    elif type(value) is not shape and not (shape is float and type(value) is int):
        expected = shape.__name__ if isinstance(shape, type) else type(shape).__name__
        yield "{} is {!r}; expected {}".format(where, value, expected)


def listed(section: Mapping[str, Any], name: str) -> List[Any]:
    """Return a list of a section; empty where it is absent or missing."""
    found = section.get(name)
    return found if isinstance(found, list) else []


def _is_count(value: Any) -> bool:
    return type(value) is int


def _is_missing(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["missing"] and bool(value["missing"])


def _unknown_checks(doctor: Mapping[str, Any]) -> Iterator[str]:
    known = {ident for ident, _ in CHECKS}
    for check in listed(doctor, "checks"):
        if str(check.get("id")).partition(".")[0] not in known:
            yield "record.doctor: no check is called {!r}".format(check.get("id"))
        if check.get("state") not in STATES:
            yield "record.doctor: {} is {!r}; expected one of {}".format(
                check.get("id"), check.get("state"), ", ".join(STATES)
            )


def _unread_lines(tegrastats: Mapping[str, Any]) -> Iterator[str]:
    for line in listed(tegrastats, "lines"):
        read = readings_from_line(line)
        if read == Readings(source=NAME) or read.ram_total_mb is None or not read.cores:
            yield "record.tegrastats: this line is not understood: {!r}".format(line)


def _private(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if redacted(value, []) != value:
            yield "{} is not redacted: {!r}".format(where, redacted(value, []))
    elif isinstance(value, dict):
        for name in sorted(value):
            yield from _private(name, where)
            yield from _private(value[name], "{}.{}".format(where, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _private(item, "{}[{}]".format(where, number))
