"""From committed records to what README may call proven. Pure.

A record proves what its board did, never more: elements that are there have not delivered a frame,
and a record made on anything but a Jetson proves nothing about one.
"""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from plantd.support.board_schema import is_tx2, listed, part, unfit_pins
from plantd.telemetry.tegrastats_line import readings_from_line

NOTHING = "No record of a Jetson is in {}: nothing is proven on a board."
HEAD = ("| what | proven on | seen |", "|---|---|---|")
CSI_ELEMENTS = ("nvarguscamerasrc", "nvvidconv")
FAMILIES = {
    "nvidia,tegra186": "TX2 family",
    "nvidia,tegra194": "Xavier family",
    "nvidia,tegra210": "TX1 and Nano family",
    "nvidia,tegra234": "Orin family",
}

Record = Mapping[str, Any]


class Evidence(NamedTuple):
    """What a record says about one subject."""

    proven: bool
    words: str


def _device_tests(record: Record) -> Optional[Evidence]:
    found = part(record, "device_tests")
    if not found:
        return None
    words = "{passed} passed, {failed} failed, {skipped} skipped".format(**found)
    return Evidence(bool(found["passed"]) and not found["failed"] and not found["skipped"], words)


def _default_bundle(record: Record) -> Optional[Evidence]:
    found = part(part(record, "latencies"), "tensorrt")
    if not found:
        return None
    words = (
        "{model}, TensorRT {version}, {precision}: first {first_ms} ms, median {median_ms} ms, "
        "p95 {p95_ms} ms over {runs}".format(**found)
    )
    return Evidence(True, words)


def _pins(record: Record) -> Optional[Evidence]:
    chips = listed(part(record, "gpiochips"), "chips")
    if not chips or not is_tx2(record):
        return None
    unfit = unfit_pins(record)
    words = ", ".join(
        "{} ({} lines)".format(chip.get("label"), chip.get("lines")) for chip in chips
    )
    return Evidence(not unfit, words + "; no line was driven")


def _tegrastats(record: Record) -> Optional[Evidence]:
    lines = part(record, "tegrastats").get("lines")
    if not lines:
        return None
    read = [readings_from_line(line) for line in lines]
    rails = ", ".join(rail.name for rail in read[0].rails) or "none"
    return Evidence(
        all(each.ram_total_mb is not None for each in read),
        "{} lines; rails: {}".format(len(lines), rails),
    )


def _csi(record: Record) -> Optional[Evidence]:
    present = part(record, "gstreamer").get("present")
    if present is None:
        return None
    absent = [name for name in CSI_ELEMENTS if name not in present]
    words = "absent: " + ", ".join(absent) if absent else ", ".join(CSI_ELEMENTS)
    return Evidence(not absent, words + "; no frame was taken")


SUBJECTS: Sequence[Tuple[str, Callable[[Record], Optional[Evidence]]]] = (
    ("the engines' suite (`make device-test`)", _device_tests),
    ("the default bundle on `tensorrt`", _default_bundle),
    ("chips and lines of the TX2's header", _pins),
    ("tegrastats' lines are read", _tegrastats),
    ("the CSI pipeline's elements are there", _csi),
)


def table(records: Sequence[Record], folder: str) -> List[str]:
    """Return README's rows, one a subject and board; one sentence when no board was recorded."""
    boards = [record for record in records if part(record, "board").get("is_jetson") is True]
    if not boards:
        return [NOTHING.format(folder)]
    rows = list(HEAD)
    for what, look in SUBJECTS:
        for record in sorted(boards, key=title):
            rows.append(_row(what, title(record), look(record)))
    return rows


def title(record: Record) -> str:
    """Return "model (family), L4T x, date" of a record."""
    board, recorded = part(record, "board"), part(record, "recorded")
    families = [FAMILIES[name] for name in board.get("compatible") or () if name in FAMILIES]
    date = recorded.get("date") or "undated"
    if recorded.get("dated_by") == "unsynchronised clock":
        date += " by an unsynchronised clock"
    return "{}{}, L4T {}, {}".format(
        board.get("model") or "a Jetson",
        " ({})".format(families[0]) if families else "",
        board.get("l4t") or "unknown",
        date,
    )


def _row(what: str, where: str, seen: Optional[Evidence]) -> str:
    cells: Dict[str, str] = {"what": what, "on": "proven on " + where, "seen": ""}
    if seen is None:
        cells["on"] = "unproven: not in the record of " + where
    else:
        cells["seen"] = seen.words
        if not seen.proven:
            cells["on"] = "unproven on " + where
    return "| {} |".format(" | ".join(cell.replace("|", "/") for cell in cells.values()))
