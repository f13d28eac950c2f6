"""Variants side by side: every combination of a grid, named ones, and their curves."""

import pytest
import yaml
from host.support.drawn_photos import draw_photos

from plantd.errors import ConfigError
from plantd_training import cli
from plantd_training.experiments import compare
from plantd_training.experiments.compare import Compared

BASE = {"trunk": "tiny", "weights": "random", "side_px": 32, "epochs": 1, "batch": 6}


def row(epoch, loss, value):
    figures = {"poison_accuracy", "poison_precision", "poison_recall", "species_top1"}
    return {
        "epoch": epoch,
        "val_loss": loss,
        "val_species_top5": 1.0,
        **{"val_" + name: value for name in figures},
    }


def test_a_grid_gives_every_combination():
    tree = {"base": BASE, "grid": {"rate": [0.1, 0.01], "frozen": [True, False]}}
    variants = compare.variants_from_tree(tree, "grid.yaml")
    assert sorted((v.rate, v.frozen) for v in variants.values()) == [
        (0.01, False),
        (0.01, True),
        (0.1, False),
        (0.1, True),
    ]
    assert "rate=0.1 frozen=True" in variants


def test_named_variants_come_beside_the_grid():
    tree = {"base": BASE, "grid": {"rate": 0.1}, "variants": {"slow": {"epochs": 9}}}
    variants = compare.variants_from_tree(tree, "grid.yaml")
    assert list(variants) == ["rate=0.1", "slow"]
    assert variants["slow"].epochs == 9


def test_every_problem_of_every_variant_is_named():
    tree = {"base": BASE, "variants": {"a": {"rate": 99}, "b": {"batchs": 1}}, "grids": {}}
    with pytest.raises(ConfigError) as caught:
        compare.variants_from_tree(tree, "grid.yaml")
    told = "\n".join(caught.value.problems)
    assert "grids is not a key of a comparison; did you mean 'grid'?" in told
    assert "grid.yaml: a: rate is 99.0; expected a number from" in told
    assert "b: batchs is not a key of a training; did you mean 'batch'?" in told


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ({"grid": [1]}, r"grid is \[1\]; expected a section"),
        ({"base": "lite0", "grid": {"rate": 1}}, "base is 'lite0'; expected a section"),
        ({"variants": ["a"]}, r"variants is \['a'\]; expected a section"),
        ({"variants": {"a": 3}}, "variants.a is 3; expected a section"),
    ],
)
def test_a_section_that_is_none_is_named(tree, told):
    with pytest.raises(ConfigError, match=told):
        compare.variants_from_tree(tree, "grid.yaml")


@pytest.mark.parametrize("name", ["..", "../up", "/tmp/x", "a b/c"])
def test_a_variant_is_trained_in_a_folder_of_its_own(name):
    folder = compare.folder_name(name)
    assert "/" not in folder
    assert not folder.startswith(".")


def test_nothing_to_compare_is_said():
    with pytest.raises(ConfigError, match="neither grid nor variants"):
        compare.variants_from_tree({"base": BASE}, "grid.yaml")


def test_the_table_takes_the_epoch_with_the_lowest_val_loss():
    joint = Compared("joint", {"joint": [row(0, 0.9, 0.1), row(1, 0.5, 0.7), row(2, 0.6, 0.9)]})
    text = compare.report([joint], "grid").text
    assert '<td class="number">0.7000</td>' in text
    assert '<td class="number">0.9000</td>' not in text


def test_joint_and_separate_networks_share_the_curves():
    own = {
        "epoch": 0,
        "val_loss": 0.4,
        "val_accuracy": 0.8,
        "val_precision": 0.7,
        "val_recall": 1.0,
    }
    species = {"epoch": 0, "val_loss": 0.4, "val_top1": 0.6, "val_top5": 0.9}
    both = [
        Compared("joint", {"joint": [row(0, 0.9, 0.1)]}),
        Compared("study", {"poison": [own], "species": [species]}),
    ]
    text = compare.report(both, "grid").text
    assert text.count("data:image/svg+xml") == len(compare.CURVES)


def test_the_command_trains_each_variant_and_draws_the_curves(tmp_path, capsys):
    data = draw_photos(tmp_path / "drawn", each=(2, 1, 0))
    tree = {"base": BASE, "variants": {"with flips": {"augment": {"flip": 1}}, "plain": {}}}
    (tmp_path / "grid.yaml").write_text(yaml.safe_dump(tree))
    words = ["compare", str(tmp_path / "grid.yaml"), "--data", str(data)]
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.endswith("compare.html\n")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"with_flips", "plain", "compare.html", "poison_recall.svg"} <= names
