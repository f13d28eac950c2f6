"""Photographs by split, group and half, and their fingerprint."""

import pytest

from plantd.errors import NotFoundError
from plantd_calibration.data import photos
from plantd_calibration.data.photos import Photo


def test_an_absent_split_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="split val"):
        photos.in_split([Photo(tmp_path / "a.jpg", split="train")], "val")


def pictures(n, tmp_path):
    return [Photo(tmp_path / str(i), "", False, "", str(i)) for i in range(n)]


def test_halves_share_nothing_and_lose_nothing(tmp_path):
    every = pictures(155, tmp_path)
    first, second = photos.halves(every, 1)
    assert (len(first), len(second)) == (78, 77)
    assert sorted(first + second) == sorted(every)


def test_halves_depend_on_the_seed_alone(tmp_path):
    every = pictures(40, tmp_path)
    assert photos.halves(every, 1) == photos.halves(every[::-1], 1)
    assert photos.halves(every, 1) != photos.halves(every, 2)


def test_a_group_is_never_halved(tmp_path):
    every = [Photo(tmp_path / str(i), "", False, "", str(i // 2)) for i in range(20)]
    first, second = photos.halves(every, 1)
    assert not {p.group for p in first} & {p.group for p in second}


def test_the_fingerprint_knows_names_contents_and_order(tmp_path):
    found = [Photo(tmp_path / name) for name in ("a.jpg", "b.jpg")]
    for photo in found:
        photo.path.write_bytes(photo.path.name.encode())
    before = photos.fingerprint(found)
    assert photos.fingerprint(found[::-1]) != before
    found[0].path.write_bytes(b"changed")
    assert photos.fingerprint(found) != before
