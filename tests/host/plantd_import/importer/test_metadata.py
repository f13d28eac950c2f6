"""Preprocessing and labels are said by somebody, or there is no bundle."""

from pathlib import Path
from typing import Any, Dict

import pytest
import yaml

from plantd import bundle
from plantd.errors import GraphError
from plantd.heads import Candidate, Prediction
from plantd.quality import Quality
from plantd.verdict import decide
from plantd_import.importer import metadata
from plantd_import.importer.metadata import metadata_from_tree, tree_from_file
from plantd_import.importer.templates import describe


def tree() -> Dict[str, Any]:
    return {
        "input": {
            "width_px": 32,
            "height_px": 24,
            "colour": "BGR",
            "rule": "stretch",
            "interpolation": "bilinear",
            "scale": 1.0,
            "mean": [103.939, 116.779, 123.68],
            "std": [1.0, 1.0, 1.0],
        },
        "heads": {
            "poison": {"labels": ["poisonous", "edible"]},
            "species": {"labels": ["dock", "hemlock"], "poisonous": ["hemlock"]},
        },
    }


def said(changed: Dict[str, Any]) -> metadata.Metadata:
    return metadata_from_tree(changed, "mine", "1", "2026-01-02")


def test_an_import_that_nobody_calibrated_never_answers_edible() -> None:
    sure = Prediction(
        0.0, (Candidate("dock", 1.0, False), Candidate("hemlock", 0.0, True)), 0.0, 30.0
    )
    sharp = Quality(640, 480, 500.0, 120.0, 0.0, 0.0, 60.0)
    manifest = said(tree()).manifest
    assert not manifest.calibrated
    assert decide(sure, sharp, manifest.thresholds).answer == "unsure"


def test_what_is_said_becomes_the_manifest() -> None:
    manifest = said(tree()).manifest
    assert manifest.title == "mine 1"
    assert manifest.input.shape == (1, 24, 32, 3)
    assert (manifest.input.colour, manifest.input.rule) == ("BGR", "stretch")
    assert manifest.input.mean == (103.939, 116.779, 123.68)
    assert manifest.species.poisonous == (False, True)
    assert not manifest.calibrated


def test_a_background_that_is_said_is_no_plant_and_never_poisonous() -> None:
    changed = tree()
    changed["heads"]["species"] = {
        "labels": ["dock", "hemlock", "wall"],
        "background": {"no_plant": "wall"},
    }
    head = said(changed).manifest.species
    assert head.plants == ("dock", "hemlock")
    assert head.poisonous == (True, True, False)
    assert sorted(describe(head, False, {"species": {}}).tree["species"]) == ["dock", "hemlock"]


def test_a_background_that_is_none_of_the_labels_is_refused() -> None:
    changed = tree()
    changed["heads"]["species"]["background"] = {"no_plant": "wall"}
    with pytest.raises(GraphError, match="background.no_plant is 'wall'; expected one of the lab"):
        said(changed)


@pytest.mark.parametrize(
    ("section", "key"),
    [("input", key) for key in ("width_px", "colour", "rule", "interpolation", "mean", "std")],
)
def test_nothing_about_the_input_is_guessed(section: str, key: str) -> None:
    less = tree()
    del less[section][key]
    with pytest.raises(GraphError, match=r"must be said.*input\.{}".format(key)):
        said(less)


def test_a_scale_is_never_guessed() -> None:
    less = tree()
    del less["input"]["scale"]
    with pytest.raises(GraphError, match=r"input\.scale"):
        said(less)


@pytest.mark.parametrize("head", ["poison", "species"])
def test_labels_are_never_guessed(head: str) -> None:
    less = tree()
    del less["heads"][head]["labels"]
    with pytest.raises(GraphError, match="^the labels of the {} head must be said".format(head)):
        said(less)


def test_all_problems_are_told_at_once() -> None:
    wrong = tree()
    del wrong["input"]["width_px"], wrong["input"]["mean"]
    wrong["heads"]["poison"]["labels"] = "edible"
    with pytest.raises(GraphError) as refused:
        said(wrong)
    for words in ("input.width_px", "input.mean", "heads.poison.labels", "--metadata"):
        assert words in str(refused.value)


def test_what_was_not_said_at_all_is_told_shortly() -> None:
    with pytest.raises(GraphError) as refused:
        said({})
    assert str(refused.value) == (
        "the preprocessing (input) and the labels of the poison head and the labels of the species "
        "head must be said, since no graph shows them: give them by --metadata, or --input-spec, "
        "--poison-labels and --species-labels"
    )


def test_a_plant_nobody_called_harmless_is_poisonous() -> None:
    unsaid = tree()
    del unsaid["heads"]["species"]["poisonous"]
    assert said(unsaid).manifest.species.poisonous == (True, True)
    assert not said(unsaid).poisonous_said
    assert said(tree()).poisonous_said


def test_poison_labels_are_poisonous_and_edible() -> None:
    wrong = tree()
    wrong["heads"]["poison"]["labels"] = ["yes", "no"]
    with pytest.raises(GraphError, match="poisonous and edible"):
        said(wrong)


def test_one_sigmoid_is_the_second_label_unless_somebody_says_otherwise() -> None:
    one = tree()
    assert said(one).positive_label == "edible"
    one["heads"]["poison"]["labels"] = ["edible", "poisonous"]
    assert said(one).positive_label == "poisonous"
    one["heads"]["poison"]["positive_label"] = "edible"
    assert said(one).positive_label == "edible"
    one["heads"]["poison"]["positive_label"] = "first"
    with pytest.raises(GraphError, match="positive_label is 'first'; expected edible or poisonous"):
        said(one)


def test_two_networks_with_two_preprocessings_are_refused() -> None:
    both = tree()
    both["heads"]["species"]["input"] = dict(both["input"], colour="RGB", scale=1 / 255)
    with pytest.raises(GraphError, match=r"colour is BGR and RGB, scale is 1\.0 and 0\.0039"):
        said(both)
    both["heads"]["species"]["input"] = dict(both["input"])
    assert said(both).manifest == said(tree()).manifest


def test_a_poisonous_stranger_is_refused() -> None:
    wrong = tree()
    wrong["heads"]["species"]["poisonous"] = ["hemlok"]
    with pytest.raises(GraphError, match=r"hemlok.*one of the labels"):
        said(wrong)


def test_a_manifest_is_a_metadata_file(tmp_path: Path) -> None:
    first = said(tree()).manifest
    path = tmp_path / "manifest.yaml"
    path.write_text(yaml.safe_dump(bundle.tree_from_manifest(first)))
    assert said(tree_from_file(str(path))).manifest == first


def test_labels_may_lie_in_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "species.txt").write_text("0:dock\n1:hemlock\n")
    (tmp_path / "bad.txt").write_text("hemlock\n")
    beside = tree()
    beside["heads"]["species"] = {"labels": "species.txt", "poisonous": "bad.txt"}
    (tmp_path / "meta.yaml").write_text(yaml.safe_dump(beside))
    read = said(tree_from_file(str(tmp_path / "meta.yaml")))
    assert read.manifest == said(tree()).manifest


def test_a_poisonous_plant_that_only_looks_like_a_label_is_named() -> None:
    both = tree()
    both["heads"]["species"] = {"labels": ["g\u00e4nse", "Hemlock"], "poisonous": ["ga\u0308nse"]}
    with pytest.raises(
        GraphError, match=r"'ga.u0308nse' is none of the labels, of which 'g.xe4nse'"
    ):
        said(both)
    both["heads"]["species"]["poisonous"] = ["hemlock"]
    with pytest.raises(GraphError, match="they differ in case, spaces or Unicode's form"):
        said(both)


def test_broken_yaml_is_one_line_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "meta.yaml"
    path.write_text("a: [1, 2\n b: }")
    with pytest.raises(GraphError) as refused:
        tree_from_file(str(path))
    assert str(refused.value) == "{} is not YAML: line 2: expected ',' or ']', but got ':'".format(
        path
    )


@pytest.mark.parametrize("content", ["a: [", "just words", "heads: []\ninput: 3\n"])
def test_a_broken_metadata_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "meta.yaml"
    path.write_text(content)
    with pytest.raises(GraphError):
        said(tree_from_file(str(path)))


def test_every_problem_of_what_was_said_is_told_at_once() -> None:
    wrong = tree()
    wrong["grafs"] = {"poison": {"output": "y:0"}}
    wrong["graphs"] = {"poison": "y:0"}
    wrong["heads"]["poison"]["positive_label"] = "first"
    wrong["heads"]["species"].update(label=["dock"], poisonous=["HEMLOCK"])
    wrong["set"] = ["keep_prob"]
    with pytest.raises(GraphError) as refused:
        said(wrong)
    for problem in (
        "grafs is not a key of the metadata; did you mean 'graphs'?",
        "graphs.poison is 'y:0'; expected a section of keys",
        "heads.poison.positive_label is 'first'; expected poisonous or edible",
        "heads.species.label is not a key of the metadata; did you mean 'labels'?",
        "the poisonous plant 'HEMLOCK' is none of the labels, of which 'hemlock' looks the same",
        "set is ['keep_prob']; expected a section of keys",
    ):
        assert problem in str(refused.value)


def test_metadata_that_says_a_thing_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "meta.yaml"
    path.write_text("input: {}\nheads: {}\ninput: {scale: 1.0}\n")
    with pytest.raises(GraphError, match="line 3: input is given twice, before on line 1"):
        tree_from_file(str(path))
