"""What an ONNX graph computes from its weights alone is computed once, here.

How this works. Two rules, in this order, each in one walk, since a graph's nodes stand in the order
of their computation:

1. A node that reads only initializers becomes one; what reads it may then be next. Not where it is
   random, runs a graph of its own, is an output (whose name must stay), or makes much of little.
2. What scales and shifts the channels of a convolution (a batch normalisation, above all) becomes
   part of its weights and bias:

       scale * (kernel * x + bias) + shift  =  (scale * kernel) * x + (scale * bias + shift)

   Only where nothing else reads the convolution's output: it is no longer there afterwards. The
   convolution takes the other's output name, so a second one behind it folds into it in the same
   walk. It is computed in float64: a variance near nought makes scales that float32 would lose.
"""

from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from plantd_import.onnx_graph.common_subexpressions import RANDOM
from plantd_import.onnx_graph.graph_index import names_read

# A fold may not blow the file up: Tile, Expand and ConstantOfShape make much out of little.
GROWTH_BYTES = 1 << 20

Tensors = Dict[str, TensorProto]


class Folds(NamedTuple):
    """How many nodes became constants, and how many became part of a convolution."""

    constants: int
    scales: int


def fold(model: onnx.ModelProto, weights: Optional[Tensors] = None) -> Folds:
    """Fold constants and batch normalisations (in place); return how many.

    Args:
        weights: initializers that the model does not hold yet. They are moved into it (the
            dictionary is used up), so that large ones are never held twice.
    """
    tensors = {} if weights is None else weights
    for tensor in model.graph.initializer:
        tensors[tensor.name] = TensorProto.FromString(tensor.SerializeToString())
    del model.graph.initializer[:], model.graph.value_info[:]
    folds = Folds(fold_constants(model, tensors), fold_into_convolutions(model.graph, tensors))
    _take_used(model.graph, tensors)
    return folds


def fold_constants(model: onnx.ModelProto, tensors: Tensors) -> int:
    """Replace each node that reads only `tensors` by its value, added to `tensors`; count them."""
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    outputs = {value.name for value in model.graph.output}
    kept = []
    for node in model.graph.node:
        values = None
        if _is_constant(node, tensors) and not outputs.intersection(node.output):
            values = _computed(node, tensors, opsets)
        if values is None:
            kept.append(node)
        else:
            tensors.update(zip(node.output, values))
    folded = len(model.graph.node) - len(kept)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return folded


def fold_into_convolutions(graph: onnx.GraphProto, tensors: Tensors) -> int:
    """Make what scales and shifts a convolution's channels part of it; return how many nodes.

    That is a BatchNormalization, or a Mul or Add of one constant a channel, which alone reads the
    convolution's output.
    """
    convolutions = {node.output[0]: node for node in graph.node if node.op_type == "Conv"}
    readers = Counter(name for node in graph.node for name in names_read(node))
    readers.update(value.name for value in graph.output)
    kept = []
    for node in graph.node:
        name = next((name for name in node.input if name in convolutions), "")
        if name and readers[name] == 1 and _fold(convolutions[name], node, tensors):
            convolutions[node.output[0]] = convolutions.pop(name)
        else:
            kept.append(node)
    folded = len(graph.node) - len(kept)
    del graph.node[:]
    graph.node.extend(kept)
    return folded


def _is_constant(node: onnx.NodeProto, tensors: Tensors) -> bool:
    if node.op_type in RANDOM or any(a.type == AttributeProto.GRAPH for a in node.attribute):
        return False
    return len(node.input) > 0 and all(name in tensors for name in node.input if name)


def _computed(
    node: onnx.NodeProto, tensors: Tensors, opsets: Dict[str, int]
) -> Optional[List[TensorProto]]:
    feeds = {name: numpy_helper.to_array(tensors[name]) for name in node.input if name}
    try:
        values = ReferenceEvaluator(node, opsets=opsets).run(None, feeds)
    except NotImplementedError:
        return None
    given = sum(array.nbytes for array in feeds.values())
    if sum(np.asarray(value).nbytes for value in values) > given + GROWTH_BYTES:
        return None
    return [
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in zip(node.output, values)
    ]


def _fold(conv: onnx.NodeProto, node: onnx.NodeProto, tensors: Tensors) -> bool:
    """Write scale and shift of `node` into the convolution; False where they are not constant."""
    if not all(name in tensors for name in conv.input[1:]):
        return False
    kernel, *biases = (_float64(tensors[name]) for name in conv.input[1:])
    affine = _scale_and_shift(node, conv.output[0], tensors, len(kernel))
    if affine is None:
        return False
    scale, shift = affine
    kernel *= scale.reshape((-1,) + (1,) * (kernel.ndim - 1))
    bias = (biases[0] if biases else 0.0) * scale + shift
    # The convolution's own weights may be read elsewhere: the folded ones get names of their own.
    names = [node.output[0] + "/kernel", node.output[0] + "/bias"]
    for name, values in zip(names, (kernel, bias)):
        tensors[name] = numpy_helper.from_array(values.astype(np.float32), name)
    del conv.input[1:]
    conv.input.extend(names)
    conv.output[0] = node.output[0]
    return True


def _scale_and_shift(
    node: onnx.NodeProto, conv_output: str, tensors: Tensors, channels: int
) -> Optional[Tuple[np.ndarray, np.ndarray]]:
    others = [name for name in node.input if name != conv_output]
    if len(node.output) != 1 or not all(name in tensors for name in others):
        return None
    values = [_float64(tensors[name]) for name in others]
    if node.op_type == "BatchNormalization":
        gamma, beta, mean, variance = values
        epsilon = {a.name: a.f for a in node.attribute}.get("epsilon", 1e-5)
        scale = gamma / np.sqrt(variance + epsilon)
        return scale, beta - mean * scale
    if node.op_type not in ("Mul", "Add") or len(values) != 1:
        return None
    if values[0].shape not in ((1, channels, 1, 1), (channels, 1, 1)):
        return None
    by_channel, ones = values[0].reshape(-1), np.ones(channels)
    return (by_channel, 0.0 * ones) if node.op_type == "Mul" else (ones, by_channel)


def _float64(tensor: TensorProto) -> np.ndarray:
    return np.array(numpy_helper.to_array(tensor), np.float64)


def _take_used(graph: onnx.GraphProto, tensors: Tensors) -> None:
    used = {value.name for value in graph.output}
    for node in graph.node:
        used.update(names_read(node))
    for name in list(tensors):
        tensor = tensors.pop(name)
        if name in used:
            graph.initializer.append(tensor)
