"""A comparison as a table for a person, as JSON, and as a picture."""

from typing import Any, Dict, List, Sequence

from plantd.errors import UnavailableError
from plantd_import.benchmark import compare
from plantd_import.benchmark.compare import Comparison
from plantd_import.benchmark.interleaving import Absent, Row
from plantd_import.benchmark.worker import Measurement

MIB = float(1 << 20)
SLOW, FAST = "tensorflow two sessions", "onnxruntime one graph"
# cpu: processor time of one inference, over all threads; other programs hardly change it.
ROW = "{:25}{:>5}{:>7}{:>8}{:>7}{:>7}{:>7}{:>7}{:>6}"
HEADINGS = ("", "load", "first", "median", "p95", "p99", "cpu", "memory", "file")
UNITS = ("", "s", "ms", "ms", "ms", "ms", "ms", "MB", "MiB")


def lines(found: Comparison) -> List[str]:
    """Return the table, its heading and what it comes to."""
    counts, nodes = found.counts, found.nodes
    frozen = "{} in two frozen graphs, ".format(nodes[0]) if nodes[0] else ""
    shown = [
        "{}: {} inferences of both heads after {} others, {} threads, {}".format(
            found.title, counts.runs, counts.warm_up, counts.threads, found.machine["cpu"]
        ),
        "all in memory, taking turns of {}".format(counts.each)
        if counts.each
        else "one runtime after the other",
        "nodes: {}{} in two ONNX graphs, {} in one".format(frozen, nodes[1], nodes[2]),
        _machine_line(found.machine),
        ROW.format(*HEADINGS).rstrip(),
        ROW.format(*UNITS).rstrip(),
    ]
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


def chart_library() -> Any:
    """Return matplotlib's module of figures; raise UnavailableError where it is not installed."""
    try:
        import matplotlib.figure
    except ImportError as error:
        raise UnavailableError(
            "the chart needs matplotlib, which is not installed here; pip install matplotlib, or "
            "leave --out out"
        ) from error
    return matplotlib.figure


def write_chart(found: Sequence[Comparison], path: str) -> None:
    """Write a PNG: a row of latency and memory for each model."""
    figure = chart_library().Figure(figsize=(11, 0.6 + 2.6 * len(found)), layout="constrained")
    axes = figure.subplots(len(found), 2, squeeze=False)
    for (left, right), one in zip(axes, found):
        rows = [row for row in one.rows if isinstance(row, Measurement)][::-1]
        names = [row.runtime for row in rows]
        left.boxplot(
            [row.latencies_ms for row in rows], orientation="horizontal", tick_labels=names
        )
        left.set_xlim(left=0)
        left.set_title("{}: latency of both heads, ms".format(one.title))
        bars = right.barh(names, [row.rss_mb for row in rows], color="tab:green")
        right.bar_label(bars, fmt="%.0f", padding=3)
        right.set_yticks([])
        right.margins(x=0.15)
        right.set_title("resident memory, MB")
    figure.savefig(path, dpi=120)


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
    times = compare.summary(row)
    cells = [
        "{:.1f}".format(row.import_s + row.load_s),
        "{:.0f}".format(row.first_ms),
        *("{:.1f}".format(v) for v in (times.median, times.p95, times.p99, row.cpu_ms)),
        "{:.0f}".format(row.rss_mb),
        "{:.0f}".format(row.size_bytes / MIB),
    ]
    return ROW.format(row.runtime, *cells)


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
