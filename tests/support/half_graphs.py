"""Small ONNX graphs whose constants are stored in half, as plantd's bundles store them."""

import numpy as np

from plantd_engines.graph import onnx_message as onnx
from support import onnx_bytes

SHAPE = (1, 3, 8, 8)
_RANDOM = np.random.RandomState(5)
KERNEL = _RANDOM.standard_normal((4, 3, 3, 3)).astype(np.float16)
BIAS = _RANDOM.standard_normal((4,)).astype(np.float16)


def convolution(last: str = "Relu", largest: float = 1.0) -> bytes:
    """Return (1, 3, 8, 8) `x` -> Conv, Mul by a float32 constant, `last` -> (1, 4, 6, 6) `y`."""
    model = onnx_bytes.model(
        inputs=[("x", SHAPE)],
        outputs=[("y", (1, 4, 6, 6))],
        constants=[("factor", np.asarray([largest], np.float32))],
        nodes=[
            onnx.node("Cast", "kernel_half", "kernel", to=onnx.FLOAT),
            onnx.node("Cast", "bias_half", "bias", to=onnx.FLOAT),
            onnx_bytes.node("Conv", ["x", "kernel", "bias"], "c"),
            onnx_bytes.node("Mul", ["c", "factor"], "m"),
            onnx_bytes.node(last, ["m"], "y"),
        ],
    )
    halves = [
        (onnx.GRAPH_INITIALIZER, onnx.LENGTH, onnx.tensor("kernel_half", KERNEL.shape, KERNEL)),
        (onnx.GRAPH_INITIALIZER, onnx.LENGTH, onnx.tensor("bias_half", BIAS.shape, BIAS)),
    ]
    return onnx.edited(model, lambda graph: graph + halves)
