"""What is learned from strangers: two labels that are no plants of the network, and poison."""

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos, write_facts
from host.support.drawn_strangers import draw_strangers, write_division
from host.support.recipes import write_recipe

from plantd import bundle
from plantd.errors import ConfigError, NotFoundError, PictureError, UsageError
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.stranger_photos import LEARNED, in_part, read_strangers
from plantd_training.cli import main
from plantd_training.data.photos import Labels, with_background
from plantd_training.methods import out_of_fold, trainings
from plantd_training.methods.learned import learned
from plantd_training.methods.recipe_file import read_recipe

PLAN = {
    **{"canvas_px": 72, "answer_px": 64, "epochs": 2, "averaged": 1, "warmup": 1, "batch": 8},
    **{"rate": 0.0005, "decay": 0.01, "smoothing": 0.1, "dropout": 0.1, "poison_share": 0.7},
    **{"batch_norm": False, "depthwise": False, "frozen_stride": 8, "folds": 2, "seed": 3},
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    draw_photos(folder / "drawn", each=(8, 3, 1))
    draw_strangers(folder / "strangers", each=4)
    write_division(folder / "strangers.yaml")
    path = write_recipe(folder, finetune=PLAN, augment={"flip": 1}, strangers="strangers.yaml")
    return folder, path


@pytest.fixture(scope="module")
def held(drawn):
    folder, path = drawn
    strangers = read_strangers(folder / "strangers")
    return learned(read_recipe(path), read_photos(folder / "drawn"), strangers)


def targets_of(held, label):
    first = len(held.known) + len(held.extras)
    chosen = [first + n for n, one in enumerate(held.strangers) if one.label == label]
    return held.targets[chosen]


def test_the_background_stands_last_and_is_not_poisonous(held):
    assert held.labels.species[-2:] == ("another_plant", "no_plant")
    assert held.labels.poisonous[-2:] == (False, False)
    assert held.labels.background == ("another_plant", "no_plant")


def test_a_poisonous_stranger_teaches_the_poison_head_poisonous(held):
    assert targets_of(held, "Cicuta_sp")[:, :2].tolist() == [[0.0, 1.0]] * 4


def test_a_thing_teaches_the_poison_head_that_it_is_not_poisonous(held):
    assert targets_of(held, "soil:red")[:, :2].tolist() == [[1.0, 0.0]] * 4


def test_a_stranger_nobody_knows_teaches_the_poison_head_nothing(held):
    assert targets_of(held, "Viola_odorata")[:, :2].tolist() == [[0.0, 0.0]] * 4


def test_strangers_bear_the_label_of_another_plant_or_of_no_plant(held):
    another, nothing = len(held.labels.species) - 2, len(held.labels.species) - 1
    assert set(targets_of(held, "Rosa_canina")[:, 2:].argmax(axis=1)) == {another}
    assert set(targets_of(held, "soil:black")[:, 2:].argmax(axis=1)) == {nothing}


def test_more_photographs_of_the_labels_join_the_training_with_their_flag(held):
    assert {photo.label for photo in held.extras} == {"Sunflower"}
    first = len(held.known)
    places = held.targets[first : first + len(held.extras), 2:].argmax(axis=1)
    assert {held.labels.species[place] for place in places} == {"Sunflower"}


def test_what_is_reported_on_is_not_among_what_is_learned(held, drawn):
    folder, path = drawn
    strangers = read_strangers(folder / "strangers")
    assert held.strangers == in_part(strangers, read_recipe(path).division, LEARNED)
    assert "wall" not in {one.label for one in held.strangers}


def test_a_kin_of_strangers_lies_in_one_fold(held):
    first = len(held.known) + len(held.extras)
    folds = {}
    for one, fold in zip(held.strangers, held.folds[first:]):
        folds.setdefault(one.label, set()).add(int(fold))
    assert all(len(found) == 1 for found in folds.values())


def test_a_recipe_without_strangers_refuses_them(drawn):
    folder, path = drawn
    plain = read_recipe(path)._replace(strangers="", division=None)
    with pytest.raises(UsageError, match="says nothing of strangers"):
        learned(plain, read_photos(folder / "drawn"), read_strangers(folder / "strangers"))


def test_a_recipe_with_strangers_asks_for_them(drawn):
    folder, path = drawn
    with pytest.raises(NotFoundError, match="give their folder by --strangers"):
        learned(read_recipe(path), read_photos(folder / "drawn"), [])


def test_networks_that_answer_together_learn_from_the_same_strangers(drawn, tmp_path):
    write_division(tmp_path / "strangers.yaml")
    (tmp_path / "other").mkdir()
    other = write_recipe(tmp_path / "other", finetune=PLAN)
    other.rename(tmp_path / "other.yaml")
    path = write_recipe(tmp_path, finetune=PLAN, strangers="strangers.yaml", also=["other.yaml"])
    with pytest.raises(ConfigError, match="folds, seed or strangers"):
        read_recipe(path)


def test_a_species_may_not_be_called_as_strangers_are():
    with pytest.raises(PictureError, match="a species is called no_plant"):
        with_background(Labels(("Bluebell", "no_plant"), (False, False)))


@pytest.fixture(scope="module")
def made(drawn):
    folder, path = drawn
    write_facts(folder / "facts.yaml")
    words = ["--data", folder / "drawn", "--strangers", folder / "strangers", "--recipe", path]
    words += ["--cache", folder / "c", "--species", folder / "facts.yaml"]
    words += ["--looks", folder / "looks.csv", "--out", folder / "bundle"]
    assert main(["bundle", *map(str, words)]) == 0
    return bundle.load(str(folder / "bundle"))


def test_the_bundle_says_which_labels_are_no_plants_of_its_own(made):
    assert made.manifest.species.background == ("another_plant", "no_plant")
    assert "no_plant" not in made.manifest.species.plants
    assert made.manifest.thresholds.no_plant is not None
    assert made.manifest.thresholds.another_plant is not None


def test_its_card_says_how_to_remake_it_and_how_many_strangers_it_learned_from(made, drawn):
    folder, _ = drawn
    card = (folder / "bundle" / bundle.CARD).read_text(encoding="utf-8")
    assert "--strangers {}".format(folder / "strangers") in card
    assert "12 of other plants (4 known to be poisonous) and 8 of no plant" in card


def test_each_stranger_is_read_by_a_network_that_knows_none_of_its_kin(made, drawn, held):
    folder, path = drawn
    recipe = read_recipe(path)
    place = trainings.folder_of(recipe, held, folder / "c") / out_of_fold.FILE
    with np.load(str(place), allow_pickle=False) as kept:
        assert len(kept["stranger_file"]) == len(held.strangers)
        assert kept["stranger_species"].shape == (len(held.strangers), len(held.labels.species))
        assert np.isfinite(kept["stranger_species"]).all()
        assert len(kept["file"]) == len(held.known)


def test_a_bundle_without_the_strangers_its_recipe_asks_for_is_refused(drawn, tmp_path, capsys):
    folder, path = drawn
    words = ["--data", str(folder / "drawn"), "--recipe", str(path), "--cache", str(tmp_path)]
    assert main(["weights", *words]) != 0
    assert "--strangers" in capsys.readouterr().err
