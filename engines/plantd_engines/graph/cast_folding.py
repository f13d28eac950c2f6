"""Constants that are stored in half and cast to float32 in the graph: cast them once, here.

TensorRT 8's parser takes a convolution's weights only as constants; behind a Cast they are computed
tensors to it, and it refuses the bias. Source: onnx-tensorrt release/8.x, importer of Conv.
"""

from typing import Dict, List, Set

from plantd_engines.graph import onnx_message as onnx
from plantd_engines.graph.onnx_message import Fields


def with_casts_folded(model: bytes) -> bytes:
    """Return the ONNX model with each `Cast(float16 constant) -> float32` as a float32 constant."""
    return onnx.edited(model, _fold)


def _fold(graph: Fields) -> Fields:
    halves: Dict[str, Fields] = {}
    for data in onnx.messages(graph, onnx.GRAPH_INITIALIZER):
        fields = onnx.decode(data)
        if onnx.tensor_type(fields) == onnx.FLOAT16:
            halves[onnx.text_of(fields, onnx.TENSOR_NAME)] = fields
    nodes = [onnx.node_of(data) for data in onnx.messages(graph, onnx.GRAPH_NODE)]
    casts = [
        node
        for node in nodes
        if node.kind == "Cast" and node.ints.get("to") == onnx.FLOAT and node.inputs[0] in halves
    ]
    dropped = {node.outputs[0] for node in casts}
    used = {name for node in nodes if not set(node.outputs) & dropped for name in node.inputs}
    wide: List[bytes] = []
    for cast in casts:
        source = halves[cast.inputs[0]]
        values = onnx.array_of(source).astype("<f4")
        wide.append(onnx.tensor(cast.outputs[0], onnx.dims_of(source), values))
    kept = [field for field in graph if not _goes(field, dropped, set(halves) - used)]
    return kept + [(onnx.GRAPH_INITIALIZER, onnx.LENGTH, data) for data in wide]


def _goes(field: onnx.Field, dropped: Set[str], unused: Set[str]) -> bool:
    number, _, value = field
    if not isinstance(value, bytes):
        return False
    if number == onnx.GRAPH_NODE:
        return bool(set(onnx.node_of(value).outputs) & dropped)
    if number == onnx.GRAPH_INITIALIZER:
        return onnx.text_of(onnx.decode(value), onnx.TENSOR_NAME) in unused
    return False
