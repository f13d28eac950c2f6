"""Just enough of ONNX's file format to edit a graph without the onnx package.

The device's Python has no onnx, and what is changed here is small: a constant's type, a node's
inputs. A message is kept as its list of fields; what is not touched is written back byte for byte.

Source: Protocol Buffers' encoding (wire types 0, 1, 2, 5) and onnx.proto3 for the field numbers.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple, Union

import numpy as np

from plantd.errors import GraphError

Value = Union[int, bytes]
Field = Tuple[int, int, Value]
Fields = List[Field]

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

# onnx.proto3: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto.
MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO = 1, 5, 11, 12, 13
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_TYPE, NODE_ATTRIBUTE, NODE_DOMAIN = 1, 2, 3, 4, 5, 7
ATTRIBUTE_NAME, ATTRIBUTE_INT, ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH, ATTRIBUTE_KIND = 1, 3, 5, 6, 20
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_INT32S, TENSOR_NAME, TENSOR_RAW = 1, 2, 4, 5, 8, 9
TENSOR_LOCATION = 14
VALUE_NAME = 1
INT_ATTRIBUTE = 2
FLOAT, INT8, FLOAT16 = 1, 3, 10
NUMPY: Dict[int, Any] = {
    FLOAT: np.dtype("<f4"),
    INT8: np.dtype("i1"),
    FLOAT16: np.dtype("<f2"),
}


class Node(NamedTuple):
    """One node: what it computes, from what, to what; `ints` are its whole-number attributes."""

    kind: str
    inputs: Tuple[str, ...]
    outputs: Tuple[str, ...]
    ints: Dict[str, int]
    fields: Fields

    def with_names(self, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
        """Return the same node with other names at its inputs and outputs."""
        named = [f for f in self.fields if f[0] not in (NODE_INPUT, NODE_OUTPUT)]
        return encode(
            [text_field(NODE_INPUT, name) for name in inputs]
            + [text_field(NODE_OUTPUT, name) for name in outputs]
            + named
        )


def decode(data: bytes) -> Fields:
    """Return a message's fields in their order; raise GraphError when it is no message."""
    fields: Fields = []
    at, end = 0, len(data)
    try:
        while at < end:
            key, at = _varint_at(data, at)
            wire = key & 7
            value: Value
            if wire == VARINT:
                value, at = _varint_at(data, at)
            else:
                if wire == LENGTH:
                    size, at = _varint_at(data, at)
                else:
                    size = {FIXED64: 8, FIXED32: 4}[wire]
                value = data[at : at + size]
                at += size
            fields.append((key >> 3, wire, value))
    except (IndexError, KeyError):
        at = end + 1
    if at != end:
        raise GraphError(
            "the graph is not an ONNX file, or it is cut short; install the bundle again"
        )
    return fields


def encode(fields: Sequence[Field]) -> bytes:
    """Return the message that `decode` would read."""
    parts = []
    for number, wire, value in fields:
        parts.append(_varint(number << 3 | wire))
        if isinstance(value, int):
            parts.append(_varint(value))
            continue
        if wire == LENGTH:
            parts.append(_varint(len(value)))
        parts.append(value)
    return b"".join(parts)


def edited(model: bytes, edit: Callable[[Fields], Fields]) -> bytes:
    """Return the model with its graph's fields as `edit` returns them."""
    fields = decode(model)
    graphs = [value for number, _, value in fields if number == MODEL_GRAPH]
    if len(graphs) != 1 or not isinstance(graphs[0], bytes):
        raise GraphError("the graph is not an ONNX model; install the bundle again")
    try:
        graph = encode(edit(decode(graphs[0])))
    except (LookupError, ValueError, TypeError) as error:  # text, types and inputs that are none
        raise GraphError(
            "the graph is damaged, or of a kind that is not known ({}); install the bundle "
            "again".format(error)
        ) from error
    kept = [field for field in fields if field[0] != MODEL_GRAPH]
    return encode(kept + [(MODEL_GRAPH, LENGTH, graph)])


def node_of(data: bytes) -> Node:
    """Return the node a NodeProto describes."""
    fields = decode(data)
    ints = {}
    for attribute in messages(fields, NODE_ATTRIBUTE):
        inner = decode(attribute)
        for value in numbers(inner, ATTRIBUTE_INT):
            ints[text_of(inner, ATTRIBUTE_NAME)] = value
    return Node(
        text_of(fields, NODE_TYPE),
        tuple(value.decode("utf-8") for value in messages(fields, NODE_INPUT)),
        tuple(value.decode("utf-8") for value in messages(fields, NODE_OUTPUT)),
        ints,
        fields,
    )


def node(kind: str, source: str, target: str, **ints: int) -> bytes:
    """Return a NodeProto of one input and one output."""
    attributes = [
        encode(
            [
                text_field(ATTRIBUTE_NAME, name),
                (ATTRIBUTE_INT, VARINT, value),
                (ATTRIBUTE_KIND, VARINT, INT_ATTRIBUTE),
            ]
        )
        for name, value in ints.items()
    ]
    return encode(
        [text_field(NODE_INPUT, source), text_field(NODE_OUTPUT, target)]
        + [text_field(NODE_NAME, "{}_{}".format(kind, target)), text_field(NODE_TYPE, kind)]
        + [(NODE_ATTRIBUTE, LENGTH, attribute) for attribute in attributes]
    )


def tensor_type(fields: Fields) -> int:
    """Return a TensorProto's data type."""
    return (numbers(fields, TENSOR_TYPE) or [0])[-1]


def array_of(fields: Fields) -> np.ndarray:
    """Return the values of a FLOAT, FLOAT16 or INT8 TensorProto, flat."""
    kind, name = tensor_type(fields), text_of(fields, TENSOR_NAME)
    if numbers(fields, TENSOR_LOCATION):
        raise GraphError(
            "the constant {!r} lies outside the ONNX file; make the bundle again with "
            "plantd-import, which keeps it inside".format(name)
        )
    raw = messages(fields, TENSOR_RAW)
    if raw:
        return np.frombuffer(raw[0], NUMPY[kind])
    if kind == FLOAT:
        return np.frombuffer(b"".join(messages(fields, TENSOR_FLOATS)), NUMPY[FLOAT])
    # Without raw bytes: each value, of FLOAT16 its bits, as one whole number.
    bits = []
    for packed in messages(fields, TENSOR_INT32S):
        at = 0
        while at < len(packed):
            value, at = _varint_at(packed, at)
            bits.append(value)
    bits += numbers(fields, TENSOR_INT32S)
    if kind == INT8:
        # Negative ones are written in 64 bits, of which the last eight are the value.
        return np.asarray([value & 255 for value in bits], np.uint8).view(NUMPY[INT8])
    return np.asarray(bits, np.uint16).view(NUMPY[FLOAT16])


def tensor(name: str, dims: Sequence[int], values: np.ndarray) -> bytes:
    """Return a TensorProto of float32 or float16 values."""
    kind = FLOAT16 if values.dtype == np.float16 else FLOAT
    fields: Fields = [(TENSOR_DIMS, VARINT, size) for size in dims]
    fields += [(TENSOR_TYPE, VARINT, kind), text_field(TENSOR_NAME, name)]
    return encode(fields + [(TENSOR_RAW, LENGTH, values.astype(NUMPY[kind]).tobytes())])


def dims_of(fields: Fields) -> Tuple[int, ...]:
    """Return a TensorProto's shape; packed and single numbers both occur."""
    sizes = []
    for number, _, value in fields:
        if number != TENSOR_DIMS:
            continue
        if isinstance(value, int):
            sizes.append(value)
            continue
        at = 0
        while at < len(value):
            size, at = _varint_at(value, at)
            sizes.append(size)
    return tuple(sizes)


def messages(fields: Fields, number: int) -> List[bytes]:
    """Return the bytes of every field of that number."""
    return [v for n, _, v in fields if n == number and isinstance(v, bytes)]


def numbers(fields: Fields, number: int) -> List[int]:
    """Return the whole numbers of every field of that number."""
    return [v for n, _, v in fields if n == number and isinstance(v, int)]


def text_of(fields: Fields, number: int) -> str:
    """Return a field as text; empty when it is not there."""
    return (messages(fields, number) or [b""])[-1].decode("utf-8")


def text_field(number: int, text: str) -> Field:
    """Return a field of text."""
    return (number, LENGTH, text.encode("utf-8"))


def replaced(fields: Fields, number: int, field: Field) -> Fields:
    """Return the message with one field instead of all of that number."""
    return [f for f in fields if f[0] != number] + [field]


def _varint_at(data: bytes, at: int) -> Tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError("no whole number has more than 64 bits")


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
