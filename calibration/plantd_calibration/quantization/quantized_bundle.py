"""A quantised bundle: made, judged by the gate, and written only if it passed.

What was promised of the original was promised of its numbers: the new bundle is `uncalibrated`
until `plantd-calibrate confidence` has looked at it.
"""

import json
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np
import onnx

from plantd import bundle
from plantd.bundle import Bundle
from plantd.engine.self_test import prove
from plantd.errors import BundleError, UsageError
from plantd_calibration.data.inference import CachedInference, ModelOutputs
from plantd_calibration.data.photos import Photo, digests, fingerprint, in_split
from plantd_calibration.quantization import gate, quantize, speed
from plantd_calibration.quantization.gate import Gate, GateInputs
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.stats.scores import Heads, predictions_of, scores_of
from plantd_calibration.subsets.subset import truth
from plantd_import.onnx_graph.agreement import outputs_of_session, session_of

logger = logging.getLogger(__name__)

INT8, FP16 = "int8", "fp16"
PRECISIONS = (INT8, FP16)
RUNS = 60


class Request(NamedTuple):
    """What is asked.

    Attributes:
        precision: int8 or fp16.
        per_class: photographs of train that the calibration set takes of each species.
        reduce_range: 7-bit weights; None asks the CPU.
        out: the new bundle's folder, which must not exist yet.
    """

    precision: str
    per_class: int
    reduce_range: "bool | None"
    out: Path


class Result(NamedTuple):
    """What came of it.

    Attributes:
        calibration: name and sha256 of each photograph of the calibration set; none for fp16.
        recalls: poisonous photographs called poisonous, before and after.
        judged_on: fingerprint of the photographs the gate looked at.
        sizes_bytes: of the stored graphs, before and after.
    """

    precision: str
    reduce_range: bool
    calibration: List[Dict[str, str]]
    gate: Gate
    recalls: List[Rate]
    judged_on: str
    timings: List[speed.Timing]
    sizes_bytes: List[int]


def make(source: Bundle, photos: Sequence[Photo], request: Request, cache: Path) -> Result:
    """Return what the gate says; write the new bundle into `request.out` if it passed.

    The gate looks at val and at every poisonous photograph of train that is not in the calibration
    set: none of it says how good a model is, so nothing is spent.
    """
    if request.out.exists():
        raise UsageError("{} is there already; name a new folder".format(request.out))
    chosen = calibration_set(in_split(photos, "train"), request.per_class)
    reduce_range = not quantize.has_vnni() if request.reduce_range is None else request.reduce_range
    model = _cheaper(source, chosen, request.precision, reduce_range)
    judged = judged_photos(source, photos, chosen)
    result = _result(source, model, judged, request.precision, cache)
    listed = chosen if request.precision == INT8 else []
    names = [{"file": p.path.name, "sha256": d} for p, d in zip(listed, digests(listed))]
    result = result._replace(reduce_range=reduce_range, calibration=names)
    if result.gate.passed:
        _write(source, model, result, request.out)
    return result


def calibration_set(train: Sequence[Photo], per_class: int) -> List[Photo]:
    """Return the first photographs of each species by path: the same for the same photographs."""
    chosen: List[Photo] = []
    counts: Dict[str, int] = {}
    for photo in sorted(train):
        counts[photo.label] = counts.get(photo.label, 0) + 1
        if counts[photo.label] <= per_class:
            chosen.append(photo)
    return chosen


def tree_from_result(result: Result) -> Dict[str, Any]:
    """Return plain dictionaries and lists, for JSON."""
    return {
        "precision": result.precision,
        "reduce_range": result.reduce_range,
        "passed": result.gate.passed,
        "checks": [
            {**check._asdict(), "seen": check.seen._asdict()} for check in result.gate.checks
        ],
        "poison_recall": [rate._asdict() for rate in result.recalls],
        "timings": [timing._asdict() for timing in result.timings],
        "sizes_bytes": result.sizes_bytes,
        "judged_on": result.judged_on,
        "calibration_set": result.calibration,
    }


def _cheaper(
    source: Bundle, chosen: Sequence[Photo], precision: str, reduce_range: bool
) -> onnx.ModelProto:
    model, manifest = onnx.load(source.model_path), source.manifest
    if precision == FP16:
        return quantize.half_precision(model)
    heads = (manifest.poison.output, manifest.species.output)
    logger.info("quantising with %d photographs", len(chosen))
    return quantize.quantize(model, chosen, manifest.input, heads, reduce_range)


def judged_photos(source: Bundle, photos: Sequence[Photo], chosen: Sequence[Photo]) -> List[Photo]:
    """Return the photographs of the gate; `chosen` is the calibration set. See `make`."""
    used = set(chosen)
    train = [photo for photo in in_split(photos, "train") if photo not in used]
    bad = truth(source, train)[1]
    return in_split(photos, "val") + [photo for photo, is_bad in zip(train, bad) if is_bad]


def _result(
    source: Bundle, model: onnx.ModelProto, judged: Sequence[Photo], precision: str, cache: Path
) -> Result:
    before = CachedInference(source, cache).observe(judged)
    with tempfile.TemporaryDirectory(prefix="plantd-gate-") as scratch:
        place = Path(scratch) / "bundle"
        _copy(source, model, place)
        after = CachedInference(bundle.load(str(place)), cache).observe(judged)
    sides = (_sides(source, before), _sides(source, after))
    poisonous = truth(source, judged)[1]
    graphs = [onnx.load(source.model_path).SerializeToString(), model.SerializeToString()]
    thresholds = source.manifest.thresholds
    names = ["as it is", precision]
    return Result(
        precision=precision,
        reduce_range=False,
        calibration=[],
        gate=gate.gate(sides[0], sides[1], poisonous, thresholds),
        recalls=gate.recalls(sides, poisonous, thresholds),
        judged_on=fingerprint(judged),
        timings=speed.time_each(list(zip(names, graphs)), source.golden.tensors, RUNS),
        sizes_bytes=[len(graph) for graph in graphs],
    )


def _sides(source: Bundle, observed: ModelOutputs) -> GateInputs:
    both = Heads(source.manifest.poison, source.species_head)
    read = predictions_of(observed.poison, observed.species, both)
    scores = scores_of(read, observed.quality, source.manifest.thresholds.quality)
    return GateInputs(scores, observed.species.argmax(axis=1))


def _copy(source: Bundle, model: onnx.ModelProto, place: Path) -> None:
    """Write the bundle with another graph; its reference outputs are that graph's own."""
    shutil.copytree(source.path, str(place))
    onnx.save(model, str(place / bundle.MODEL))
    manifest, golden = source.manifest, source.golden
    values = outputs_of_session(session_of(str(place / bundle.MODEL)), golden.tensors)
    golden = golden._replace(
        poison=values[manifest.poison.output], species=values[manifest.species.output]
    )
    np.savez_compressed(place / bundle.GOLDEN, **golden._asdict())
    bundle.write_manifest(str(place), manifest._replace(guarantee=None))


def _write(source: Bundle, model: onnx.ModelProto, result: Result, out: Path) -> None:
    """Make the new bundle beside its place, prove it, and move it there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".cheaper-", dir=str(out.parent)) as scratch:
        place = Path(scratch) / "bundle"
        _copy(source, model, place)
        card = (place / bundle.CARD).read_text(encoding="utf-8")
        (place / bundle.CARD).write_text(card + "\n" + section(result), encoding="utf-8")
        version = "{}+{}".format(source.manifest.version, result.precision)
        manifest = source.manifest._replace(version=version, guarantee=None)
        bundle.write_manifest(str(place), manifest)
        prove(str(place))
        place.rename(out)


def section(result: Result) -> str:
    """Return what the new bundle's card says about the gate."""
    lines = ["## Precision: {}".format(result.precision), ""]
    lines += [
        "**uncalibrated**: the thresholds are those of the original; run plantd-calibrate.",
        "",
    ]
    for check in result.gate.checks:
        lines.append(
            "- {}: {} of {}, {}".format(check.what, check.seen.k, check.seen.n, check.asked)
        )
    listed = json.dumps([one["sha256"][:12] for one in result.calibration])
    lines += ["- calibration set: {} photographs, {}".format(len(result.calibration), listed)]
    return "\n".join(lines) + "\n"


def refused(result: Result) -> BundleError:
    """Return the error that says which conditions the cheaper graph does not meet."""
    failed = [
        "{}: {} of {} ({:.3f} to {:.3f}), asked: {}".format(
            check.what, check.seen.k, check.seen.n, check.seen.low, check.seen.high, check.asked
        )
        for check in result.gate.checks
        if not check.holds
    ]
    return BundleError(
        "the {} graph does not answer as the bundle's own does: {}; no bundle was written; keep "
        "the one there is".format(result.precision, "; ".join(failed))
    )
