"""Dropout that is told to keep everything: still drawn at random in the graph, and never different.

Graphs of 2016 to 2018 take `keep_prob` from outside and are fed 1.0 for inference. The random
numbers u are from 0 up to and without 1, so the mask is known:

    floor(keep_prob + u)      is 1 for keep_prob 1       TensorFlow 1.0 to 1.12
    u >= rate                 is true for rate 0         TensorFlow 1.13 and later
"""

from typing import Dict, List, Optional

import tensorflow as tf
from tensorflow.core.framework import graph_pb2
from tensorflow.core.framework.node_def_pb2 import NodeDef

from plantd_import.tf_graph import graph_walk
from plantd_import.tf_graph.graph_walk import Nodes, node_of

RANDOM = ("RandomUniform", "StatelessRandomUniformV2")
ADDS = ("Add", "AddV2")
SELECTS = ("Select", "SelectV2")
ARITHMETIC = {
    "Add": lambda a, b: a + b,
    "AddV2": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
}


def keep_everything(graph: graph_pb2.GraphDef, outputs: List[str]) -> List[str]:
    """Replace masks that keep everything by the constant they are (in place); return their names.

    `outputs` are renamed when one of them was chosen by such a mask.
    """
    nodes = graph_walk.by_name(graph)
    aliases: Dict[str, str] = {}
    found = []
    for node in graph.node:
        if _is_floor_of_one(node, nodes):
            node.CopyFrom(graph_walk.constant_node(node.name, 1.0, tf.float32.as_datatype_enum))
            found.append(node.name)
        elif _is_never_below(node, nodes):
            node.CopyFrom(graph_walk.constant_node(node.name, True, tf.bool.as_datatype_enum))
            found.append(node.name)
    for node in graph.node:
        if node.op in SELECTS and node_of(node.input[0]) in found:
            aliases[node.name + ":0"] = node.input[1]
    graph_walk.rewire(graph, aliases)
    outputs[:] = [graph_walk.resolved(tensor, aliases) for tensor in outputs]
    return found


def _is_floor_of_one(node: NodeDef, nodes: Nodes) -> bool:
    if node.op != "Floor":
        return False
    total = nodes[node_of(node.input[0])]
    if total.op not in ADDS:
        return False
    a, b = total.input[0], total.input[1]
    sides = ((a, b), (b, a))
    return any(_number(x, nodes) == 1.0 and _is_unit_uniform(y, nodes) for x, y in sides)


def _is_never_below(node: NodeDef, nodes: Nodes) -> bool:
    if node.op != "GreaterEqual":
        return False
    return _is_unit_uniform(node.input[0], nodes) and _number(node.input[1], nodes) == 0.0


def _is_unit_uniform(tensor: str, nodes: Nodes) -> bool:
    """Say whether a tensor is random in [0, 1): bare, or scaled by 1 and shifted by 0."""
    node = nodes[node_of(tensor)]
    if node.op in RANDOM:
        return True
    if node.op == "Identity":
        return _is_unit_uniform(node.input[0], nodes)
    neutral = {"Mul": 1.0, "Add": 0.0, "AddV2": 0.0}.get(node.op)
    if neutral is None:
        return False
    a, b = node.input[0], node.input[1]
    sides = ((a, b), (b, a))
    return any(_number(x, nodes) == neutral and _is_unit_uniform(y, nodes) for x, y in sides)


def _number(tensor: str, nodes: Nodes) -> Optional[float]:
    """Return the value of a scalar that is computed from constants alone, or None."""
    node = nodes[node_of(tensor)]
    if node.op in ARITHMETIC:
        sides = [_number(name, nodes) for name in node.input[:2]]
        a, b = sides
        return None if a is None or b is None else float(ARITHMETIC[node.op](a, b))
    value = graph_walk.scalar(nodes, tensor)
    return float(value) if isinstance(value, (int, float)) else None
