"""A padding with zeros becomes part of the convolution or pooling that reads it.

A node of its own writes the whole picture once more, only larger. A convolution's own padding is
zeros, so the same is computed. A MaxPool's own padding counts for nothing: that is the same where
no value is below zero and each window sees at least one pixel that is not padding. ResNet v1 pads
so before its first pooling, behind a Relu.
"""

from typing import List, Optional

import onnx

from plantd_import.onnx_graph.graph_index import (
    GraphIndex,
    attribute,
    padding_is_given,
    set_attribute,
)

# What they make is never below zero; NaN aside, which no padding cures.
NEVER_NEGATIVE = frozenset("Relu Sigmoid HardSigmoid Softmax Softplus Abs".split())
# What they make is not, if nothing that goes in is.
KEEPS_SIGN = frozenset("MaxPool AveragePool GlobalAveragePool Identity Transpose Add Mul".split())
# Two sides before the picture's first pixel, two behind its last; batch and channels stay.
SIDES = (2, 3, 6, 7)


def fold_paddings(model: onnx.ModelProto) -> int:
    """Change the model in place; return how many nodes that padded are gone."""
    gone = 0
    for node in [node for node in model.graph.node if node.op_type == "Pad"]:
        index = GraphIndex(model.graph)
        name = node.output[0]
        pads = _zeros_around(node, index)
        readers = index.readers.get(name, [])
        if pads is None or name in index.outputs or not readers:
            continue
        if all(_takes(reader, node, pads, index) for reader in readers):
            for reader in readers:
                reader.input[0] = node.input[0]
                set_attribute(reader, "pads", _together(reader, pads))
            model.graph.node.remove(node)
            gone += 1
    if gone:
        del model.graph.value_info[:]
    return gone


def _zeros_around(node: onnx.NodeProto, index: GraphIndex) -> Optional[List[int]]:
    """Return [top, left, bottom, right] of a padding with zeros around pictures; None of others."""
    said = [*node.input, "", ""]
    widths, value = [int(width) for width in index.values(said[1])], index.values(said[2])
    is_zero = value == [0.0] if said[2] else True
    if attribute(node, "mode", b"constant") != b"constant" or not is_zero or len(widths) != 8:
        return None
    others = [width for side, width in enumerate(widths) if side not in SIDES]
    return None if any(others) or min(widths) < 0 else [widths[side] for side in SIDES]


def _takes(reader: onnx.NodeProto, pad: onnx.NodeProto, pads: List[int], index: GraphIndex) -> bool:
    """Return whether the reader computes the same with these pads as its own."""
    kernel = list(attribute(reader, "kernel_shape", ()))
    if len(kernel) != 2 or not padding_is_given(reader):
        return False
    if reader.op_type == "Conv":
        return reader.input[0] == pad.output[0] and pad.output[0] not in list(reader.input)[1:]
    return reader.op_type == "MaxPool" and _pools_pixels(reader, kernel, pads, pad.input[0], index)


def _pools_pixels(
    pool: onnx.NodeProto, kernel: List[int], pads: List[int], source: str, index: GraphIndex
) -> bool:
    """Return whether no window of a MaxPool has padding alone, and zeros never win against less."""
    simple = (
        list(attribute(pool, "dilations", (1, 1))) == [1, 1]
        and not attribute(pool, "ceil_mode", 0)
        and not any(pool.output[1:])
    )
    narrow = all(width < side for width, side in zip(_together(pool, pads), kernel * 2))
    return simple and narrow and _is_never_negative(source, index)


def _together(reader: onnx.NodeProto, pads: List[int]) -> List[int]:
    return [own + more for own, more in zip(attribute(reader, "pads", (0,) * 4), pads)]


def _is_never_negative(name: str, index: GraphIndex) -> bool:
    node = index.makers.get(name)
    if node is None:
        return bool(index.values(name)) and min(index.values(name)) >= 0.0
    if node.op_type == "Clip":
        least = index.values([*node.input, ""][1])
        return bool(least) and least[0] >= 0.0
    if node.op_type in KEEPS_SIGN:
        return all(_is_never_negative(source, index) for source in node.input)
    return node.op_type in NEVER_NEGATIVE
