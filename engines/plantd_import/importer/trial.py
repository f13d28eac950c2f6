"""What a survey cannot see: a graph is converted and asked once, on trial.

So `inspect` promises nothing that `import` refuses. Where an input, an output or a value has to be
named first, only the converter's list of operators is asked. TensorFlow is imported inside.
"""

from typing import Any, List, Optional, Tuple

import numpy as np

from plantd.errors import GraphError

# An open side is tried with this many pixels; a network may refuse it and take another.
OPEN_SIDE_PX = 224
OUTPUTS_MAX = 4


def tried(graph: Any, seen: Any) -> Any:
    """Return the Survey with a finding for what stands in the way of converting the graph.

    Args:
        graph: GraphDef; left as it is.
        seen: its Survey.
    """
    if seen.refusals:
        return seen
    asked = any(one.name == "value" for one in seen.findings)
    if asked or not seen.inputs or not seen.outputs:
        return _with(seen, _unknown_to_converter(graph))
    faults = [_fault(graph, seen, one.name) for one in seen.outputs[:OUTPUTS_MAX]]
    if all(faults):
        return _with(seen, _finding(seen, str(faults[0])))
    return seen


def _fault(graph: Any, seen: Any, output: str) -> Optional[str]:
    """Return why one output cannot be imported, in a sentence; None where it can."""
    from plantd_import.onnx_graph import convert
    from plantd_import.tf_graph import findings, inference_graph, reference

    image = seen.inputs[-1]
    choice = inference_graph.Choice(image.name, (output,), _shape(image.shape))
    try:
        settled = inference_graph.inference_graph(graph, choice)
        left = findings.training_left(settled.graph.node)
        if left:
            return str(left[0])
        convert.onnx_from_graph(settled.graph, settled.image, settled.outputs)
        picture = np.full(choice.shape, 0.5, np.float32)
        reference.outputs_of_graph(graph, image.name, (output,), picture, settled.feeds)
    except GraphError as error:
        return str(error)
    return None


def _shape(declared: Optional[Tuple[Optional[int], ...]]) -> Tuple[int, int, int, int]:
    height, width = _sides(declared)
    return 1, height or OPEN_SIDE_PX, width or OPEN_SIDE_PX, 3


def _sides(declared: Optional[Tuple[Optional[int], ...]]) -> Tuple[Optional[int], Optional[int]]:
    from plantd_import.tf_graph import graph_walk

    sides = declared or (None,) * 4
    return (sides[2], sides[3]) if graph_walk.is_channels_first(sides) else (sides[1], sides[2])


def _finding(seen: Any, sentence: str) -> Any:
    from plantd_import.tf_graph.findings import Finding

    if None in _sides(seen.inputs[-1].shape):
        what = "a conversion on trial, with {0} x {0} pixels, failed: {1}".format(
            OPEN_SIDE_PX, sentence
        )
        return Finding("trial", seen.inputs[-1].name, 1, what, "say the size in the import", False)
    what, _, cure = sentence.rpartition("; ")
    return Finding("trial", seen.outputs[0].name, 1, what or sentence, cure, True)


def _unknown_to_converter(graph: Any) -> Optional[Any]:
    """Note operators that are not on the converter's list; the named part may do without them."""
    from plantd_import.onnx_graph import convert
    from plantd_import.tf_graph.findings import Finding

    own = {function.signature.name for function in graph.library.function}
    strangers: List[Any] = [
        node for node in graph.node if node.op not in own and not convert.is_convertible(node.op)
    ]
    if not strangers:
        return None
    return Finding(
        "not_convertible",
        "{}, {}".format(strangers[0].name, strangers[0].op),
        len(strangers),
        "the converter does not know an operator",
        "name an input behind it or an output before it",
        False,
    )


def _with(seen: Any, finding: Optional[Any]) -> Any:
    return seen if finding is None else seen._replace(findings=(finding, *seen.findings))
