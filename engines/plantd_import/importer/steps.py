"""The steps of an import that need TensorFlow, each run in a process of its own (see child.py).

TensorFlow is imported inside the functions: who starts the steps need not load it.
"""

import os
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.errors import GraphError, PlantdError
from plantd.messages import first_line
from plantd_import.importer import trial
from plantd_import.importer.write_errors import writing_to
from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly
from plantd_import.tf_graph.source import Source

# The study told 70 species apart, 8 of them poisonous.
STUDY_SPECIES = 70
STUDY_TRUNK_SEED = 7


class HeadGraph(NamedTuple):
    """One head's graph, and which part of it is wanted.

    Attributes:
        head: poison or species.
        image, output: tensors named by the user; None where the graph leaves no choice.
        shape: (1, height, width, 3).
        constants: values for other placeholders, by node.
    """

    head: str
    source: Source
    image: Optional[str]
    output: Optional[str]
    shape: Tuple[int, int, int, int]
    constants: Mapping[str, object] = {}


class Converted(NamedTuple):
    """One head's graph as ONNX in a file.

    Attributes:
        image, output: the tensors' names in the graph as found.
        onnx_output: the output's name in the ONNX graph.
        feeds: what TensorFlow must be fed beside the picture.
        kind: what the output's values are: logits, softmax or sigmoid.
        notes: what was settled on the way, a sentence each.
        folds: nodes that became constants, and nodes that became part of a convolution.
    """

    image: str
    output: str
    onnx_output: str
    feeds: Mapping[str, object]
    kind: str
    notes: Tuple[str, ...]
    nodes_before: int
    nodes_after: int
    folds: Tuple[int, int] = (0, 0)


def inspect(origin: Source) -> Any:
    """Return the Survey of a network's file; raise GraphError when it holds none."""
    tensorflow_quietly()
    from plantd_import.tf_graph import loading, survey

    with _sentence(origin.path):
        graph = loading.graph_from_source(origin)
        return trial.tried(graph, survey.survey(graph))


def convert(part: HeadGraph, onnx_path: str) -> Converted:
    """Write one head's graph as ONNX to `onnx_path`; raise GraphError naming what is in the way."""
    tensorflow_quietly()
    from plantd_import.onnx_graph import convert as converting
    from plantd_import.tf_graph import inference_graph, loading, survey

    with _sentence(part.source.path):
        graph = loading.graph_from_source(part.source)
        seen = survey.survey(graph)
        choice = _choice(part, seen)
        kind = _check(graph, choice, part)
        settled = inference_graph.inference_graph(graph, choice)
        del graph
        left = _training_left(settled.graph, part)
        made = converting.onnx_from_graph(settled.graph, settled.image, settled.outputs)
    _write(made.model.SerializeToString(), onnx_path)
    return Converted(
        image=choice.image,
        output=choice.outputs[0],
        onnx_output=settled.outputs[0],
        feeds=settled.feeds,
        kind=kind,
        notes=settled.notes + left,
        nodes_before=seen.nodes,
        nodes_after=made.nodes_after,
        folds=made.folds,
    )


class GraphEnds(NamedTuple):
    """Where a picture goes in and answers come out of a graph as found; see Converted."""

    image: str
    output: str
    feeds: Mapping[str, object]
    nodes: int


def ends(part: HeadGraph) -> GraphEnds:
    """Return how TensorFlow is asked for one head's answer."""
    tensorflow_quietly()
    from plantd_import.tf_graph import inference_graph, loading, survey

    graph = loading.graph_from_source(part.source)
    choice = _choice(part, survey.survey(graph))
    settled = inference_graph.inference_graph(graph, choice)
    return GraphEnds(choice.image, choice.outputs[0], settled.feeds, len(graph.node))


def write_study(folder: str, tiny: bool) -> Tuple[str, str]:
    """Write the study's two networks with one trunk into `folder`; return the files' paths."""
    tensorflow_quietly()
    from plantd_import.tf_graph import study

    shape = study.TINY if tiny else study.Shape()
    paths = []
    for head, labels, seed in (("poison", 2, 1), ("species", STUDY_SPECIES, 2)):
        graph = study.graph_of_study(labels, seed, trunk_seed=STUDY_TRUNK_SEED, shape=shape)
        path = os.path.join(folder, head + ".pb")
        _write(graph.SerializeToString(), path)
        paths.append(path)
    return paths[0], paths[1]


def reference(part: HeadGraph, made: Converted, tensors: np.ndarray) -> np.ndarray:
    """Return (n, values) float32: TensorFlow's answers of the graph exactly as it was found."""
    tensorflow_quietly()
    from plantd_import.tf_graph import loading
    from plantd_import.tf_graph import reference as running

    graph = loading.graph_from_source(part.source)
    answers: Dict[str, np.ndarray] = running.outputs_of_graph(
        graph, made.image, (made.output,), tensors, made.feeds
    )
    return answers[made.output]


@contextmanager
def _sentence(path: str) -> Iterator[None]:
    """Name the file in every refusal; what TensorFlow raises on a damaged graph is one, too."""
    try:
        yield
    except PlantdError as error:
        if path in str(error):
            raise
        raise GraphError("{}: {}".format(path, error)) from error
    except Exception as error:
        raise GraphError(
            "{}: the graph is damaged: {}: {}; copy or export it again".format(
                path, type(error).__name__, first_line(error)
            )
        ) from error


def _choice(part: HeadGraph, seen: Any) -> Any:
    from plantd_import.tf_graph import graph_walk, inference_graph

    output = part.output or _only(seen.outputs, part, "output", seen.refusals)
    image = part.image or _only(seen.inputs, part, "input", seen.refusals)
    return inference_graph.Choice(
        graph_walk.full_name(image), (graph_walk.full_name(output),), part.shape, part.constants
    )


def _only(candidates: Sequence[Any], part: HeadGraph, what: str, refusals: Sequence[Any]) -> str:
    """Return the one candidate; a decoder in front makes even one a choice for the user."""
    certain = [one for one in candidates if what == "output" or one.op.startswith("Placeholder")]
    if len(certain) == 1 and len(candidates) == 1:
        return str(certain[0].name)
    listed = ", ".join("{} ({})".format(one.name, one.op) for one in candidates[:8])
    made_inside = candidates and not certain
    behind = "; the graph itself makes a float picture of what it takes" if made_inside else ""
    raise GraphError(
        "{}: the {} graph has {} possible {}{}: {}{}; name one with --{}-{}{}".format(
            *(part.source.path, part.head, len(candidates), what),
            *("" if len(candidates) == 1 else "s", listed or "none", behind, part.head, what),
            "".join("; besides, {}".format(one) for one in refusals),
        )
    )


def _check(graph: Any, choice: Any, part: HeadGraph) -> str:
    """Refuse what cannot be imported; return what kind of values the output has."""
    from plantd_import.tf_graph import findings, graph_walk, survey

    nodes = graph_walk.by_name(graph)
    for tensor in (choice.image,) + choice.outputs:
        if graph_walk.node_of(tensor) not in nodes:
            raise GraphError(
                "{}: there is no node {}; 'plantd-import inspect' lists the candidates".format(
                    part.source.path, graph_walk.node_of(tensor)
                )
            )
    wanted = graph_walk.ancestors(nodes, choice.outputs, graph_walk.node_of(choice.image))
    functions = [function.signature.name for function in graph.library.function]
    _refuse(findings.findings(wanted, functions), part)
    return survey.kind_of(nodes, choice.outputs[0])[0]


def _training_left(graph: Any, part: HeadGraph) -> Tuple[str, ...]:
    from plantd_import.tf_graph import findings, inference_graph

    _refuse(findings.training_left(graph.node), part)
    image = inference_graph.image_of(graph)
    note = findings.arithmetic_before_network(graph.node, image)
    return () if note is None else (note,)


def _refuse(found: Sequence[Any], part: HeadGraph) -> None:
    refusals = [str(one) for one in found if one.refuses]
    if refusals:
        raise GraphError("{}: {}".format(part.source.path, "; ".join(refusals)))


def _write(content: bytes, path: str) -> None:
    with writing_to(os.path.dirname(path)), open(path, "wb") as target:
        target.write(content)
