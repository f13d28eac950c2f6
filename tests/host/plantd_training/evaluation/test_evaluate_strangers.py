"""plantd-train evaluate says what was learned from, and what strangers are called."""

import json
import shutil

import pytest
from host.support import strange_world

from plantd import bundle
from plantd.errors import EX_OK
from plantd_training.cli import main


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return strange_world.draw(tmp_path_factory.mktemp("strange"), each=(6, 4, 4), strangers=4)


def evaluated(world, out, *more):
    words = ["--bundle", world.bundle, "--data", world.data, "--threshold", 0.5, "--out", out]
    words += ["--strangers", world.strangers, "--division", world.division, *more]
    assert main(["evaluate", *map(str, words)]) == EX_OK
    return json.loads((out / "evaluation.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found(world, tmp_path_factory):
    return evaluated(world, tmp_path_factory.mktemp("told"), "--split", "test")


def test_nobody_asked_for_val_of_a_bundle_that_learned_from_it(world, tmp_path, capsys):
    assert evaluated(world, tmp_path / "out")["split"] == "test"
    assert "CAUTION" not in capsys.readouterr().out


def test_figures_on_learned_photographs_say_so_everywhere(world, tmp_path, capsys):
    shutil.copytree(world.bundle, tmp_path / "bundle")
    own = world._replace(bundle=tmp_path / "bundle")
    told = evaluated(own, tmp_path / "out", "--split", "val", "--card")
    words = "learned from 12 of these 12 photographs: the figures flatter"
    assert words in told["caution"]
    assert "CAUTION: the model " + words in capsys.readouterr().out
    assert words in (tmp_path / "out" / "evaluation.html").read_text(encoding="utf-8")
    assert words in (tmp_path / "bundle" / bundle.CARD).read_text(encoding="utf-8")


def test_what_was_kept_apart_has_a_row_of_its_own(found):
    rows = {row["what"]: row for row in found["answers"]}
    assert rows["poisonous plants outside the labels, all"]["n"] == 8
    assert rows["poisonous plants outside the labels, kept apart"]["n"] == 4
    assert rows["poisonous plants outside the labels, kept apart"]["learned"] == 0
    assert rows["no plant, all"]["learned"] == 8
    for row in found["answers"]:
        assert row["edible"] + row["poisonous"] + row["unsure"] == row["n"]


def test_every_stranger_that_is_called_edible_is_named(found):
    rows = {row["what"]: row for row in found["answers"]}
    wrong = rows["all plants outside the labels, all"]["edible"] + rows["no plant, all"]["edible"]
    assert len(found["edible_strangers"]) == wrong
    assert len(found["poisonous_things"]) == rows["no plant, all"]["poisonous"]


def test_the_table_goes_into_the_card_with_its_command(world, tmp_path):
    shutil.copytree(world.bundle, tmp_path / "bundle")
    own = world._replace(bundle=tmp_path / "bundle")
    evaluated(own, tmp_path / "out", "--split", "test", "--card")
    card = (tmp_path / "bundle" / bundle.CARD).read_text(encoding="utf-8")
    assert "--strangers {}".format(world.strangers) in card
    assert "| no plant, kept apart | 4 |" in card
