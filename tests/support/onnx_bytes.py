"""Writes a small ONNX graph with no library: the device's environment has no onnx package.

Source of the field numbers: onnx.proto3 of ONNX 1.11 (IR version 7, opset 13).
"""

import struct
from typing import List, Sequence, Tuple, Union

import numpy as np

FLOAT, INT8 = 1, 3

Shape = Tuple[Union[int, str], ...]


def model(
    inputs: Sequence[Tuple[str, Shape]],
    outputs: Sequence[Tuple[str, Shape]],
    constants: Sequence[Tuple[str, np.ndarray]],
    nodes: Sequence[bytes],
) -> bytes:
    """Return a serialized ModelProto; a size that has a name is open, constants may be int8."""
    graph = b"".join(_field(1, n) for n in nodes) + _field(2, b"tiny")
    graph += b"".join(_field(5, _tensor(name, array)) for name, array in constants)
    graph += b"".join(_field(11, _value(name, shape)) for name, shape in inputs)
    graph += b"".join(_field(12, _value(name, shape)) for name, shape in outputs)
    opset = _field(1, b"") + _number(2, 13)
    return _number(1, 7) + _field(7, graph) + _field(8, opset)


def node(kind: str, inputs: Sequence[str], output: str, **ints: object) -> bytes:
    """Return a NodeProto; keyword arguments are integer or list-of-integer attributes."""
    body = b"".join(_field(1, name.encode()) for name in inputs)
    body += _field(2, output.encode()) + _field(4, kind.encode())
    return body + b"".join(_field(5, _attribute(name, value)) for name, value in ints.items())


def _attribute(name: str, value: object) -> bytes:
    body = _field(1, name.encode())
    if isinstance(value, int):
        return body + _number(3, value) + _number(20, 2)
    values: List[int] = list(value)  # type: ignore[call-overload]  # a list of integers
    return body + b"".join(_number(8, v) for v in values) + _number(20, 7)


def _tensor(name: str, array: np.ndarray) -> bytes:
    kind, letter = (INT8, "b") if array.dtype == np.int8 else (FLOAT, "f")
    body = b"".join(_number(1, size) for size in array.shape) + _number(2, kind)
    raw = struct.pack("<%d%s" % (array.size, letter), *array.reshape(-1).tolist())
    return body + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, shape: Shape) -> bytes:
    dims = b"".join(_field(1, _size(size)) for size in shape)
    tensor_type = _number(1, FLOAT) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor_type))


def _size(size: Union[int, str]) -> bytes:
    return _number(1, size) if isinstance(size, int) else _field(2, size.encode())


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
