"""Partial finetuning: views, probes, upper part, and one network that answers the same."""

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos
from host.support.recipes import write_recipe

from plantd.errors import ConfigError
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import in_split
from plantd_calibration.stats.linear_heads import Linear
from plantd_import.onnx_graph import agreement, common_subexpressions, convert
from plantd_training import trunks
from plantd_training.data.photos import Labels
from plantd_training.data.pictures import tensors
from plantd_training.methods import partial_finetune_run
from plantd_training.methods.recipe_file import read_recipe
from plantd_training.networks import freeze, network
from plantd_training.networks.probe import Probe

PLAN = {
    **{"views": 1, "epochs": 2, "batch": 8, "rate": 0.001, "decay": 0.01, "smoothing": 0.1},
    **{"mixing": 0.2, "dropout": 0.1, "poison_share": 0.5, "average": 0.5, "seed": 3},
}


def recipe_of(folder, **sections):
    return read_recipe(
        write_recipe(folder, **{"augment": {"flip": 1}, "partial_finetune": PLAN, **sections})
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staging")
    photos = read_photos(draw_photos(folder / "drawn", each=(6, 3, 1)))
    recipe = recipe_of(folder)
    return (
        recipe,
        photos,
        folder,
        partial_finetune_run.train(recipe, photos, folder / "cache"),
    )


def answers(trained, photos):
    values = tensors(in_split(photos, "val"), trained.spec)
    return [np.asarray(output) for output in trained.model(values, training=False)]


def test_the_whole_network_answers_as_its_parts_did_in_training(made):
    _, photos, _, trained = made
    named = answers(trained, photos)[1].argmax(axis=1)
    wanted = [trained.labels.place_of(photo.label) for photo in in_split(photos, "val")]
    last = dict(zip(trained.tables[0].header, trained.tables[0].rows[-1]))
    assert (named == wanted).mean() == last["val_top1"]
    assert last["val_top1"] > 0.5


def test_asked_again_it_goes_on_where_it_stood_and_ends_the_same(made):
    recipe, photos, folder, trained = made
    before = sorted(path.stat().st_mtime_ns for path in (folder / "cache").rglob("*.npy"))
    again = partial_finetune_run.train(recipe, photos, folder / "cache")
    assert sorted(p.stat().st_mtime_ns for p in (folder / "cache").rglob("*.npy")) == before
    for one, other in zip(answers(trained, photos), answers(again, photos)):
        np.testing.assert_array_equal(one, other)


def test_the_card_hears_how_it_was_trained(made):
    trained = made[3]
    assert "2 epochs of 1 varied views" in trained.recipe[0]
    assert [row[0] for row in trained.tables[0].rows][-1] == 1


def test_a_partial_finetune_section_names_every_missing_key(tmp_path):
    plan = {key: value for key, value in PLAN.items() if key != "rate"}
    with pytest.raises(ConfigError, match=r"partial_finetune\.rate is missing"):
        recipe_of(tmp_path, partial_finetune=plan)


def test_a_middle_that_is_not_in_the_middle_is_refused(tmp_path):
    with pytest.raises(
        ConfigError, match=r"crop_px is 63; expected an even number of pixels below"
    ):
        recipe_of(tmp_path, test_time_augmentation={"side_px": 80, "crop_px": 63})


def test_a_network_that_looks_twice_averages_both_looks():
    labels = Labels(("A", "B", "C"), (False, False, True))
    random = np.random.default_rng(1)
    heads = [Linear(random.normal(size=(1280, n)), random.normal(size=n)) for n in (2, 3)]
    core = network.network_from_probe("tiny", None, labels, Probe(*heads), trunks.RANDOM)
    twice = network.with_test_time_augmentation(core, 80, 64)
    picture = random.uniform(-1, 1, (1, 80, 80, 3)).astype(np.float32)
    whole, middle = core(picture[:, :, ::-1]), core(picture[:, 8:72, 8:72])
    seen = twice(picture)
    assert twice.output_names == ["poison", "species"]
    for one, other, both in zip(whole, middle, seen):
        np.testing.assert_allclose(both, (np.asarray(one) + np.asarray(other)) / 2, rtol=1e-4)


def test_a_network_that_looks_twice_becomes_onnx_with_one_set_of_weights():
    labels = Labels(("A", "B"), (False, True))
    linear = [Linear(np.ones((1280, 2), np.float32), np.zeros(2, np.float32))] * 2
    core = network.network_from_probe("tiny", None, labels, Probe(*linear), trunks.RANDOM)
    twice = network.with_test_time_augmentation(core, 80, 64)
    graph = freeze.frozen_graph(freeze.heads_of(twice).poison, "picture", "poison")
    model = convert.onnx_from_graph(graph, "picture:0", ("poison_logits:0",)).model
    common_subexpressions.remove_duplicates(model)
    values = np.random.default_rng(1).uniform(-1, 1, (1, 80, 80, 3)).astype(np.float32)
    (answer,) = agreement.outputs_of(model, values).values()
    np.testing.assert_allclose(answer, np.asarray(twice(values)[0]), rtol=1e-3)
    assert model.ByteSize() < 1.1 * 4 * core.count_params()
