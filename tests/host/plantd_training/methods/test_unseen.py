"""What a network says of a fold does not depend on the shards in which it is read."""

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos
from host.support.recipes import write_recipe

from plantd_calibration.data.photo_lists import read_photos
from plantd_training import trunks
from plantd_training.methods import finetune, out_of_fold, trainings, unseen
from plantd_training.methods.learned import learned
from plantd_training.methods.recipe_file import read_recipe

PLAN = {
    **{"canvas_px": 40, "answer_px": 40, "epochs": 1, "averaged": 0, "warmup": 0, "batch": 4},
    **{"rate": 0.0001, "decay": 0.0, "smoothing": 0.0, "dropout": 0.0, "poison_share": 1.0},
    **{"batch_norm": False, "depthwise": False, "frozen_stride": 0, "folds": 2, "seed": 1},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    photos = read_photos(draw_photos(folder / "drawn", each=(4, 2, 1)))
    recipe = read_recipe(write_recipe(folder, finetune=PLAN))
    return recipe, learned(recipe, photos, [])


@pytest.fixture
def reading(world, tmp_path):
    recipe, held = world
    one = unseen.readings(recipe, held, trainings.folder_of(recipe, held, tmp_path))[0]
    net = finetune.network("tiny", 3, recipe.settings, trunks.RANDOM, 40)
    weights = {"{:04d}".format(n): weight for n, weight in enumerate(net.get_weights())}
    out_of_fold.save_arrays(one.weights, weights)
    return one


def test_shards_give_what_one_piece_gives_and_leave_one_file(reading, monkeypatch):
    whole = unseen.read(reading)
    assert np.isfinite(whole.species).all()
    reading.path.unlink()
    monkeypatch.setattr(unseen, "SHARD", 4)
    assert [len(one.photos) for one in unseen.shards(reading)] == [4, 4, 1]
    sharded = unseen.read(reading)
    # Batches of a size of their own may be added up in another order.
    for one, other in zip(whole, sharded):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    assert {one.name for one in reading.path.parent.iterdir()} == {
        "weights.npz",
        "read_unseen_40.npz",
    }


def test_a_shard_that_is_there_is_not_read_again(reading, monkeypatch):
    monkeypatch.setattr(unseen, "SHARD", 4)
    second = unseen.shards(reading)[1]
    unseen.read_shard(second)
    before = second.path.stat().st_mtime_ns
    unseen.read_shard(second)
    assert second.path.stat().st_mtime_ns == before


def test_a_shard_ends_where_a_batch_does():
    assert unseen.SHARD % finetune.PREDICT_BATCH == 0
    assert finetune.READ % finetune.PREDICT_BATCH == 0
