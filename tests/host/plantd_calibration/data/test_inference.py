"""A long list of photographs is looked at in shards, and gives what it gives in one piece."""

import numpy as np
import pytest
from host.support import coloured_plants

from plantd import bundle
from plantd_calibration.data import inference
from plantd_calibration.data.inference import MIRRORED, CachedInference
from plantd_calibration.data.photo_lists import read_photos


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    drawn = coloured_plants.draw_world(tmp_path_factory.mktemp("world"), each=(4, 2, 2))
    return bundle.load(str(drawn.bundle)), read_photos(drawn.data)


def same(one, other):
    return all(np.array_equal(*columns) for columns in zip(one, other))


def test_shards_give_what_one_piece_gives_and_leave_one_file(world, tmp_path, monkeypatch):
    loaded, photos = world
    whole = CachedInference(loaded, tmp_path / "whole").observe(photos, MIRRORED)
    monkeypatch.setattr(inference, "SHARD", 5)
    sharded = CachedInference(loaded, tmp_path / "sharded").observe(photos, MIRRORED)
    assert same(whole, sharded)
    names = [[one.name for one in (tmp_path / name).iterdir()] for name in ("whole", "sharded")]
    assert names[0] == names[1]
    assert len(names[0]) == 1


def test_a_shard_that_is_there_is_not_looked_at_again(world, tmp_path, monkeypatch):
    loaded, photos = world
    monkeypatch.setattr(inference, "SHARD", 5)
    inference.observe_shard(loaded.path, tmp_path, photos[5:10], MIRRORED)
    (kept,) = tmp_path.iterdir()
    with np.load(kept) as arrays:
        marked = dict(arrays, poison=arrays["poison"] + 100.0)
    np.savez(kept, **marked)
    found = CachedInference(loaded, tmp_path).observe(photos, MIRRORED)
    assert (found.poison[5:10] > 50.0).all()
    assert (found.poison[:5] < 50.0).all()
