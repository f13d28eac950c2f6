"""Choices that a graph makes at run time, settled before it is converted.

A graph frozen by Keras 2 keeps both sides of each dropout and batch norm: one for training,
one for inference, chosen by the learning phase. Once that is a constant, so is every choice.

How this works: `If` and calls of functions are replaced by the body that applies. Then, in order
of computation, a Switch whose predicate is known kills one of its two outputs; whatever reads
something dead is dead; and a Merge stands for its one living input.
"""

from typing import List, Optional, Set

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.python.framework import function_def_to_graph

from plantd.errors import GraphError
from plantd_import.tf_graph import graph_walk
from plantd_import.tf_graph.graph_walk import Aliases, Nodes, full_name, node_of

IFS = ("If", "StatelessIf")
CALLS = ("PartitionedCall", "StatefulPartitionedCall")
SWITCHES = ("Switch", "RefSwitch")
MERGES = ("Merge", "RefMerge")
CHOICES = IFS + SWITCHES + MERGES


def truth(nodes: Nodes, tensor: str) -> Optional[bool]:
    """Return what a boolean tensor always is, or None when that depends on the input."""
    node = nodes[node_of(tensor)]
    if node.op == "Const" and node.attr["dtype"].type == tf.bool.as_datatype_enum:
        return bool(tf.make_ndarray(node.attr["value"].tensor))
    inputs = [name for name in node.input if not name.startswith("^")]
    if node.op == "Identity":
        return truth(nodes, inputs[0])
    if node.op == "LogicalNot":
        known = truth(nodes, inputs[0])
        return None if known is None else not known
    if node.op in ("LogicalAnd", "LogicalOr"):
        sides = [truth(nodes, name) for name in inputs]
        decisive = bool(node.op == "LogicalOr")
        if decisive in sides:
            return decisive
        return None if None in sides else not decisive
    return None


def inline_functions(graph: graph_pb2.GraphDef, tensors: List[str]) -> List[str]:
    """Replace calls, and If by the branch that applies (in place); return the nodes replaced.

    Raises GraphError for an If whose predicate is not constant.
    """
    functions = {function.signature.name: function for function in graph.library.function}
    replaced: List[str] = []
    while True:
        nodes = graph_walk.by_name(graph)
        order = graph_walk.ancestors(nodes, tensors)
        node = next((n for n in order if n.op in IFS + CALLS or n.op in functions), None)
        if node is None:
            return replaced
        name = _function_of(node, nodes)
        if name not in functions:
            raise GraphError(
                "the node {} ({}) calls {}, which is not in the graph; the file is damaged or was "
                "pruned wrongly: export it again".format(node.name, node.op, name)
            )
        inputs = list(node.input)[1:] if node.op in IFS else list(node.input)
        aliases = _inline(graph, node.name, functions[name], inputs)
        replaced.append(node.name)
        graph_walk.rewire(graph, aliases)
        tensors[:] = [graph_walk.resolved(tensor, aliases) for tensor in tensors]


def take_living(graph: graph_pb2.GraphDef, tensors: List[str]) -> List[str]:
    """Take the living side of each Switch and Merge (in place); return the Merge nodes settled.

    `tensors`, the outputs, are renamed when one of them was a Merge.
    """
    nodes = graph_walk.by_name(graph)
    dead: Set[str] = set()
    aliases: Aliases = {}
    settled: List[str] = []
    for node in graph_walk.ancestors(nodes, tensors):
        if node.op in SWITCHES:
            _settle_switch(node, nodes, dead, aliases)
        elif node.op in MERGES:
            if _settle_merge(node, dead, aliases):
                settled.append(node.name)
        elif any(_is_dead(tensor, dead) for tensor in node.input):
            dead.add(node.name)
    graph_walk.rewire(graph, aliases)
    tensors[:] = [graph_walk.resolved(tensor, aliases) for tensor in tensors]
    return settled


def _function_of(node: node_def_pb2.NodeDef, nodes: Nodes) -> str:
    if node.op in CALLS:
        return str(node.attr["f"].func.name)
    if node.op not in IFS:
        return str(node.op)
    known = truth(nodes, node.input[0])
    if known is None:
        raise _undecided(node, node.input[0])
    return str(node.attr["then_branch" if known else "else_branch"].func.name)


def _inline(graph: graph_pb2.GraphDef, name: str, function: object, inputs: List[str]) -> Aliases:
    """Add a function's body to the graph under the caller's name; return what stands for what."""
    body, flat = function_def_to_graph.function_def_to_graph_def(function)
    arguments = [argument.name for argument in function.signature.input_arg]  # type: ignore[attr-defined]
    data = [tensor for tensor in inputs if not tensor.startswith("^")]
    aliases = {
        full_name("{}/{}".format(name, argument)): tensor
        for argument, tensor in zip(arguments, data)
    }
    for inner in body.node:
        if inner.name in arguments:
            continue
        added = graph.node.add()
        added.CopyFrom(inner)
        added.name = "{}/{}".format(name, inner.name)
        added.input[:] = [_below(name, tensor) for tensor in inner.input]
    for number, result in enumerate(function.signature.output_arg):  # type: ignore[attr-defined]
        source = flat[function.ret[result.name]]  # type: ignore[attr-defined]
        aliases["{}:{}".format(name, number)] = _below(name, source)
    return aliases


def _below(name: str, tensor: str) -> str:
    if tensor.startswith("^"):
        return "^{}/{}".format(name, tensor[1:])
    return "{}/{}".format(name, tensor)


def _settle_switch(
    node: node_def_pb2.NodeDef, nodes: Nodes, dead: Set[str], aliases: Aliases
) -> None:
    if any(_is_dead(tensor, dead) for tensor in node.input):
        dead.add(node.name)
        return
    known = truth(nodes, graph_walk.resolved(node.input[1], aliases))
    if known is None:
        raise _undecided(node, node.input[1])
    dead.add("{}:{}".format(node.name, int(not known)))
    aliases["{}:{}".format(node.name, int(known))] = node.input[0]


def _settle_merge(node: node_def_pb2.NodeDef, dead: Set[str], aliases: Aliases) -> bool:
    inputs = [tensor for tensor in node.input if not tensor.startswith("^")]
    living = [tensor for tensor in inputs if not _is_dead(tensor, dead)]
    if not living:
        dead.add(node.name)
        return False
    if len(living) > 1:
        raise _undecided(node, living[1])
    aliases[node.name + ":0"] = living[0]
    return True


def _is_dead(tensor: str, dead: Set[str]) -> bool:
    return node_of(tensor) in dead or full_name(tensor) in dead


def _undecided(node: node_def_pb2.NodeDef, tensor: str) -> GraphError:
    return GraphError(
        "the node {} ({}) chooses by {}, which is not known before the picture is seen; expected a "
        "network without such choices; if that is a placeholder, give it a value with --set "
        "{}=VALUE".format(node.name, node.op, tensor, node_of(tensor))
    )
