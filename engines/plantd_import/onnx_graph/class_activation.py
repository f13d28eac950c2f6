"""The class activation of a graph's species head, as one more output that changes no other.

How this works: the head averages the last feature map over its places and multiplies by a matrix.
Multiplied before it is averaged, the map says for each place and label what it gave to the logit;
with the bias in it, the mean over the places is the logit itself. That is one product more, on what
the graph has computed already.
"""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from plantd.activation import ActivationSpec
from plantd.errors import GraphError
from plantd_import.onnx_graph.agreement import session_of
from plantd_import.onnx_graph.graph_index import GraphIndex, attribute

OUTPUT = "activation"
HEAD = "species"
# What may stand between the pooled features, the product and the output, and changes no value.
SHAPING = ("Identity", "Squeeze", "Reshape", "Flatten")
# Of a logit, whose mean over the places is added up in another order.
TOLERANCE = 1e-3


class LinearHead(NamedTuple):
    """Logits = mean(features) @ kernel + bias, as tensors of the graph.

    Attributes:
        is_channels_last: of the features.
        is_transposed: the kernel is (labels, channels).
        bias: "" where there is none.
    """

    features: str
    is_channels_last: bool
    kernel: str
    is_transposed: bool
    bias: str


def with_activation(
    model: onnx.ModelProto, outputs: Sequence[str], tensors: np.ndarray
) -> Tuple[onnx.ModelProto, ActivationSpec]:
    """Return the graph with the activation of the species head, and what a manifest says of it.

    Args:
        outputs: names of the poison head's and of the species head's.
        tensors: (n, ...) network inputs, on which all other outputs stay as they are to the bit.

    Raises GraphError where the species head is not linear on pooled features, or a value changes.
    """
    head = linear_head(GraphIndex(model.graph), outputs[1])
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.node.extend(_nodes(head))
    shown.graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, None))
    rows, columns, labels = _prove(model, shown, outputs, tensors)
    sized = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, rows, columns, labels])
    shown.graph.output[-1].CopyFrom(sized)
    onnx.checker.check_model(shown)
    return shown, ActivationSpec(OUTPUT, HEAD, rows, columns)


def linear_head(index: GraphIndex, output: str) -> LinearHead:
    """Return how logits come about; raise GraphError where they are no product of a mean."""
    name, bias = output, ""
    node = index.makers.get(name)
    while node is not None and node.op_type in (*SHAPING, "Add"):
        if node.op_type == "Add":
            constant = [each for each in node.input if _is_constant(index, each)]
            if bias or len(constant) != 1:
                break
            bias = constant[0]
        name = next(each for each in node.input if not _is_constant(index, each))
        node = index.makers.get(name)
    if node is None or not _is_product(index, node) or (bias and len(node.input) > 2):
        seen = "nothing" if node is None else node.op_type
        raise _refused(output, "it comes from {}".format(seen))
    features, is_channels_last = _pooled(index, node.input[0], output)
    bias = node.input[2] if len(node.input) > 2 else bias
    transposed = bool(attribute(node, "transB", 0))
    return LinearHead(features, is_channels_last, node.input[1], transposed, bias)


def _is_product(index: GraphIndex, node: onnx.NodeProto) -> bool:
    plain = all(attribute(node, name, 1.0) == 1.0 for name in ("alpha", "beta"))
    plain = plain and not attribute(node, "transA", 0)
    return node.op_type in ("Gemm", "MatMul") and plain and _is_constant(index, node.input[1])


def _pooled(index: GraphIndex, name: str, output: str) -> Tuple[str, bool]:
    """Return what was averaged over its places, and whether its channels come last."""
    node = index.makers.get(name)
    while node is not None and node.op_type in SHAPING:
        name = node.input[0]
        node = index.makers.get(name)
    if node is not None and node.op_type == "GlobalAveragePool":
        return str(node.input[0]), False
    if node is not None and node.op_type == "ReduceMean":
        axes = attribute(node, "axes", None) or index.values(node.input[-1])
        places = sorted(int(axis) % 4 for axis in axes)
        if places in ([1, 2], [2, 3]):
            return str(node.input[0]), places == [1, 2]
    raise _refused(output, "what it multiplies is not a mean over the places of a feature map")


def _is_constant(index: GraphIndex, name: str) -> bool:
    """Whether a tensor depends on no input: half-precision and 8-bit weights are cast to it."""
    node = index.makers.get(name)
    if node is None:
        return name in index.constants
    return bool(node.input) and all(_is_constant(index, each) for each in node.input)


def _nodes(head: LinearHead) -> List[onnx.NodeProto]:
    nodes, features, kernel = [], head.features, head.kernel
    if not head.is_channels_last:
        features = OUTPUT + "/features"
        nodes.append(helper.make_node("Transpose", [head.features], [features], perm=[0, 2, 3, 1]))
    if head.is_transposed:
        kernel = OUTPUT + "/kernel"
        nodes.append(helper.make_node("Transpose", [head.kernel], [kernel], perm=[1, 0]))
    product = OUTPUT + "/product" if head.bias else OUTPUT
    nodes.append(helper.make_node("MatMul", [features, kernel], [product], name=OUTPUT + "/MatMul"))
    if head.bias:
        nodes.append(helper.make_node("Add", [product, head.bias], [OUTPUT], name=OUTPUT + "/Add"))
    return nodes


def _prove(
    model: onnx.ModelProto, shown: onnx.ModelProto, outputs: Sequence[str], tensors: np.ndarray
) -> Tuple[int, int, int]:
    """Return (rows, columns, labels); raise GraphError unless nothing else has changed."""
    before, after = (session_of(one.SerializeToString()) for one in (model, shown))
    names = [*outputs, OUTPUT]
    shape: Tuple[int, ...] = ()
    for place in range(len(tensors)):
        feed = {before.get_inputs()[0].name: tensors[place : place + 1]}
        old, new = before.run(list(outputs), feed), _run(after, names, feed)
        for name, one, other in zip(outputs, old, new):
            if not np.array_equal(one, other):
                raise GraphError(
                    "with the class activation the output {} differs by {:g} on golden picture "
                    "{}; expected no bit to change; the bundle stays as it is".format(
                        name, float(np.abs(one - other).max()), place
                    )
                )
        logits, maps = np.asarray(new[1]).reshape(-1), np.asarray(new[2])
        worst = float(np.abs(maps.mean(axis=(0, 1, 2)) - logits).max())
        if not worst <= TOLERANCE * (1.0 + float(np.abs(logits).max())):
            raise GraphError(
                "the mean of the class activation differs by {:g} from the logits of {}; expected "
                "the logits themselves".format(worst, outputs[1])
            )
        shape = maps.shape[1:]
    rows, columns, labels = shape
    return rows, columns, labels


def _run(
    session: onnxruntime.InferenceSession, names: List[str], feed: "dict[str, np.ndarray]"
) -> List[np.ndarray]:
    return [np.asarray(value) for value in session.run(names, feed)]


def _refused(output: str, why: str) -> GraphError:
    return GraphError(
        "the output {} has no class activation: {}; expected one matrix product of the mean of a "
        "feature map, giving logits".format(output, why)
    )
