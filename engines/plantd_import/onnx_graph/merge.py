"""Two ONNX graphs with one kind of input become one graph with two outputs, poison and species.

The two networks of a study often share their trunk, wholly or up to some layer: what is the same is
computed once (see common_subexpressions.py). The merged graph answers exactly as the two did.
"""

from typing import Dict, Tuple

import onnx
from onnx import compose, helper

from plantd.errors import GraphError
from plantd.tensor import InputSpec
from plantd_import.onnx_graph import common_subexpressions

INPUT = "input"
POISON = "poison"
SPECIES = "species"


def merged(
    poison: onnx.ModelProto, species: onnx.ModelProto, used_up: bool = False
) -> onnx.ModelProto:
    """Return one model: input `input`, outputs `poison` and `species`, shared parts only once.

    Args:
        used_up: the two models may be emptied on the way, which saves a copy of all weights.

    Raise GraphError unless both have one input of the same type and shape, one output each, and
    the same opset and IR version.
    """
    _check_mergeable(poison, species)
    ir_version = poison.ir_version
    first = compose.add_prefix(poison, POISON + "/", inplace=used_up)
    second = compose.add_prefix(species, SPECIES + "/", inplace=used_up)
    both = compose.merge_models(first, second, io_map=[], name="plantd")
    if used_up:
        poison.Clear()
        species.Clear()
    del first, second
    _one_input(both.graph)
    _name_outputs(both.graph, (POISON, SPECIES))
    _one_opset_each(both, ir_version)
    common_subexpressions.remove_duplicates(both)
    onnx.checker.check_model(both)
    return both


def check_same_preprocessing(poison: InputSpec, species: InputSpec) -> None:
    """Raise GraphError when the two networks want their pictures prepared differently."""
    pairs = zip(InputSpec._fields, poison, species)
    different = [
        "{} is {} and {}".format(name, a, b) for name, a, b in pairs if name != "name" and a != b
    ]
    if different:
        raise GraphError(
            "the poison and the species network want different inputs: {}; one graph has one "
            "input: train both with the same preprocessing, or import two that have it".format(
                ", ".join(different)
            )
        )


def _check_mergeable(poison: onnx.ModelProto, species: onnx.ModelProto) -> None:
    for name, model in ((POISON, poison), (SPECIES, species)):
        counts = (len(model.graph.input), len(model.graph.output))
        if counts != (1, 1):
            raise GraphError(
                "the {} graph has {} inputs and {} outputs; expected one of each; name the output "
                "with --{}-output".format(name, counts[0], counts[1], name)
            )
    pairs = (
        ("input", _described(poison), _described(species)),
        ("opset", _opsets(poison), _opsets(species)),
        ("IR version", poison.ir_version, species.ir_version),
    )
    for what, a, b in pairs:
        if a != b:
            raise GraphError(
                "the poison graph's {} is {}, the species graph's {}; expected the same: both see "
                "one and the same picture".format(what, a, b)
            )


def _described(model: onnx.ModelProto) -> Tuple[str, Tuple[object, ...]]:
    tensor = model.graph.input[0].type.tensor_type
    dims = tuple(d.dim_value if d.HasField("dim_value") else "?" for d in tensor.shape.dim)
    return (helper.tensor_dtype_to_string(tensor.elem_type), dims)


def _opsets(model: onnx.ModelProto) -> Dict[str, int]:
    return {opset.domain: opset.version for opset in model.opset_import}


def _one_input(graph: onnx.GraphProto) -> None:
    names = {value.name for value in graph.input}
    for node in graph.node:
        for k, name in enumerate(node.input):
            if name in names:
                node.input[k] = INPUT
    del graph.input[1:]
    graph.input[0].name = INPUT


def _name_outputs(graph: onnx.GraphProto, names: Tuple[str, ...]) -> None:
    """Rename each output and every use of it."""
    renames = {value.name: name for value, name in zip(graph.output, names)}
    for node in graph.node:
        node.input[:] = [renames.get(name, name) for name in node.input]
        node.output[:] = [renames.get(name, name) for name in node.output]
    for value, name in zip(graph.output, names):
        value.name = name


def _one_opset_each(model: onnx.ModelProto, ir_version: int) -> None:
    """merge_models leaves one import for each of the two; quantizers stumble over that."""
    opsets = _opsets(model)
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(d, v) for d, v in sorted(opsets.items()))
    model.ir_version = ir_version
