"""Two frozen graphs become one bundle. This module reads as the story of an import."""

import os
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import onnx

from plantd import bundle, picture
from plantd.bundle.species import species_from_tree
from plantd.errors import GraphError
from plantd.heads import SIGMOID, HeadSpec
from plantd.tensor import InputSpec, to_tensor
from plantd_import.importer import child, steps, synthetic_pictures, templates, write
from plantd_import.importer.metadata import Metadata, Tensors
from plantd_import.onnx_graph import agreement, fp16_weights, merge, rewrites
from plantd_import.onnx_graph.agreement import Difference
from plantd_import.onnx_graph.merge import POISON, SPECIES
from plantd_import.onnx_graph.rewrites import Rewriting
from plantd_import.tf_graph import source

GOLDEN_PICTURES = 3
DRAWN_PICTURES = 6
HEADS = (POISON, SPECIES)
NO_CHOICE = (
    "answers with sigmoids, each for itself: they do not choose among labels; train its last layer "
    "with one softmax over the labels (poison alone may have one sigmoid for its two)"
)

Run = Callable[..., child.ChildResult]


class ImportRequest(NamedTuple):
    """What to import.

    Attributes:
        graphs: path of each head's graph; may be one and the same file.
        species_tree: content of species.yaml, or None for a skeleton.
        photographs: paths of further pictures to compare on.
        half_weights: store the weights in half precision.
        out: where the bundle goes.
    """

    graphs: Mapping[str, str]
    metadata: Metadata
    out: str
    species_tree: Optional[Any] = None
    photographs: Tuple[str, ...] = ()
    half_weights: bool = False


class Report(NamedTuple):
    """What an import did and measured.

    Attributes:
        heads: what was converted, by head.
        nodes: of the two ONNX graphs together, and of the merged one.
        rewritten: what was changed in the graphs that leaves the answers as they are.
        against_tensorflow: the bundle's graph against TensorFlow on the graphs as found.
        merge: the merged graph against the two separate ones.
        pictures: how many were compared on: drawn ones, then photographs.
        peak_bytes: largest resident memory of each step's process.
        size_bytes: of model.onnx.
        species_note: what is left to do about species.yaml; empty where it was given.
    """

    out: str
    heads: Mapping[str, steps.Converted]
    nodes: Tuple[int, int]
    rewritten: Rewriting
    against_tensorflow: Tuple[Difference, ...]
    merge: Tuple[Difference, ...]
    pictures: Tuple[int, int]
    peak_bytes: Mapping[str, int]
    size_bytes: int
    species_note: str = ""


class _Tools(NamedTuple):
    """Where files may lie meanwhile, what runs a step, and what each step took."""

    place: str
    run: Run
    peaks: Dict[str, int]


class _Head(NamedTuple):
    made: steps.Converted
    model: onnx.ModelProto
    reference: np.ndarray


def import_bundle(request: ImportRequest, run: Run = child.call) -> Report:
    """Make the bundle and return what was measured.

    Args:
        run: runs a step; in a process of its own unless told otherwise.

    Raises GraphError, NotFoundError, UsageError, BundleError or CannotWriteError; nothing is
    written then.
    """
    spec = request.metadata.manifest.input
    pictures = _pictures(request.photographs)
    tensors = np.concatenate([to_tensor(pixels, spec) for pixels in pictures])
    if request.species_tree is not None:
        species_from_tree(request.species_tree, request.metadata.manifest.species.plants)
    wanted = _parts_wanted(request)
    peaks: Dict[str, int] = {}
    with write.place_for(request.out) as place:
        tools = _Tools(place, run, peaks)
        heads = {part.head: _head(request, part, tensors, tools) for part in wanted}
        _check_settings(request.metadata.constants, heads)
        merged, merge_found, rewritten = _merge(heads, tensors)
        model = _store(merged, tensors) if request.half_weights else merged
        found = _against_tensorflow(model, heads, tensors, request.half_weights)
        parts = _parts(request, heads, model, (pictures, tensors), found)
        write.write(place, parts)
        size_bytes = os.path.getsize(os.path.join(place, bundle.MODEL))
    peaks["merge and proof"] = child.peak_bytes_so_far()
    return Report(
        out=request.out,
        heads={name: head.made for name, head in heads.items()},
        nodes=(_nodes_apart(heads), len(merged.graph.node)),
        rewritten=rewritten,
        against_tensorflow=found,
        merge=merge_found,
        pictures=(DRAWN_PICTURES, len(request.photographs)),
        peak_bytes=peaks,
        size_bytes=size_bytes,
        species_note=parts.species.note,
    )


def part_of(
    head: str, path: str, spec: InputSpec, tensors: Tensors, constants: Mapping[str, object]
) -> steps.HeadGraph:
    """Return which part of the graph at `path` is wanted for a head."""
    shape = (1, spec.height_px, spec.width_px, 3)
    origin = source.identify(path)._replace(signature=tensors.signature)
    return steps.HeadGraph(head, origin, tensors.image, tensors.output, shape, constants)


def _pictures(photographs: Sequence[str]) -> Sequence[np.ndarray]:
    return [
        *synthetic_pictures.pictures(DRAWN_PICTURES),
        *(picture.read(path) for path in photographs),
    ]


def _head(
    request: ImportRequest, part: steps.HeadGraph, tensors: np.ndarray, tools: "_Tools"
) -> _Head:
    """Convert one head's graph and compute TensorFlow's own answers to compare with."""
    path = os.path.join(tools.place, part.head + ".onnx")
    converted = tools.run(steps.convert, part, path)
    model = onnx.load(path)
    os.remove(path)
    answered = tools.run(steps.reference, part, converted.result, tensors)
    tools.peaks["convert " + part.head] = converted.peak_bytes
    tools.peaks["TensorFlow " + part.head] = answered.peak_bytes
    made: steps.Converted = converted.result
    if made.kind == SIGMOID:
        made = made._replace(notes=(*made.notes, _meaning(request.metadata)))
    _check_values(_spec(request.metadata, part.head), made.kind, answered.result, part.source.path)
    return _Head(made, model, answered.result)


def _parts_wanted(request: ImportRequest) -> Sequence[steps.HeadGraph]:
    """Look at both graphs' files before anything long begins."""
    said = request.metadata
    named = {POISON: said.poison, SPECIES: said.species}
    spec, values = said.manifest.input, said.constants
    return [part_of(head, request.graphs[head], spec, named[head], values) for head in HEADS]


def _check_settings(constants: Mapping[str, object], heads: Mapping[str, _Head]) -> None:
    """Refuse a value for what no graph asks for: it was meant for something."""
    asked = {tensor for head in heads.values() for tensor in head.made.feeds}
    unknown = sorted(name for name in constants if name + ":0" not in asked)
    if unknown:
        raise GraphError(
            "--set {}: neither graph asks for it between picture and answer; 'plantd-import "
            "inspect' shows what they ask for".format(", ".join(unknown))
        )


def _spec(said: Metadata, name: str) -> HeadSpec:
    return said.manifest.poison if name == POISON else said.manifest.species


def _meaning(said: Metadata) -> str:
    """One sigmoid agrees with TensorFlow whichever label it is taken for: so it is said."""
    return (
        "its one sigmoid is read as the probability of {!r}; if it is the other label's, say so by "
        "positive_label of heads.poison in --metadata".format(said.positive_label)
    )


def _check_values(head: HeadSpec, kind: str, values: np.ndarray, path: str) -> None:
    """Refuse outputs that do not fit the labels, or are not what they seem."""
    if kind == SIGMOID and (values.shape[1] != 1 or head.output != POISON):
        raise GraphError("{}: the {} graph {}".format(path, head.output, NO_CHOICE))
    expected = 1 if kind == SIGMOID else len(head.labels)
    if values.shape[1] != expected:
        raise GraphError(
            "{}: the {} graph answers with {} values; there are {} labels: the labels must be the "
            "network's own, in its order; another output is named with --{}-output".format(
                path, head.output, values.shape[1], len(head.labels), head.output
            )
        )
    if not np.all(np.isfinite(values)):
        raise GraphError(
            "{}: TensorFlow itself answers with NaN or infinity; the graph or its weights are "
            "damaged".format(path)
        )
    sums = values.sum(axis=1)
    looks_normalised = values.min() >= 0 and np.allclose(sums, 1.0, atol=1e-3)
    if kind == "logits" and expected > 1 and looks_normalised:
        raise GraphError(
            "{}: the {} output adds up to 1 on every picture, but no Softmax makes it; name the "
            "tensor with the logits by --{}-output".format(path, head.output, head.output)
        )


def _merge(
    heads: Mapping[str, _Head], tensors: np.ndarray
) -> Tuple[onnx.ModelProto, Tuple[Difference, ...], Rewriting]:
    separate = {
        name: next(iter(agreement.outputs_of(head.model, tensors).values()))
        for name, head in heads.items()
    }
    model = merge.merged(heads[POISON].model, heads[SPECIES].model, used_up=True)
    found = agreement.differences(separate, agreement.outputs_of(model, tensors), agreement.MERGE)
    agreement.check(found, agreement.MERGE, "the merged graph against the two separate ones")
    twice = _nodes_apart(heads) - len(model.graph.node)
    rewritten = Rewriting(duplicates=twice).and_also(rewrites.rewrite(model))
    for head in heads.values():
        rewritten = rewritten.and_also(Rewriting(*head.made.folds))
    return model, found, rewritten


def _nodes_apart(heads: Mapping[str, _Head]) -> int:
    return sum(head.made.nodes_after for head in heads.values())


def _store(model: onnx.ModelProto, tensors: np.ndarray) -> onnx.ModelProto:
    stored = fp16_weights.store_weights_fp16(model)
    agreement.check_models(
        model, stored, tensors, what="weights in half precision against the same in single"
    )
    return stored


def _against_tensorflow(
    model: onnx.ModelProto, heads: Mapping[str, _Head], tensors: np.ndarray, half: bool
) -> Tuple[Difference, ...]:
    tolerance = agreement.HALF_WEIGHTS if half else agreement.CONVERSION
    reference = {name: head.reference for name, head in heads.items()}
    found = agreement.differences(reference, agreement.outputs_of(model, tensors), tolerance)
    agreement.check(found, tolerance, "ONNX Runtime against TensorFlow on the same pictures")
    return found


def _poison(said: Metadata, kind: str) -> HeadSpec:
    positive_label = said.positive_label if kind == SIGMOID else ""
    return said.manifest.poison._replace(kind=kind, positive_label=positive_label)


def _parts(
    request: ImportRequest,
    heads: Mapping[str, _Head],
    model: onnx.ModelProto,
    seen: Tuple[Sequence[np.ndarray], np.ndarray],
    found: Tuple[Difference, ...],
) -> write.BundleContents:
    said = request.metadata
    manifest = said.manifest._replace(
        poison=_poison(said, heads[POISON].made.kind),
        species=said.manifest.species._replace(kind=heads[SPECIES].made.kind),
        sources={
            "{}.{}".format(name, os.path.basename(path.rstrip("/"))): source.identify(path).sha256
            for name, path in request.graphs.items()
        },
        metrics={"import_difference_max_" + one.output: one.largest for one in found},
    )
    pictures, tensors = seen
    golden_tensors = tensors[:GOLDEN_PICTURES]
    answers = {name: head.reference[:GOLDEN_PICTURES] for name, head in heads.items()}
    if request.half_weights:
        # The rounded weights are the model now; a device is to compute what they answer.
        answers = agreement.outputs_of(model, golden_tensors)
    golden = bundle.Golden(
        np.stack(pictures[:GOLDEN_PICTURES]), golden_tensors, answers[POISON], answers[SPECIES]
    )
    described = templates.described(request.species_tree, manifest.species, said.poisonous_said)
    nodes = "{} + {} of TensorFlow became {} of ONNX".format(
        heads[POISON].made.nodes_before, heads[SPECIES].made.nodes_before, len(model.graph.node)
    )
    card = templates.card(manifest, nodes, found, described.note)
    return write.BundleContents(manifest, model, golden, described, card)
