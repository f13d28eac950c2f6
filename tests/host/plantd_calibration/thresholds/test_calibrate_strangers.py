"""A calibration with strangers: thresholds from learned ones, bounds from those kept apart."""

import json
import shutil

import numpy as np
import pytest
from host.support import strange_world

from plantd import bundle
from plantd.bundle.photographs import LEARNED, TUNED
from plantd.errors import EX_DATAERR, EX_OK, EX_USAGE
from plantd_calibration.cli import main
from plantd_calibration.data import marks
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.stats import bounds


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return strange_world.draw(tmp_path_factory.mktemp("strange"))


def arguments(world, out, *more):
    return [
        *("confidence", "--bundle", str(world.bundle), "--data", str(world.data)),
        *("--strangers", str(world.strangers), "--predictions", str(world.predictions)),
        *("--unknown-max", "0.2", "--negative-max", "0.2", "--poisonous-unknown-max", "0.2"),
        *("--out", str(out), "--cache", str(out / "seen"), *more),
    ]


@pytest.fixture(scope="module")
def calibrated(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibrated")
    shutil.copytree(world.bundle, folder / "bundle")
    own = world._replace(bundle=folder / "bundle")
    assert main(arguments(own, folder / "out")) == EX_OK
    found = json.loads((folder / "out" / "calibration.json").read_text(encoding="utf-8"))
    return bundle.load(str(own.bundle)), found, folder


def test_each_kind_of_photograph_has_a_bound_of_its_own(calibrated):
    told = {one.about: one for one in calibrated[0].manifest.guarantees}
    assert set(told) == {"known_poisonous", "poisonous_strangers", "other_plants", "no_plants"}
    assert {one.precision for one in told.values()} == {"fp32"}


def test_strangers_are_counted_by_label_and_those_kept_apart_alone(calibrated):
    told = {one.about: one for one in calibrated[0].manifest.guarantees}
    strange = told["poisonous_strangers"]
    assert (strange.n, strange.groups) == (12, 1)
    assert (told["no_plants"].n, told["no_plants"].groups) == (12, 1)


def test_a_bound_is_what_its_groups_prove(calibrated):
    for one in calibrated[0].manifest.guarantees:
        if one.misses == 0:
            assert one.upper_bound == bounds.upper_bound(0, one.groups, one.confidence)


def test_where_nothing_known_is_seen_has_thresholds(calibrated):
    thresholds = calibrated[0].manifest.thresholds
    assert 0.0 < thresholds.no_plant <= 1.0
    assert 0.0 < thresholds.another_plant <= 1.0
    assert thresholds.poison_no_plant >= thresholds.poison_p


def test_the_older_guarantee_stands_beside_them(calibrated):
    manifest = calibrated[0].manifest
    known = next(one for one in manifest.guarantees if one.about == "known_poisonous")
    assert manifest.guarantee.bound == known.upper_bound


def test_the_bundle_says_what_its_thresholds_were_chosen_on(calibrated):
    names = {each.name: each for each in calibrated[0].manifest.photographs}
    assert names["strangers"].use == LEARNED
    assert names["thresholds, unknown plants"].use == TUNED
    assert names["thresholds, unknown plants"].n == 36


def test_the_card_says_in_its_first_lines_what_each_bound_speaks_of(calibrated):
    _, _, folder = calibrated
    text = (folder / "bundle" / bundle.CARD).read_text(encoding="utf-8")
    first = "\n".join(text.splitlines()[:10])
    for words in (
        "poisonous plants that it knows",
        "poisonous plants that it does not know",
        "all plants that it does not know",
        "pictures without a plant",
    ):
        assert words in first


def test_calibrating_again_says_it_once(calibrated, world, tmp_path):
    shutil.copytree(calibrated[2] / "bundle", tmp_path / "bundle")
    own = world._replace(bundle=tmp_path / "bundle")
    assert main(arguments(own, tmp_path / "out")) == EX_OK
    text = (tmp_path / "bundle" / bundle.CARD).read_text(encoding="utf-8")
    assert text.count("pictures without a plant:") == 2
    assert len(bundle.load(str(tmp_path / "bundle")).manifest.photographs) == 5


def test_the_report_shows_every_stranger_called_edible(calibrated):
    _, found, folder = calibrated
    page = (folder / "out" / "calibration.html").read_text(encoding="utf-8")
    assert "Every out-of-distribution photograph called edible" in page
    assert all(one["file"] in page for one in found["strangers_edible"])
    assert all(one["file"] in page for one in found["things_poisonous"])


def test_strangers_without_readings_of_them_are_refused(world, tmp_path, capsys):
    with np.load(str(world.predictions)) as arrays:
        kept = {name: arrays[name] for name in arrays.files if not name.startswith("stranger")}
    path = strange_world.drawn_predictions.save(tmp_path / "p.npz", kept)
    own = world._replace(predictions=path)
    assert main(arguments(own, tmp_path / "out")) == EX_USAGE
    assert "--strangers needs --predictions with readings of them" in capsys.readouterr().err


def test_readings_of_other_strangers_are_refused(world, tmp_path, capsys):
    with np.load(str(world.predictions)) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    kept["stranger_file"] = np.asarray(["else/" + name for name in kept["stranger_file"]])
    path = strange_world.drawn_predictions.save(tmp_path / "p.npz", kept)
    own = world._replace(predictions=path)
    assert main(arguments(own, tmp_path / "out")) == EX_DATAERR
    assert (
        "the predictions lack 36 of the 36 strangers of the kind plant" in capsys.readouterr().err
    )


def test_without_any_strangers_nothing_is_fitted(world, tmp_path, capsys):
    words = arguments(world, tmp_path / "out")
    place = words.index("--strangers")
    assert main(words[:place] + words[place + 2 :]) == EX_USAGE
    assert "give --strangers, or --unknown and --negatives" in capsys.readouterr().err


@pytest.fixture
def taught(world, tmp_path):
    """The world with a bundle that learned from three photographs of test too."""
    shutil.copytree(world.bundle, tmp_path / "bundle")
    manifest = bundle.load(str(tmp_path / "bundle")).manifest
    of_test = [photo for photo in read_photos(world.data) if photo.split == "test"]
    more = marks.photograph_set("more", LEARNED, of_test[:3])
    manifest = manifest._replace(photographs=(*manifest.photographs, more))
    bundle.write_manifest(str(tmp_path / "bundle"), manifest)
    return world._replace(bundle=tmp_path / "bundle"), of_test


def flattering(of_test):
    words = "learned from 3 of the {} photographs of test, such as {}: figures on them flatter"
    return words.format(len(of_test), of_test[0].path)


def test_a_bundle_is_not_judged_on_what_it_learned_from(taught, tmp_path, capsys):
    own, of_test = taught
    before = (own.bundle / bundle.MANIFEST).read_bytes()
    assert main(arguments(own, tmp_path / "out")) == EX_DATAERR
    told = capsys.readouterr().err
    assert flattering(of_test) in told
    assert "leave them out of the photographs" in told
    assert (own.bundle / bundle.MANIFEST).read_bytes() == before


def test_a_report_marks_figures_on_what_was_learned_from(taught, tmp_path, capsys):
    own, of_test = taught
    assert main(["report", *arguments(own, tmp_path / "out")[1:]]) == EX_OK
    words = flattering(of_test)
    assert "CAUTION: " in capsys.readouterr().out
    found = json.loads((tmp_path / "out" / "calibration.json").read_text(encoding="utf-8"))
    assert words in found["caution"]
    assert words in (tmp_path / "out" / "calibration.html").read_text(encoding="utf-8")


def test_what_others_read_out_of_fold_is_no_flattery(calibrated):
    assert calibrated[1]["caution"] == ""
