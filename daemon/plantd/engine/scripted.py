"""The fake backend: answers from the tensor by simple rules, and fails on demand.

It is for trying the service without a network: the brighter the tensor, the more poisonous. It
computes nothing about plants, so every verdict carries `"backend": "fake"`.
"""

from typing import Optional

import numpy as np

from plantd.bundle import Bundle
from plantd.engine.interface import Engine, EngineInfo
from plantd.errors import EngineError
from plantd.heads import HeadOutputs


class ScriptedEngine(Engine):
    """Returns the golden outputs for golden tensors, and a rule of brightness for all others."""

    def __init__(self, bundle: Bundle) -> None:
        """Args: the bundle whose shapes, labels and golden outputs are played."""
        super().__init__(bundle.manifest.input.shape, bundle.output_sizes)
        self._golden = bundle.golden
        self._sizes = bundle.output_sizes
        self._opened = False
        self.fault: Optional[str] = None

    @property
    def info(self) -> EngineInfo:
        """See Engine."""
        return EngineInfo("fake", "fp32", "none", "1")

    def open(self) -> None:
        """See Engine."""
        self._opened = True

    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        """See Engine."""
        if not self._opened:
            raise EngineError("the fake engine is not open; open() it first")
        if self.fault is not None:
            raise EngineError("the fake engine was told to fail: {}".format(self.fault))
        for index, golden in enumerate(self._golden.tensors):
            if np.array_equal(tensor[0], golden):
                return HeadOutputs(self._golden.poison[index], self._golden.species[index])
        return self._by_brightness(float(np.mean(tensor)))

    def close(self) -> None:
        """See Engine."""
        self._opened = False

    def _by_brightness(self, mean: float) -> HeadOutputs:
        n_poison, n_species = self._sizes
        share = 1.0 / (1.0 + np.exp(-mean))
        poison = np.full(n_poison, share, np.float32)
        poison[0] = 1.0 - share if n_poison > 1 else share
        species = np.linspace(share, 1.0 - share, n_species).astype(np.float32)
        return HeadOutputs(poison, species)
