"""EfficientNet-Lite with both heads in torch, in bfloat16, for processors that multiply it fast.

How this works: what stays as ImageNet left it (batch norm, depthwise convolutions, all below a
stride) is folded into the convolutions' weights or into what they add, so that a block is three
convolutions with their ReLU6 inside. torch differentiates depthwise convolutions in bfloat16 by a
slow path; here their gradient is a convolution with the kernel turned around, which takes the fast
one. Same function, and up to rounding the same gradients, as `methods.finetune.network`.
torch is not part of plantd's environments: it is looked for when somebody asks for this.
"""

from typing import Any, Dict, List, Mapping, Sequence, Set

import numpy as np

from plantd.errors import UnavailableError
from plantd_training.trunks.lite import BATCH_NORM_EPSILON, Block

Weights = Mapping[str, Sequence[np.ndarray]]


def library() -> Any:
    """Return torch; raise UnavailableError where it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise UnavailableError(
            "torch is not installed; pip install torch, or train with --trainer keras"
        ) from error
    return torch


class FoldedLite:
    """The network; `parameters` are what learns, by the names of Keras's layers."""

    def __init__(
        self, blocks: Sequence[Block], weights: Weights, frozen: Set[str], heads: Sequence[str]
    ) -> None:
        """Args: weights by Keras's layers, in Keras's order; layers that do not learn; the heads.

        Depthwise convolutions never learn here.
        """
        self._torch, self._blocks, self._heads = library(), blocks, heads
        self._fixed: Dict[str, Any] = {}
        self.parameters: Dict[str, Any] = {}
        self._fold("stem_conv", "stem_norm", weights, frozen)
        for index, block in enumerate(blocks):
            name = "block{:02d}".format(index)
            if block.expansion != 1:
                self._fold(name + "_expand_conv", name + "_expand_norm", weights, frozen)
            self._fold(name + "_depthwise", name + "_norm", weights, {name + "_depthwise"})
            self._fold(name + "_project_conv", name + "_project_norm", weights, frozen)
        self._fold("top_conv", "top_norm", weights, frozen)
        for head in heads:
            for part, values in zip(("kernel", "bias"), weights[head]):
                self.parameters["{}/{}".format(head, part)] = self._learns(values)

    def features(self, pictures: Any) -> Any:
        """Return (n, channels) float32 for (n, 3, side, side) normalised pictures."""
        x = _padded(self._torch, pictures.to(self._torch.bfloat16), 3, 2)
        kernel, shift = self._weights("stem_conv")
        x = _convolved(self._torch, x, kernel, shift, 2, True)
        for index, block in enumerate(self._blocks):
            name, y = "block{:02d}".format(index), x
            if block.expansion != 1:
                y = _point(self._torch).apply(y, *self._weights(name + "_expand_conv"), True)
            y = _depth(self._torch).apply(y, *self._weights(name + "_depthwise"), block.stride)
            y = _point(self._torch).apply(y, *self._weights(name + "_project_conv"), False)
            x = x + y if block.stride == 1 and x.shape[1] == y.shape[1] else y
        x = _point(self._torch).apply(x, *self._weights("top_conv"), True)
        return x.float().mean((2, 3))

    def answers(self, features: Any, dropout: float) -> List[Any]:
        """Return the logits of each head for (n, channels) features."""
        drop = self._torch.nn.functional.dropout
        return [
            drop(features, dropout) @ self.parameters[head + "/kernel"]
            + self.parameters[head + "/bias"]
            for head in self._heads
        ]

    def learned(self) -> Dict[str, List[np.ndarray]]:
        """Return the weights that learned, by Keras's layers and in Keras's order of axes."""
        found: Dict[str, List[np.ndarray]] = {}
        for name, parameter in self.parameters.items():
            values = parameter.detach().numpy().copy()
            layer, _, part = name.partition("/")
            found.setdefault(layer, []).append(values if part else values.transpose(2, 3, 1, 0))
        return found

    def _fold(self, conv: str, norm: str, weights: Weights, frozen: Set[str]) -> None:
        torch = self._torch
        gamma, beta, mean, variance = (torch.tensor(values) for values in weights[norm])
        scale = gamma / torch.sqrt(variance + BATCH_NORM_EPSILON)
        shift, scale = (beta - mean * scale).bfloat16(), scale.view(-1, 1, 1, 1)
        axes = (2, 3, 0, 1) if conv.endswith("_depthwise") else (3, 2, 0, 1)
        kernel = weights[conv][0].transpose(axes)
        if conv in frozen:
            folded = (torch.tensor(kernel) * scale).bfloat16()
            self._fixed[conv] = (folded.contiguous(memory_format=torch.channels_last), shift)
        else:
            self._fixed[conv] = (scale, shift)
            self.parameters[conv] = self._learns(kernel)

    def _learns(self, values: np.ndarray) -> Any:
        return self._torch.nn.Parameter(self._torch.tensor(np.ascontiguousarray(values)))

    def _weights(self, conv: str) -> Any:
        kernel, shift = self._fixed[conv]
        if conv in self.parameters:
            kernel = (self.parameters[conv] * kernel).bfloat16()
        return kernel, shift


def _convolved(
    torch: Any, x: Any, kernel: Any, add: Any, stride: int, relu: bool, around: int = 0
) -> Any:
    """One convolution of oneDNN with ReLU6 inside; grouped where the kernel is depthwise.

    Args:
        around: zeros on each side; oneDNN reads them without a copy.
    """
    groups = kernel.shape[0] if kernel.shape[1] == 1 and kernel.shape[0] == x.shape[1] else 1
    after = ("hardtanh", [0.0, 6.0]) if relu else ("none", [])
    return torch.ops.mkldnn._convolution_pointwise(
        x, kernel, add, [around, around], [stride, stride], [1, 1], groups, *after, ""
    )


def _padded(torch: Any, x: Any, kernel: int, stride: int) -> Any:
    """Pad as TensorFlow's "same" does: what is odd goes to the right and below."""
    low, high = _padding(x.shape[2], kernel, stride)
    padded = torch.nn.functional.pad(x, (low, high, low, high))
    return padded.contiguous(memory_format=torch.channels_last)


def _padding(side: int, kernel: int, stride: int) -> Any:
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def _relu_back(torch: Any, gradient: Any, answer: Any) -> Any:
    gradient = gradient.contiguous(memory_format=torch.channels_last)
    return torch.ops.aten.hardtanh_backward(gradient, answer, 0.0, 6.0)


def _point(torch: Any) -> Any:
    """Return the function of a convolution of 1 by 1 that learns."""

    class Point(torch.autograd.Function):  # type: ignore[misc]  # no types
        @staticmethod
        def forward(ctx: Any, x: Any, kernel: Any, add: Any, relu: bool) -> Any:
            y = _convolved(torch, x, kernel, add, 1, relu)
            ctx.save_for_backward(x, kernel, y if relu else None)
            return y

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            x, kernel, y = ctx.saved_tensors
            if y is None:
                gradient = gradient.contiguous(memory_format=torch.channels_last)
            else:
                gradient = _relu_back(torch, gradient, y)
            n, out, height, width = gradient.shape
            rows = gradient.permute(0, 2, 3, 1).reshape(-1, out)
            seen = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
            of_kernel = (rows.t() @ seen).view(out, x.shape[1], 1, 1)
            if not ctx.needs_input_grad[0]:
                return None, of_kernel, None, None
            of_x = (rows @ kernel.view(out, x.shape[1])).view(n, height, width, -1)
            return of_x.permute(0, 3, 1, 2), of_kernel, None, None

    return Point


def _depth(torch: Any) -> Any:
    """Return the function of a depthwise convolution that does not learn."""
    pad = torch.nn.functional.pad

    class Depth(torch.autograd.Function):  # type: ignore[misc]  # no types
        @staticmethod
        def forward(ctx: Any, x: Any, kernel: Any, add: Any, stride: int) -> Any:
            ctx.side, ctx.stride = x.shape[2], stride
            low, high = _padding(ctx.side, kernel.shape[2], stride)
            # An odd zero belongs below: a kernel with zeros before it and `high` on both sides.
            grown = pad(kernel, (1, 0, 1, 0)) if high > low else kernel
            y = _convolved(torch, x, grown, add, stride, True, high)
            ctx.save_for_backward(kernel, y)
            return y

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            kernel, y = ctx.saved_tensors
            spread = _relu_back(torch, gradient, y)
            size, side = kernel.shape[2], ctx.side
            turned = kernel.flip(2, 3).contiguous(memory_format=torch.channels_last)
            if ctx.stride == 1:
                return (
                    _convolved(torch, spread, turned, None, 1, False, size // 2),
                    None,
                    None,
                    None,
                )
            n, channels, height, width = spread.shape
            wide = torch.zeros(n, channels, 2 * height, 2 * width, dtype=spread.dtype)
            wide[:, :, ::2, ::2] = spread
            low, _ = _padding(side, size, ctx.stride)
            before = size - 1 - low
            around = pad(wide, (before, size, before, size))
            around = around.contiguous(memory_format=torch.channels_last)
            found = _convolved(torch, around, turned, None, 1, False)
            return found[:, :, :side, :side], None, None, None

    return Depth
