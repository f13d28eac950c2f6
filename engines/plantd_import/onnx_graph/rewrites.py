"""What an import changes in the ONNX graph without changing its answers, and how often it did."""

from typing import NamedTuple

import onnx

from plantd_import.onnx_graph import padding, subsampling


class Rewriting(NamedTuple):
    """How often each rule applied.

    Attributes:
        constants: nodes that read weights alone, computed once for all.
        scales: what scales and shifts channels, made part of the convolution before it.
        duplicates: nodes found twice, kept once.
        paddings: paddings with zeros, made part of what reads them.
        convolutions: those that compute fewer pixels, since nobody reads the others.
    """

    constants: int = 0
    scales: int = 0
    duplicates: int = 0
    paddings: int = 0
    convolutions: int = 0

    def and_also(self, other: "Rewriting") -> "Rewriting":
        """Return both together."""
        return Rewriting(*(mine + its for mine, its in zip(self, other)))


def rewrite(model: onnx.ModelProto) -> Rewriting:
    """Change a merged model in place.

    Not before the merge: heads that part in mid-trunk would no longer share its beginning.
    """
    paddings = padding.fold_paddings(model)
    return Rewriting(paddings=paddings, convolutions=subsampling.move_strides_up(model))
