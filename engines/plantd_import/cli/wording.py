"""Surveys and reports as text for a person and as trees for JSON."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from plantd.heads import SIGMOID
from plantd_import.importer.importing import Report
from plantd_import.onnx_graph.rewrites import Rewriting
from plantd_import.tf_graph.source import Source

if TYPE_CHECKING:  # Loading these for good would load TensorFlow.
    from plantd_import.tf_graph.survey import Endpoint, Survey

MIB = float(1 << 20)
GB = 1e9
OPS_SHOWN = 12
ONE_SIGMOID = "sigmoid, read as the probability of the second label"


def survey_tree(origin: Source, seen: "Survey") -> Dict[str, Any]:
    """Return a survey as JSON has it."""
    return {
        "schema": 1,
        "path": origin.path,
        "kind": origin.kind,
        "size_bytes": origin.size_bytes,
        "sha256": origin.sha256,
        "nodes": seen.nodes,
        "weights": seen.weights,
        "ops": dict(seen.ops),
        "inputs": [one._asdict() for one in seen.inputs],
        "outputs": [one._asdict() for one in seen.outputs],
        "findings": [one._asdict() for one in seen.findings],
        "importable": not seen.refusals,
    }


def survey_lines(origin: Source, seen: "Survey") -> List[str]:
    """Return a survey as a person reads it."""
    ops = ", ".join("{} {}".format(name, count) for name, count in seen.ops[:OPS_SHOWN])
    more = len(seen.ops) - OPS_SHOWN
    lines = [
        origin.path,
        "  kind      {}, {:.1f} MiB".format(origin.kind, origin.size_bytes / MIB),
        "  sha256    {}".format(origin.sha256),
        "  nodes     {:,} with {:,} weights".format(seen.nodes, seen.weights),
        "  operators {}{}".format(ops, ", {} more kinds".format(more) if more > 0 else ""),
    ]
    lines += _endpoint_lines("input", seen.inputs)
    lines += _endpoint_lines("output", seen.outputs)
    for one in seen.findings:
        lines.append("  {:9} {}".format("REFUSED" if one.refuses else "note", one))
    if not seen.refusals:
        lines.append("  importable: yes" + _to_be_named(seen))
    return lines


def report_tree(report: Report) -> Dict[str, Any]:
    """Return an import's report as JSON has it."""
    return {
        "schema": 1,
        "bundle": report.out,
        "heads": {
            name: {
                "image": made.image,
                "output": made.output,
                "kind": made.kind,
                "notes": list(made.notes),
                "nodes_tensorflow": made.nodes_before,
                "nodes_onnx": made.nodes_after,
            }
            for name, made in report.heads.items()
        },
        "nodes_separate": report.nodes[0],
        "nodes_merged": report.nodes[1],
        "rewritten": report.rewritten._asdict(),
        "against_tensorflow": [one._asdict() for one in report.against_tensorflow],
        "merge": [one._asdict() for one in report.merge],
        "drawn_pictures": report.pictures[0],
        "photographs": report.pictures[1],
        "peak_bytes": dict(report.peak_bytes),
        "size_bytes": report.size_bytes,
        "species_note": report.species_note,
    }


def report_lines(report: Report) -> List[str]:
    """Return an import's report as a person reads it."""
    lines = []
    for name, made in report.heads.items():
        lines.append(
            "{:8} {} -> {} ({}): {} nodes of TensorFlow, {} of ONNX".format(
                name, made.image, made.output, made.kind, made.nodes_before, made.nodes_after
            )
        )
        lines += ["         " + note for note in made.notes]
    lines.append(
        "merged   {} nodes became {}; model.onnx has {:.1f} MiB".format(
            report.nodes[0], report.nodes[1], report.size_bytes / MIB
        )
    )
    lines += _rewriting_lines(report.rewritten)
    lines += [
        "agrees   {} with TensorFlow within {:.1e}; same best answer on {:.0%}, same best five on "
        "{:.0%} of {} drawn pictures and {} photographs".format(
            one.output, one.largest, one.same_best, one.same_five, *report.pictures
        )
        for one in report.against_tensorflow
    ]
    peaks = ["{} {:.1f} GB".format(name, peak / GB) for name, peak in report.peak_bytes.items()]
    lines.append("memory   " + ", ".join(peaks))
    if report.species_note:
        lines.append("species  " + report.species_note)
    lines.append("bundle   {} (uncalibrated: provisional thresholds)".format(report.out))
    return lines


def _rewriting_lines(rewritten: Rewriting) -> List[str]:
    """One line for each rule that applied; all of them leave the answers as they are."""
    words = {
        "constants": "nodes read weights alone, and are computed now",
        "scales": "scales and shifts became part of convolutions",
        "duplicates": "nodes were there twice, and are computed once",
        "paddings": "paddings with zeros became part of what reads them",
        "convolutions": "convolutions compute fewer pixels: nobody reads the others",
    }
    counts = rewritten._asdict()
    return [
        "rewrote  {}: {}".format(what, counts[rule]) for rule, what in words.items() if counts[rule]
    ]


def _to_be_named(seen: "Survey") -> str:
    ends = (("input", seen.inputs), ("output", seen.outputs))
    unclear = [name for name, candidates in ends if len(candidates) != 1]
    return ", once its {} is named".format(" and ".join(unclear)) if unclear else ""


def _endpoint_lines(what: str, endpoints: Sequence["Endpoint"]) -> List[str]:
    if not endpoints:
        return ["  {:9} none found".format(what)]
    lines = []
    for one in endpoints:
        single = one.kind == SIGMOID and (one.shape or (1,))[-1] == 1
        kind = ", {}".format(ONE_SIGMOID if single else one.kind) if one.kind else ""
        before = "; logits at {}".format(one.before) if one.before else ""
        lines.append(
            "  {:9} {}  {} {} ({}{}{})".format(
                what, one.name, one.dtype, _sides(one.shape), one.op, kind, before
            )
        )
    return lines


def _sides(shape: Optional[Tuple[Optional[int], ...]]) -> str:
    if shape is None:
        return "of unknown shape"
    return "(" + ", ".join("any" if side is None else str(side) for side in shape) + ")"
