"""Photographs whose answer is known: what they show, is it poisonous, what belongs together."""

import hashlib
from pathlib import Path
from typing import Dict, List, NamedTuple, Protocol, Sequence, Tuple, Union

from plantd.errors import NotFoundError

SPLITS = ("train", "val", "test")


class OnDisk(Protocol):
    """What lies in a file."""

    @property
    def path(self) -> Path:
        """Of the file."""


class Photo(NamedTuple):
    """One photograph.

    Attributes:
        label: the species; empty where it is none of the model's.
        poisonous: by the source of the data.
        split: train, val or test; empty while nothing was split, and for pictures of other things.
        group: near-duplicates share one; it stays in one split and counts once in a bound. A
            photograph without any is a group of its own, named by its file.
        kind: what it shows where it is none of the model's species and a list says so.
        source: who published it; empty when unknown.
    """

    path: Path
    label: str = ""
    poisonous: bool = False
    split: str = ""
    group: str = ""
    kind: str = ""
    source: str = ""


def in_split(photos: Sequence[Photo], split: str) -> List[Photo]:
    """Return the photographs of one split; raise NotFoundError when there are none."""
    chosen = [photo for photo in photos if photo.split == split]
    if not chosen:
        raise NotFoundError(
            "no photograph is in the split {}; plantd-train split --data FOLDER draws train, val "
            "and test".format(split)
        )
    return chosen


def halves(photos: Sequence[Photo], seed: int) -> Tuple[List[Photo], List[Photo]]:
    """Return two halves of whole groups, of every kind as many in each.

    A kind is a species and whether it is poisonous, or what a list calls a stranger. Within a kind
    the hash of seed and group decides: no order of the photographs matters.
    """
    groups: Dict[str, List[Photo]] = {}
    for photo in sorted(photos):
        groups.setdefault(photo.group, []).append(photo)

    def place(name: str) -> Tuple[bool, str, str, str]:
        first = groups[name][0]
        return (first.poisonous, first.label, first.kind, _rank(name, seed))

    dealt = sorted(groups, key=place)
    first, second = (
        sorted(photo for name in names for photo in groups[name])
        for names in (dealt[::2], dealt[1::2])
    )
    return first, second


def names_and_sizes(photos: Sequence[OnDisk]) -> List[List[Union[str, int]]]:
    """Return [name, bytes] a photograph: what tells a cache that they are others, in no time."""
    return [[photo.path.name, photo.path.stat().st_size] for photo in photos]


def digests(photos: Sequence[OnDisk]) -> List[str]:
    """Return each photograph's sha256."""
    return [hashlib.sha256(photo.path.read_bytes()).hexdigest() for photo in photos]


def fingerprint(photos: Sequence[OnDisk]) -> str:
    """Return the sha256 over "name sha256" lines of photographs, in their order."""
    digest = hashlib.sha256()
    for photo, content in zip(photos, digests(photos)):
        digest.update("{} {}\n".format(photo.path.name, content).encode())
    return digest.hexdigest()


def _rank(group: str, seed: int) -> str:
    return hashlib.sha256("{} {}".format(seed, group).encode()).hexdigest()
