"""A long list worked on in shards, each kept in a file of its own until all of them are there.

How this works: `cut` makes parts of the list and names a file for each; whoever comes makes what is
`missing`, in any order and on any machine; once nothing is, the files are read in the order of the
list. A file is whole or not there (`whole_files`): a kill costs one shard at most, what is there is
never made again, and one that is made twice is made alike.

    parts = cut(len(photos), 1000, path_of)
    keep(shard.path, arrays of photos[shard.part]), for each of missing(parts), anywhere
    join(whole, the paths of all parts), and arrays_of(whole) has them
"""

from pathlib import Path
from typing import Callable, Dict, List, Mapping, NamedTuple, Sequence

import numpy as np

from plantd_calibration.data.whole_files import replacing


class Shard(NamedTuple):
    """A part of a list, and the file that keeps what was made of it."""

    part: slice
    path: Path


def cut(count: int, size: int, path_of: Callable[[slice], Path]) -> List[Shard]:
    """Return the parts of a list of `count`, each of at most `size`, in their order."""
    starts = range(0, count, size)
    parts = [slice(start, min(start + size, count)) for start in starts]
    return [Shard(part, path_of(part)) for part in parts]


def missing(all_of_them: Sequence[Shard]) -> List[Shard]:
    """Return those that nobody has made yet."""
    return [shard for shard in all_of_them if not shard.path.exists()]


def keep(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by their names, one row an item of the list, whole or not at all."""
    with replacing(path) as unfinished:
        np.savez(unfinished, **arrays)


def arrays_of(path: Path) -> Dict[str, np.ndarray]:
    """Return what `keep` wrote."""
    with np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


def join(whole: Path, paths: Sequence[Path]) -> None:
    """Write the rows of all shards into one file, in the order of the list; theirs are removed.

    Of two that join the same the slower one finds it joined.
    """
    try:
        kept = [arrays_of(path) for path in paths]
    except FileNotFoundError:
        if whole.exists():
            return
        raise
    keep(whole, {name: np.concatenate([one[name] for one in kept]) for name in kept[0]})
    for path in paths:
        path.unlink(missing_ok=True)
