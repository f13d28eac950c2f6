"""The study's section 7, repeatable: what each runtime takes to answer for one picture.

Every runtime gets the same pictures, the same number of threads and a process of its own. They are
loaded one after the other and then take turns. What is not installed is listed with the reason,
never left out in silence.
"""

import os
import platform
from contextlib import ExitStack
from statistics import median
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import onnx

from plantd import bundle
from plantd.telemetry.latencies import Percentiles, percentiles
from plantd.telemetry.proc import ProcSource
from plantd.telemetry.readings_json import json_from_readings
from plantd_import.benchmark import runtimes
from plantd_import.benchmark.interleaving import Row, TimedProcess, turns
from plantd_import.benchmark.runtimes import Frozen, Material
from plantd_import.benchmark.worker import Measurement
from plantd_import.importer import child, steps


class Counts(NamedTuple):
    """How often, after how many others, with how many threads.

    Attributes:
        each: inferences in one turn; None: one runtime after the other, each alone in memory.
    """

    runs: int = 50
    warm_up: int = 5
    threads: int = 2
    each: Optional[int] = 5


class Comparison(NamedTuple):
    """All rows of one model.

    Attributes:
        nodes: of the frozen graphs together (0 without them), of both heads' ONNX, of the merged.
        machine: what the device said before and after (readings of plantd.telemetry).
    """

    title: str
    counts: Counts
    rows: Tuple[Row, ...]
    nodes: Tuple[int, int, int]
    machine: Dict[str, Any]


def compare(material: Material, counts: Counts, progress: Callable[[str], None]) -> Comparison:
    """Return the measurements of every runtime on one model."""
    source = ProcSource()
    with source:
        before = json_from_readings(source.read())
        names = list(runtimes.RUNTIMES)
        groups = [names] if counts.each else [[name] for name in names]
        rows = [row for group in groups for row in _rows(group, material, counts, progress)]
        after = json_from_readings(source.read())
    machine = {"cpu": _cpu(), "python": platform.python_version(), "before": before, "after": after}
    return Comparison(material.title, counts, tuple(rows), _nodes(material), machine)


def material_from_bundle(
    path: str,
    work: str,
    frozen: Sequence[steps.HeadGraph] = (),
    engines: str = "",
    run: Any = child.call,
) -> Material:
    """Return a bundle in every form that a runtime may want.

    Args:
        work: a folder for the files that have to be made.
        frozen: the graphs of both heads, where they are at hand.
        engines: where TensorRT plans lie, if there are any.
    """
    loaded = bundle.load(path)
    golden = loaded.golden
    tensors, reference = os.path.join(work, "tensors.npy"), os.path.join(work, "reference.npz")
    np.save(tensors, golden.tensors)
    np.savez(reference, poison=golden.poison, species=golden.species)
    return Material(
        title=loaded.manifest.title,
        merged=loaded.model_path,
        heads=_separate_heads(loaded, work),
        frozen=tuple(_frozen(part, run) for part in frozen),
        bundle=loaded.path,
        engines=engines,
        tensors=tensors,
        reference=reference,
    )


def ratios_of(found: Comparison, slow: str, fast: str) -> Optional[Tuple[float, float, float]]:
    """Return by how much `slow` takes more time (median), processor time and memory than `fast`.

    None where one of them was not measured.
    """
    rows = {row.runtime: row for row in found.rows if isinstance(row, Measurement)}
    if slow not in rows or fast not in rows:
        return None
    less, more = rows[fast], rows[slow]
    return (
        summary(more).median / summary(less).median,
        more.cpu_ms / less.cpu_ms,
        more.rss_mb / less.rss_mb,
    )


class SideBySide(NamedTuple):
    """How many times the latency of another runtime: the ratio of the medians of each round."""

    median: float
    least: float
    most: float


def side_by_side(found: Comparison, slow: str, fast: str) -> Optional[SideBySide]:
    """Return how `slow` compares with `fast` round by round.

    Within a round both had the same machine, whatever else it was doing. None where one of them
    was not measured, or they were measured one after the other.
    """
    rows = {row.runtime: row for row in found.rows if isinstance(row, Measurement)}
    each = found.counts.each
    if slow not in rows or fast not in rows or not each:
        return None
    more, less = (_medians(rows[name].latencies_ms, each) for name in (slow, fast))
    ratios = [a / b for a, b in zip(more, less)]
    return SideBySide(median(ratios), min(ratios), max(ratios))


def _medians(latencies_ms: Sequence[float], each: int) -> List[float]:
    starts = range(0, len(latencies_ms), each)
    return [median(latencies_ms[start : start + each]) for start in starts]


def summary(row: Measurement) -> Percentiles:
    """Return median, p95, p99 and the largest latency in milliseconds."""
    return percentiles(row.latencies_ms)


def _rows(
    names: Sequence[str], material: Material, counts: Counts, progress: Callable[[str], None]
) -> List[Row]:
    """Return the rows of runtimes that are in memory together."""
    with ExitStack() as held:
        timed = {}
        for name in names:
            progress("{}: {}".format(material.title, name))
            timed[name] = held.enter_context(TimedProcess(name, material))
            timed[name].load(counts.warm_up, counts.threads)
        here = [name for name, process in timed.items() if not process.absent]
        for turn in turns(here, counts.runs, counts.each or counts.runs):
            if counts.each and turn.runtime == here[0]:
                progress("{}: round {}".format(material.title, turn.round))
            timed[turn.runtime].turn(turn.inferences)
        return [process.row() for process in timed.values()]


def _separate_heads(loaded: bundle.Bundle, work: str) -> Tuple[str, str]:
    """Cut the merged model into its two heads again, each with the trunk it needs."""
    paths = []
    for output in (loaded.manifest.poison.output, loaded.manifest.species.output):
        path = os.path.join(work, output + ".onnx")
        names = [loaded.manifest.input.name]
        onnx.utils.extract_model(loaded.model_path, path, names, [output], check_model=False)
        paths.append(path)
    return paths[0], paths[1]


def _frozen(part: steps.HeadGraph, run: Any) -> Frozen:
    ends = run(steps.ends, part).result
    return Frozen(part.source.path, *ends)


def _nodes(material: Material) -> Tuple[int, int, int]:
    frozen = sum(one.nodes for one in material.frozen)
    heads = sum(_onnx_nodes(path) for path in material.heads)
    return frozen, heads, _onnx_nodes(material.merged)


def _onnx_nodes(path: str) -> int:
    return len(onnx.load(path, load_external_data=False).graph.node)


def _cpu() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as source:
        names = [line.split(":", 1)[1].strip() for line in source if line.startswith("model name")]
    return "{} x {}".format(len(names), names[0]) if names else platform.machine()
