"""A comparison as a table for a person, as JSON, and as a page with plots."""

from typing import TYPE_CHECKING, Any, Dict, List, Sequence

from plantd.errors import UnavailableError
from plantd_import.benchmark import compare
from plantd_import.benchmark.compare import Comparison
from plantd_import.benchmark.interleaving import Absent, Row
from plantd_import.benchmark.worker import Measurement

if TYPE_CHECKING:
    from plantd_import.pages.page import Page

MIB = float(1 << 20)
SLOW, FAST = "tensorflow two sessions", "onnxruntime one graph"
# cpu: processor time of one inference, over all threads; other programs hardly change it.
ROW = "{:25}{:>5}{:>7}{:>8}{:>7}{:>7}{:>7}{:>7}{:>6}"
HEADINGS = ("", "load", "first", "median", "p95", "p99", "cpu", "memory", "file")
UNITS = ("", "s", "ms", "ms", "ms", "ms", "ms", "MB", "MiB")
_COLUMNS = [" ".join(pair).strip() for pair in zip(HEADINGS, UNITS)]


def lines(found: Comparison) -> List[str]:
    """Return the table, its heading and what it comes to."""
    shown = [*_heading(found), ROW.format(*HEADINGS).rstrip(), ROW.format(*UNITS).rstrip()]
    shown += [_line(row) for row in found.rows]
    worst = max((row.difference for row in found.rows if isinstance(row, Measurement)), default=0.0)
    shown.append("every answer is within {:.0e} of the reference".format(worst))
    ratios = compare.ratios_of(found, SLOW, FAST)
    if ratios is not None:
        words = (
            "{} against {}:\n{:.1f} times as fast, {:.1f} times less cpu, {:.1f} times less memory"
        )
        shown.append(words.format(FAST, SLOW, *ratios))
    return shown + _side_by_side(found)


def _heading(found: Comparison) -> List[str]:
    """Return what was measured, in which order, of which graphs, on which machine."""
    counts, nodes = found.counts, found.nodes
    frozen = "{} in two frozen graphs, ".format(nodes[0]) if nodes[0] else ""
    return [
        "{}: {} inferences of both heads after {} others, {} threads, {}".format(
            found.title, counts.runs, counts.warm_up, counts.threads, found.machine["cpu"]
        ),
        "all in memory, taking turns of {}".format(counts.each)
        if counts.each
        else "one runtime after the other",
        "nodes: {}{} in two ONNX graphs, {} in one".format(frozen, nodes[1], nodes[2]),
        _machine_line(found.machine),
    ]


def _side_by_side(found: Comparison) -> List[str]:
    pairs = [(row.runtime, compare.side_by_side(found, row.runtime, FAST)) for row in found.rows]
    shown = [
        "  {:25}{:.2f} times (from {:.2f} to {:.2f})".format(name, *ratio)
        for name, ratio in pairs
        if ratio is not None and name != FAST
    ]
    heading = "median latency of a round, as a multiple of that of {}:".format(FAST)
    return [heading, *shown] if shown else []


def tree(found: Comparison) -> Dict[str, Any]:
    """Return a comparison as JSON has it."""
    return {
        "schema": 1,
        "title": found.title,
        **found.counts._asdict(),
        "nodes": dict(zip(("frozen", "onnx_separate", "onnx_merged"), found.nodes)),
        "machine": found.machine,
        "rows": [_row_tree(row, found) for row in found.rows],
    }


def check_pages() -> None:
    """Raise UnavailableError where the libraries that a page needs are not installed."""
    try:
        import plantd_import.pages.page
        import plantd_import.pages.plots  # noqa: F401  # only whether it can be
    except ImportError as error:
        raise UnavailableError(
            "the report needs {0}, which is not installed here; pip install {0}, or leave --out "
            "out".format(error.name)
        ) from error


def page(found: Sequence[Comparison]) -> "Page":
    """Return the page of all comparisons: each as a table for a person, latency and memory."""
    from plantd_import.pages import plots
    from plantd_import.pages.page import Page

    made = Page("Runtimes compared")
    for one in found:
        rows = [row for row in one.rows if isinstance(row, Measurement)]
        names = [row.runtime for row in rows]
        made.heading(one.title)
        for line in _heading(one):
            made.paragraph(line)
        made.table(_COLUMNS, [_cells(row) for row in rows])
        title = "latency of both heads, ms"
        made.plot(plots.boxes(title, names, [row.latencies_ms for row in rows]), title)
        title = "resident memory, MB"
        made.plot(
            plots.bars(title, names, [row.rss_mb for row in rows], [False] * len(rows)), title
        )
    return made


def _machine_line(machine: Dict[str, Any]) -> str:
    """What the figures depend on beside the runtimes; what the machine does not say is left out."""
    ends = [machine[when] for when in ("before", "after")]
    parts = []
    loads = [end["cpu"]["load_average"][0] for end in ends if end["cpu"]["load_average"]]
    if len(loads) == 2:
        parts.append("load average {:.1f} before, {:.1f} after".format(*loads))
    clocks = {core["frequency_mhz"] for core in ends[1]["cpu"]["cores"]} - {None}
    if clocks:
        parts.append("cores at {} MHz".format(" ".join(str(mhz) for mhz in sorted(clocks))))
    if ends[1]["power_mode"]:
        parts.append("power mode {}".format(ends[1]["power_mode"]))
    hot = [max(end["temperatures_c"].values()) for end in ends if end["temperatures_c"]]
    if len(hot) == 2:
        parts.append("hottest {:.0f} C before, {:.0f} C after".format(*hot))
    return "machine: " + (", ".join(parts) or "says nothing about itself")


def _line(row: Row) -> str:
    if isinstance(row, Absent):
        return "{:25}not measured: {}".format(row.runtime, row.reason)
    return ROW.format(*_cells(row))


def _cells(row: Measurement) -> List[str]:
    times = compare.summary(row)
    return [
        row.runtime,
        "{:.1f}".format(row.import_s + row.load_s),
        "{:.0f}".format(row.first_ms),
        *("{:.1f}".format(v) for v in (times.median, times.p95, times.p99, row.cpu_ms)),
        "{:.0f}".format(row.rss_mb),
        "{:.0f}".format(row.size_bytes / MIB),
    ]


def _row_tree(row: Row, found: Comparison) -> Dict[str, Any]:
    if isinstance(row, Absent):
        return {"runtime": row.runtime, "absent": row.reason}
    times = compare.summary(row)
    figures = {"median_ms": times.median, "p95_ms": times.p95, "p99_ms": times.p99}
    ratio = compare.side_by_side(found, row.runtime, FAST)
    return {
        **row._asdict(),
        **figures,
        "latencies_ms": list(row.latencies_ms),
        "side_by_side": None if ratio is None else {"against": FAST, **ratio._asdict()},
    }
