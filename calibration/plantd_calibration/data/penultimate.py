"""What both heads look at: the last tensor of the graph that they share, as one more output."""

from typing import Dict, Set, Tuple

import onnx
from onnx import TensorProto, helper

FEATURES = "plantd_features"
# What may stand between a matrix product and a head's output, if the head is linear.
LINEAR = ("Add", "Identity", "Cast", "Squeeze", "Reshape", "Flatten")
PRODUCTS = ("Gemm", "MatMul")


def shared_features(model: onnx.ModelProto, outputs: Tuple[str, str]) -> str:
    """Return the tensor that both outputs are one matrix product of; "" where there is none."""
    producers = {name: node for node in model.graph.node for name in node.output}
    constants = {tensor.name for tensor in model.graph.initializer}
    first, second = (_multiplied(name, producers, constants) for name in outputs)
    return first if first == second else ""


def with_features(model: onnx.ModelProto, features: str) -> onnx.ModelProto:
    """Return a copy with a tensor as one more output, named FEATURES."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    # A graph that computes in half precision gives its features in single precision all the same.
    copy.graph.node.append(helper.make_node("Cast", [features], [FEATURES], to=TensorProto.FLOAT))
    copy.graph.output.append(helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, None))
    return copy


def _multiplied(output: str, producers: Dict[str, onnx.NodeProto], constants: Set[str]) -> str:
    """Return what the matrix product behind an output multiplies; "" where it is none."""
    name = output
    while name in producers:
        node = producers[name]
        if node.op_type in PRODUCTS:
            return str(node.input[0])
        if node.op_type not in LINEAR:
            return ""
        name = next((each for each in node.input if each not in constants), "")
    return ""
