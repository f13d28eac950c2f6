"""A recipe's file: the method by name, its settings in a section of that name."""

import pytest
from host.support.recipes import PROBE, SMALLEST, write_recipe

from plantd.errors import ConfigError, NotFoundError, UsageError
from plantd_training.cli import arguments
from plantd_training.methods import by_name
from plantd_training.methods.recipe import METHODS, LinearProbe, Preprocessing, finetune_of
from plantd_training.methods.recipe_file import read_recipe, recipe_from_tree

TREE = {**SMALLEST, "method": "linear_probe", "linear_probe": PROBE}


def problems_of(tree):
    with pytest.raises(ConfigError) as raised:
        recipe_from_tree(tree, "r.yaml")
    return raised.value.problems


def test_the_settings_are_the_section_of_the_method(tmp_path):
    recipe = read_recipe(write_recipe(tmp_path))
    assert recipe.method == "linear_probe"
    assert recipe.settings == LinearProbe((Preprocessing("center_crop", "area"),), (0.01,))


def test_every_method_that_a_recipe_may_name_can_be_trained():
    assert set(by_name.BY_NAME) == set(METHODS)


@pytest.mark.parametrize("path", sorted((arguments.ROOM / "recipes").glob("plants70*.yaml")))
def test_the_recipes_that_come_with_it_can_be_read(path):
    recipe = read_recipe(path)
    assert isinstance(recipe.settings, METHODS[recipe.method])


def test_all_problems_of_a_recipe_are_said_at_once():
    probe = {"preprocessings": [{"rule": "centre"}], "inverse_penalties": [0], "rate": 1}
    tree = {**TREE, "trunk": "lite9", "side_px": 4.5, "linear_probe": probe, "augment": {"flop": 1}}
    del tree["version"]
    said = problems_of({**tree, "test_time_augmentation": {"side_px": 80, "crop_px": 63}})
    for words in (
        "r.yaml: version is missing",
        "r.yaml: trunk is 'lite9'; expected one of lite0, lite1, lite2, tiny",
        "r.yaml: side_px is 4.5; expected a whole number",
        "r.yaml: linear_probe.preprocessings.rule is 'centre'; expected one of center_crop",
        "r.yaml: linear_probe.preprocessings.interpolation is None; expected one of",
        "r.yaml: linear_probe.inverse_penalties is [0]; expected a list of numbers above 0",
        "r.yaml: linear_probe.rate is not a key of a recipe",
        "r.yaml: augment.flop is not a key of a recipe",
        "crop_px is 63; expected an even number of pixels below side_px",
    ):
        assert any(words in problem for problem in said), words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "probe"}, "method is 'probe'; expected one of linear_probe, partial_finetune,"),
        ({"method": "finetune"}, "finetune is missing: the settings of the method"),
        (
            {"partial_finetune": {}},
            "partial_finetune is not the method; expected linear_probe alone",
        ),
        ({"linear_probe": []}, "linear_probe is []; expected a section of keys"),
        ({"weights": "mine.h5"}, "weights is 'mine.h5'; expected one of imagenet, random"),
        ({"also": "other.yaml"}, "also is 'other.yaml'; expected a list of files"),
        ({"whole": {}}, "whole is not a key of a recipe"),
    ],
)
def test_what_cannot_be_is_one_sentence(changes, words):
    assert any(words in problem for problem in problems_of({**TREE, **changes}))


@pytest.mark.parametrize("tree", [None, [], "trunk"])
def test_a_file_without_keys_is_refused(tree):
    assert "expected a section of keys" in problems_of(tree)[0]


def test_a_file_that_is_not_yaml_or_not_there_is_refused(tmp_path):
    (tmp_path / "r.yaml").write_text("name: [")
    with pytest.raises(ConfigError, match="r.yaml is not YAML"):
        read_recipe(tmp_path / "r.yaml")
    with pytest.raises(NotFoundError, match="there is no recipe"):
        read_recipe(tmp_path / "none.yaml")


def test_only_finetuned_networks_answer_together(tmp_path):
    write_recipe(tmp_path).rename(tmp_path / "other.yaml")
    with pytest.raises(ConfigError, match="also: drawn has the method linear_probe"):
        read_recipe(write_recipe(tmp_path, also=["other.yaml"]))


def test_folds_are_asked_of_finetuned_recipes_only(tmp_path):
    with pytest.raises(UsageError, match="has the method linear_probe; expected finetune"):
        finetune_of(read_recipe(write_recipe(tmp_path)))


def test_strangers_are_learned_by_finetuning_only(tmp_path):
    with pytest.raises(ConfigError, match="strangers: the method linear_probe learns from none"):
        read_recipe(write_recipe(tmp_path, strangers="strangers.yaml"))
