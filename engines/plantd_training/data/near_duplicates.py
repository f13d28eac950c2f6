"""Exact and near duplicates among photographs.

Near means: the difference hash of the grey picture differs in few bits. Source: Krawetz, Kind of
Like That, 2013 (dHash). Here on 16 x 16 levels, 240 bits, and mirror images are not sought.
"""

import hashlib
from typing import Dict, List, NamedTuple, Sequence

import numpy as np

from plantd.tensor import InputSpec, resize

SIDE = 16
BITS_NEAR = 20
_TINY = InputSpec("hash", SIDE, SIDE, "NHWC", "BGR", "stretch", "area", 1.0, (0.0,) * 3, (1.0,) * 3)
_GREY = np.asarray([0.114, 0.587, 0.299])


class Pair(NamedTuple):
    """Places of two photographs that are alike, and in how many bits they differ."""

    first: int
    second: int
    bits: int


def exact_groups(contents: Sequence[bytes]) -> List[List[int]]:
    """Return the places of files with the very same bytes, two and more together."""
    found: Dict[str, List[int]] = {}
    for place, content in enumerate(contents):
        found.setdefault(hashlib.sha256(content).hexdigest(), []).append(place)
    return [places for places in found.values() if len(places) > 1]


def difference_hash(pixels: np.ndarray) -> np.ndarray:
    """Return (SIDE * (SIDE - 1),) bool: is each level brighter than its left neighbour?"""
    grey = resize(pixels, _TINY) @ _GREY
    return np.asarray((grey[:, 1:] > grey[:, :-1]).reshape(-1))


def near_pairs(hashes: Sequence[np.ndarray], bits_near: int = BITS_NEAR) -> List[Pair]:
    """Return all pairs that differ in at most `bits_near` bits, most alike first."""
    if not len(hashes):
        return []
    signs = np.where(np.stack(hashes), 1.0, -1.0).astype(np.float32)
    length = signs.shape[1]
    pairs: List[Pair] = []
    for place in range(len(signs) - 1):
        bits = np.rint((length - signs[place + 1 :] @ signs[place]) / 2).astype(int)
        for other in np.flatnonzero(bits <= bits_near):
            pairs.append(Pair(place, place + 1 + int(other), int(bits[other])))
    return sorted(pairs, key=lambda pair: (pair.bits, pair.first, pair.second))


def pairs_between(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], bits_near: int = BITS_NEAR
) -> List[Pair]:
    """Return the pairs of one of each that differ in at most `bits_near` bits, most alike first."""
    if not len(first) or not len(second):
        return []
    others = np.stack(second)
    differing = [np.count_nonzero(others != one, axis=1) for one in first]
    pairs = [
        Pair(place, int(other), int(bits[other]))
        for place, bits in enumerate(differing)
        for other in np.flatnonzero(bits <= bits_near)
    ]
    return sorted(pairs, key=lambda pair: (pair.bits, pair.first, pair.second))


def pairs_apart(pairs: Sequence[Pair], splits: Sequence[str]) -> List[Pair]:
    """Return the pairs whose photographs lie in different splits."""
    return [pair for pair in pairs if splits[pair.first] != splits[pair.second]]
