"""Names and order in a TensorFlow GraphDef."""

from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2

from plantd.errors import GraphError

Nodes = Dict[str, node_def_pb2.NodeDef]
Aliases = Dict[str, str]
Sides = Tuple[Optional[int], ...]

_LOOP = (
    "the node {} is part of a loop (tf.while_loop); plantd imports networks that look at a picture "
    "once: export the network without the loop"
)


def node_of(tensor: str) -> str:
    """Return the node that makes a tensor: `^a`, `a`, `a:0` and `a:1` all come from `a`."""
    return tensor.lstrip("^").split(":")[0]


def full_name(tensor: str) -> str:
    """Return a tensor's name with its output number; a control input keeps its `^`."""
    return tensor if ":" in tensor or tensor.startswith("^") else tensor + ":0"


def by_name(graph: graph_pb2.GraphDef) -> Nodes:
    """Return the nodes by name."""
    return {node.name: node for node in graph.node}


def ancestors(nodes: Nodes, tensors: Iterable[str], start: str = "") -> List[node_def_pb2.NodeDef]:
    """Return the nodes that `tensors` are computed from, each after all that it reads.

    Args:
        start: a node whose own inputs are not followed: where the picture enters.

    Raises GraphError on a tensor whose node is missing, and on a loop.
    """
    order: List[node_def_pb2.NodeDef] = []
    done: Set[str] = set()
    for tensor in tensors:
        path = [_opened(nodes, node_of(tensor), start)]
        on_path = {node_of(tensor)}
        while path:
            name, unread = path[-1]
            read = next((r for r in unread if r not in done), None)
            if read is None:
                path.pop()
                on_path.discard(name)
                if name not in done:
                    done.add(name)
                    order.append(nodes[name])
            elif read in on_path:
                raise GraphError(_LOOP.format(read))
            else:
                path.append(_opened(nodes, read, start))
                on_path.add(read)
    return order


def _opened(nodes: Nodes, name: str, start: str) -> Tuple[str, Iterator[str]]:
    if name not in nodes:
        raise GraphError("there is no node {} in the graph".format(name))
    reads = [] if name == start else [node_of(read) for read in nodes[name].input]
    return name, iter(reads)


def readers(graph: graph_pb2.GraphDef) -> Dict[str, List[str]]:
    """Return which nodes read each node, by name."""
    found: Dict[str, List[str]] = {}
    for node in graph.node:
        for tensor in node.input:
            found.setdefault(node_of(tensor), []).append(node.name)
    return found


def rewire(graph: graph_pb2.GraphDef, aliases: Mapping[str, str]) -> None:
    """Let every node read the alias of what it read (in place); aliases may form chains."""
    for node in graph.node:
        for k, tensor in enumerate(node.input):
            node.input[k] = resolved(tensor, aliases)


def resolved(tensor: str, aliases: Mapping[str, str]) -> str:
    """Return what a tensor's name finally stands for."""
    name = full_name(tensor)
    if name not in aliases:
        return tensor
    while name in aliases:
        name = full_name(aliases[name])
    return name


def keep(graph: graph_pb2.GraphDef, kept: Sequence[node_def_pb2.NodeDef]) -> graph_pb2.GraphDef:
    """Return a graph of the given nodes with the same library."""
    smaller = graph_pb2.GraphDef()
    smaller.versions.CopyFrom(graph.versions)
    smaller.library.CopyFrom(graph.library)
    smaller.node.extend(kept)
    return smaller


def constant_node(name: str, value: object, dtype: int) -> node_def_pb2.NodeDef:
    """Return a Const node; `dtype` is TensorFlow's enum."""
    node = node_def_pb2.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = dtype
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value, tf.as_dtype(dtype)))
    return node


def scalar(nodes: Nodes, tensor: str) -> Optional[object]:
    """Return the value of a small constant behind any Identity nodes, or None."""
    node = nodes.get(node_of(tensor))
    while node is not None and node.op == "Identity":
        node = nodes.get(node_of(node.input[0]))
    if node is None or node.op != "Const":
        return None
    value = tf.make_ndarray(node.attr["value"].tensor)
    return value.item() if value.size == 1 else None


def is_channels_first(sides: Optional[Sides]) -> bool:
    """Say whether a shape is that of a picture given channel by channel (NCHW)."""
    return sides is not None and len(sides) == 4 and sides[1] == 3 and sides[3] not in (3, None)


def shape_of(node: node_def_pb2.NodeDef) -> Optional[Sides]:
    """Return a Placeholder's declared shape, None for an open side; None when it has none."""
    if "shape" not in node.attr or node.attr["shape"].shape.unknown_rank:
        return None
    sides = [int(dim.size) for dim in node.attr["shape"].shape.dim]
    return tuple(None if side < 0 else side for side in sides)
