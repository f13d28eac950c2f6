"""plantd-import compare: makes the material, measures, writes table, JSON and page."""

import argparse
import json
import os
import sys
import tempfile
from typing import Any, Callable, List

from plantd import bundle
from plantd.engine.machine import NO_L4T, l4t_release
from plantd.errors import EX_OK, UsageError
from plantd_import.benchmark import compare, report, study_material
from plantd_import.benchmark.compare import Comparison, Counts
from plantd_import.cli import arguments
from plantd_import.importer import child, importing
from plantd_import.importer.metadata import Tensors
from plantd_import.importer.write_errors import writing_to
from plantd_import.onnx_graph.merge import POISON, SPECIES


def compare_as_asked(given: argparse.Namespace, run: Any = child.call) -> int:
    """Measure what was asked for; return the exit code."""
    if not given.bundle and not given.study:
        raise UsageError("name what to compare: --bundle DIR, --study full, or both")
    counts = counts_from_arguments(given)
    if given.out:
        _prepare(given.out)
    found = [_compare(counts, make) for make in _materials(given, run)]
    text = "\n\n".join("\n".join(report.lines(one)) for one in found) + "\n"
    trees = [report.tree(one) for one in found]
    if given.out:
        _write(given.out, text, trees, found)
    sys.stdout.write(json.dumps(trees) + "\n" if given.json else text)
    return EX_OK


def counts_from_arguments(given: argparse.Namespace, root: str = "/") -> Counts:
    """Return how often; one runtime after the other on a Jetson, which has memory for one."""
    each = given.each
    if each is None and not given.one_by_one and l4t_release(root) == NO_L4T:
        each = Counts().each
    if min(given.runs, given.threads, 1 if each is None else each) < 1 or given.warm_up < 0:
        raise UsageError("--runs, --threads and --each are at least 1, --warm-up at least 0")
    return Counts(given.runs, given.warm_up, given.threads, each)


def _materials(given: argparse.Namespace, run: Any) -> List[Callable[[str], Any]]:
    makes: List[Callable[[str], Any]] = []
    if given.study:
        tiny = given.study == "tiny"
        makes.append(lambda work: study_material.study_material(work, tiny, run))
    for path in given.bundle:
        makes.append(lambda work, path=path: _of_bundle(given, path, work, run))  # type: ignore[misc]
    return makes


def _of_bundle(given: argparse.Namespace, path: str, work: str, run: Any) -> Any:
    graphs = (given.poison, given.species)
    if any(graphs) and not all(graphs):
        raise UsageError("TensorFlow needs both graphs: name --poison and --species")
    parts = []
    if all(graphs):
        spec = bundle.load(path).manifest.input
        constants = arguments.settings(given.set)
        parts = [
            importing.part_of(head, graph, spec, Tensors(), constants)
            for head, graph in zip((POISON, SPECIES), graphs)
        ]
    return compare.material_from_bundle(path, work, parts, given.engines, run)


def _compare(counts: Counts, make: Callable[[str], Any]) -> Comparison:
    with tempfile.TemporaryDirectory(prefix="plantd-compare-") as work:
        _progress("making the material")
        with writing_to(work):
            material = make(work)
        return compare.compare(material, counts, _progress)


def _progress(sentence: str) -> None:
    sys.stderr.write("plantd-import: {} ...\n".format(sentence))


def _prepare(folder: str) -> None:
    """Find out before the measuring, not after it, that the results cannot be kept."""
    report.check_pages()
    with writing_to(folder):
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def _write(folder: str, text: str, trees: List[Any], found: List[Comparison]) -> None:
    with writing_to(folder):
        with open(os.path.join(folder, "comparison.txt"), "w", encoding="utf-8") as target:
            target.write(text)
        with open(os.path.join(folder, "comparison.json"), "w", encoding="utf-8") as target:
            json.dump(trees, target, indent=1)
        with open(os.path.join(folder, "comparison.html"), "w", encoding="utf-8") as target:
            target.write(report.page(found).text)
