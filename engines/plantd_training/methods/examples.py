"""What a network learns from, as it lies in a file: a batch is read when its turn comes."""

from typing import Any, NamedTuple, Optional, Tuple

import keras
import numpy as np


class Examples(NamedTuple):
    """Photographs to learn from.

    Attributes:
        pixels: (m, side, side, 3) uint8, in the network's order of colours; mapped from a file it
            takes no memory of its own.
        labels: (n, 2 + species) float32: one-hot in POISON_LABELS, then one-hot in the species.
        places: (n,) where each lies in `pixels`; None where they are all of them, in their order.
    """

    pixels: np.ndarray
    labels: np.ndarray
    places: Optional[np.ndarray] = None

    def chosen(self, places: np.ndarray) -> "Examples":
        """Return the examples at these places; no pixels are read."""
        kept = places if self.places is None else self.places[places]
        return Examples(self.pixels, self.labels[places], kept)

    def read(self) -> np.ndarray:
        """Return (n, side, side, 3) uint8: the pixels of all of them."""
        return np.asarray(self.pixels if self.places is None else self.pixels[self.places])


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # no types
    """Whole batches of examples in their order, as Keras asks for them.

    Of each batch some rows only, where other processes read the others.
    """

    def __init__(self, examples: Examples, batch: int, rows: slice) -> None:
        super().__init__()
        self._examples, self._batch, self._rows = examples, batch, rows

    def __len__(self) -> int:
        return len(self._examples.labels) // self._batch

    def __getitem__(self, index: int) -> Tuple[Tuple[Any, ...], np.ndarray]:
        """Return ((pixels, labels), nothing to compare with: the model ends in the losses)."""
        first = index * self._batch
        one = self._examples.chosen(np.arange(first, first + self._batch)[self._rows])
        return (one.read(), one.labels), np.zeros(len(one.labels), np.float32)
