"""Who makes and who reads each tensor of an ONNX graph, and what a node's attributes say."""

from typing import Any, Dict, List, Sequence

import onnx
from onnx import AttributeProto, helper, numpy_helper


class GraphIndex:
    """A look at a graph as it is now; a changed graph needs another one."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        """Look at every node once."""
        self.makers = {name: node for node in graph.node for name in node.output if name}
        self.readers: Dict[str, List[onnx.NodeProto]] = {}
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.outputs = {value.name for value in graph.output}
        for node in graph.node:
            # A node whose subgraph reads a tensor reads it, too.
            for name in names_read(node):
                self.readers.setdefault(name, []).append(node)

    def values(self, name: str) -> List[float]:
        """Return the numbers of a constant, one after the other; [] where it is none."""
        if name not in self.constants:
            return []
        return list(numpy_helper.to_array(self.constants[name]).reshape(-1).tolist())


def names_read(node: onnx.NodeProto) -> List[str]:
    """Return every tensor that a node reads, inside its subgraphs too."""
    inner = [n for a in node.attribute if a.type == AttributeProto.GRAPH for n in a.g.node]
    return list(node.input) + [name for n in inner for name in names_read(n)]


def attribute(node: onnx.NodeProto, name: str, default: Any) -> Any:
    """Return what an attribute says, or `default` where it is left out."""
    found = [helper.get_attribute_value(a) for a in node.attribute if a.name == name]
    return found[0] if found else default


def set_attribute(node: onnx.NodeProto, name: str, values: Sequence[int]) -> None:
    """Give an attribute other values."""
    kept = [a for a in node.attribute if a.name != name]
    kept.append(helper.make_attribute(name, list(values)))
    attributes = [AttributeProto.FromString(a.SerializeToString()) for a in kept]
    del node.attribute[:]
    node.attribute.extend(attributes)


def padding_is_given(node: onnx.NodeProto) -> bool:
    """Return whether padding is in numbers, and so does not depend on size and stride."""
    return attribute(node, "auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
