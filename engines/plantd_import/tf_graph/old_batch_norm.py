"""TensorFlow's batch norm of before 2016 as the sums and products that it is.

`BatchNormWithGlobalNormalization` (in graphs of GraphDef versions below 9) reads x, mean, variance,
beta and gamma and computes (x - mean) / sqrt(variance + epsilon) [* gamma] + beta. No converter
knows it. What is computed from weights alone becomes a constant later, as in any graph.
"""

from typing import List

import tensorflow as tf
from tensorflow.core.framework import graph_pb2
from tensorflow.core.framework.node_def_pb2 import NodeDef

from plantd_import.tf_graph import graph_walk

OP = "BatchNormWithGlobalNormalization"


def to_mul_and_add(graph: graph_pb2.GraphDef) -> List[str]:
    """Replace each old batch norm by a Mul and an Add (in place); return their names."""
    found = [node for node in graph.node if node.op == OP]
    for node in found:
        _replace(graph, node)
    return [node.name for node in found]


def _replace(graph: graph_pb2.GraphDef, node: NodeDef) -> None:
    x, mean, variance, beta, gamma = node.input[:5]
    dtype = node.attr["T"].type
    epsilon = graph_walk.constant_node(
        node.name + "/epsilon", node.attr["variance_epsilon"].f, dtype
    )
    graph.node.append(epsilon)

    def add(op: str, name: str, *inputs: str) -> str:
        made = graph.node.add(name="{}/{}".format(node.name, name), op=op, input=inputs)
        made.attr["T"].type = dtype
        return str(made.name)

    scale = add("Rsqrt", "scale", add("Add", "spread", variance, epsilon.name))
    if node.attr["scale_after_normalization"].b:
        scale = add("Mul", "scale_and_gamma", scale, gamma)
    shift = add("Sub", "shift", beta, add("Mul", "mean_scaled", mean, scale))
    scaled = add("Mul", "scaled", x, scale)
    node.Clear()
    node.op = "Add"
    node.name = scaled[: -len("/scaled")]
    node.input.extend((scaled, shift))
    node.attr["T"].type = tf.as_dtype(dtype).as_datatype_enum
