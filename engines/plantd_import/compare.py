"""The study's section 7, repeatable: what each runtime takes to answer for one picture.

Every runtime gets the same pictures, the same number of threads and a process of its own, one after
the other. What is not installed is listed with the reason, never left out in silence.
"""

import json
import os
import platform
import subprocess
import sys
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import onnx

from plantd import bundle
from plantd.errors import GraphError
from plantd.telemetry.latencies import Percentiles, percentiles
from plantd.telemetry.proc import ProcSource
from plantd.telemetry.readings_json import json_from_readings
from plantd_import import child, runtimes, steps
from plantd_import.runtimes import Frozen, Material
from plantd_import.timing import Measurement


class Absent(NamedTuple):
    """A runtime that could not be measured, and why."""

    runtime: str
    reason: str


Row = Union[Measurement, Absent]


class Counts(NamedTuple):
    """How often, after how many others, with how many threads."""

    runs: int = 50
    warm_up: int = 5
    threads: int = 2


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


def compared(material: Material, counts: Counts, progress: Callable[[str], None]) -> Comparison:
    """Return the measurements of every runtime on one model."""
    source = ProcSource()
    with source:
        before = json_from_readings(source.read())
        rows = []
        for name in runtimes.RUNTIMES:
            progress("{}: {}".format(material.title, name))
            rows.append(_row(name, material, counts))
        after = json_from_readings(source.read())
    machine = {"cpu": _cpu(), "python": platform.python_version(), "before": before, "after": after}
    return Comparison(material.title, counts, tuple(rows), _nodes(material), machine)


def material_from_bundle(
    path: str,
    work: str,
    frozen: Sequence[steps.Part] = (),
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


def summary(row: Measurement) -> Percentiles:
    """Return median, p95, p99 and the largest latency in milliseconds."""
    return percentiles(row.latencies_ms)


def _row(name: str, material: Material, counts: Counts) -> Row:
    order = {"runtime": name, "material": material._asdict(), "counts": list(counts)}
    roots = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "plantd_import.timing"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=roots, TF_CPP_MIN_LOG_LEVEL="3"),
    )
    if done.returncode < 0:
        return Absent(name, "was killed by signal {}".format(-done.returncode))
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no word"]
        raise GraphError("{} failed on {}: {}".format(name, material.title, last[0]))
    tree = json.loads(done.stdout.strip().splitlines()[-1])
    if "absent" in tree:
        return Absent(name, tree["absent"])
    return Measurement(**{**tree, "latencies_ms": tuple(tree["latencies_ms"])})


def _separate_heads(loaded: bundle.Bundle, work: str) -> Tuple[str, str]:
    """Cut the merged model into its two heads again, each with the trunk it needs."""
    paths = []
    for output in (loaded.manifest.poison.output, loaded.manifest.species.output):
        path = os.path.join(work, output + ".onnx")
        names = [loaded.manifest.input.name]
        onnx.utils.extract_model(loaded.model_path, path, names, [output], check_model=False)
        paths.append(path)
    return paths[0], paths[1]


def _frozen(part: steps.Part, run: Any) -> Frozen:
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
