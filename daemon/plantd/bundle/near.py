"""Pictures beside the thresholds, in golden.npz: where a small error changes an answer.

    near_pictures (n, H, W, 3) uint8 BGR; near_poison (n, labels) and near_species (n, labels)
    float32: what the graph gives in FP32; near_names (n,): the decisions that meet there

They are drawn, never photographed. Bundles of before have none.
"""

from typing import Mapping, NamedTuple, Optional, Tuple

import numpy as np


class Near(NamedTuple):
    """See above; `n` is 0 where nothing that could be drawn came near a threshold."""

    pictures: np.ndarray
    poison: np.ndarray
    species: np.ndarray
    names: np.ndarray


_PREFIX = "near_"


def arrays_from_near(near: Near) -> Mapping[str, np.ndarray]:
    """Return the arrays as they are named in golden.npz."""
    return {_PREFIX + name: values for name, values in near._asdict().items()}


def near_from_arrays(arrays: Mapping[str, np.ndarray], sizes: Tuple[int, int]) -> Optional[Near]:
    """Return the pictures in golden.npz, None where it has none.

    Args:
        sizes: how many values (poison, species) have.

    Raises ValueError for arrays that do not fit each other or the heads, KeyError for some of them.
    """
    if _PREFIX + "pictures" not in arrays:
        return None
    near = Near(*(arrays[_PREFIX + name] for name in Near._fields))
    n = len(near.pictures)
    expected = ((n, sizes[0]), (n, sizes[1]), (n,))
    seen = (near.poison.shape, near.species.shape, near.names.shape)
    is_picture = near.pictures.dtype == np.uint8 and near.pictures.shape[3:] == (3,)
    if seen != expected or not is_picture or near.names.dtype.kind != "U":
        raise ValueError(
            "its pictures near the thresholds have outputs and names of shapes {}; expected "
            "{}".format(seen, expected)
        )
    return near
