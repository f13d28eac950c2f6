"""A long list in shards: cut without a gap, made in any order, resumed, and joined in its own."""

import random
from pathlib import Path
from typing import Callable, List

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantd_calibration.data.shards import Shard, arrays_of, cut, join, keep, missing
from plantd_calibration.data.whole_files import replacing

ROWS = np.arange(23 * 2, dtype=np.float32).reshape(23, 2)


def in_folder(folder: Path) -> Callable[[slice], Path]:
    return lambda part: folder / "{:04d}.npz".format(part.start)


def cut_rows(folder: Path) -> List[Shard]:
    return cut(len(ROWS), 5, in_folder(folder))


def make(shard: Shard) -> None:
    keep(shard.path, {"rows": ROWS[shard.part]})


def begin(shard: Shard) -> None:
    with replacing(shard.path) as unfinished:
        unfinished.write_bytes(b"half of it")
        raise ZeroDivisionError("a bug in what makes it")


@given(st.integers(0, 50), st.integers(1, 60))
def test_each_item_lies_in_one_part_and_none_is_longer_than_allowed(count: int, size: int) -> None:
    parts = cut(count, size, in_folder(Path("/somewhere")))
    items = [item for shard in parts for item in range(count)[shard.part]]
    assert items == list(range(count))
    assert all(0 < shard.part.stop - shard.part.start <= size for shard in parts)
    assert len({shard.path for shard in parts}) == len(parts)


def test_whatever_the_order_in_which_they_are_made_the_list_keeps_its_own(tmp_path: Path) -> None:
    parts, whole = cut_rows(tmp_path), tmp_path / "whole.npz"
    for shard in random.Random(1).sample(parts, len(parts)):
        make(shard)
    join(whole, [shard.path for shard in parts])
    assert np.array_equal(arrays_of(whole)["rows"], ROWS)
    assert list(tmp_path.iterdir()) == [whole]


def test_of_two_that_join_the_same_list_the_slower_one_finds_it_joined(tmp_path: Path) -> None:
    parts, whole = cut_rows(tmp_path), tmp_path / "whole.npz"
    for shard in parts:
        make(shard)
    paths = [shard.path for shard in parts]
    join(whole, paths)
    join(whole, paths)
    assert np.array_equal(arrays_of(whole)["rows"], ROWS)


def test_a_shard_that_is_missing_joins_to_nothing(tmp_path: Path) -> None:
    parts, whole = cut_rows(tmp_path), tmp_path / "whole.npz"
    for shard in parts[1:]:
        make(shard)
    with pytest.raises(FileNotFoundError):
        join(whole, [shard.path for shard in parts])
    assert missing(parts) == parts[:1]


def test_what_is_there_is_not_missing_and_what_was_cut_short_is(tmp_path: Path) -> None:
    parts = cut_rows(tmp_path)
    make(parts[3])
    with pytest.raises(ZeroDivisionError):
        begin(parts[0])
    assert missing(parts) == [*parts[:3], *parts[4:]]
