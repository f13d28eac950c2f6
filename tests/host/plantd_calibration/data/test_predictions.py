"""Out-of-fold readings carry the guarantee; whatever does not fit bundle and data is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from host.support import coloured_plants, drawn_predictions
from support.checkout import TOP

from plantd import bundle
from plantd.errors import EX_DATAERR, EX_OK, EX_USAGE, BundleError, NotFoundError
from plantd_calibration.cli import main
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import fingerprint
from plantd_calibration.data.predictions import read_predictions
from plantd_calibration.stats import bounds
from plantd_calibration.subsets.held_out import held_out
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods import learned, out_of_fold
from plantd_training.methods.recipe_file import read_recipe

RECIPES = TOP / "engines" / "plantd_training" / "recipes"
WHOLE_RECIPE = RECIPES / "plants70.yaml"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return coloured_plants.draw_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def known(world):
    return [photo for photo in read_photos(world.data) if photo.split != "test"]


@pytest.fixture(scope="module")
def whole(world, tmp_path_factory):
    """The arrays of a file that fits."""
    path = drawn_predictions.write(world.data, tmp_path_factory.mktemp("whole") / "p.npz")
    with np.load(str(path)) as arrays:
        return dict(arrays)


def written(tmp_path, whole, told=None, **changes):
    arrays = {**whole, **changes}
    if told:
        recipe = {**json.loads(str(whole["recipe"][()])), **told}
        arrays["recipe"] = np.asarray(json.dumps(recipe))
    return drawn_predictions.save(tmp_path / "p.npz", arrays)


def held(path, world, known):
    return held_out(read_predictions(path), bundle.load(str(world.bundle)), known, world.data)


def test_readings_come_in_the_order_of_the_photographs(world, known, whole, tmp_path):
    order = np.random.default_rng(0).permutation(len(known))
    mixed = {name: whole[name][order] for name in ("file", "fold", "poison", "species")}
    plain = held(written(tmp_path, whole), world, known)
    np.testing.assert_array_equal(
        held(written(tmp_path, whole, **mixed), world, known).species, plain.species
    )
    assert plain.folds == drawn_predictions.FOLDS


def test_files_may_leave_out_the_folder_name(world, known, whole, tmp_path):
    short = np.asarray([name.partition("/")[2] for name in whole["file"]])
    assert held(written(tmp_path, whole, file=short), world, known).folds == 4


def test_what_the_training_writes_is_read(world, known, whole, tmp_path):
    """The file is the training's own, of photographs that it reads from the same manifest."""
    recipe = read_recipe(WHOLE_RECIPE)
    settings = recipe.settings._replace(folds=drawn_predictions.FOLDS)
    recipe = recipe._replace(
        name="tiny", version="1.0.0", settings=settings, strangers="", division=None, also=()
    )
    taught = learned.learned(recipe, read_photos(world.data), [])
    unseen = Outputs(whole["poison"], whole["species"])
    path = tmp_path / out_of_fold.FILE
    out_of_fold.write(path, recipe, taught._replace(folds=whole["fold"]), unseen)
    found = held(path, world, known)
    plain = held(written(tmp_path, whole), world, known)
    np.testing.assert_array_equal(found.species, plain.species)
    np.testing.assert_array_equal(found.poison, plain.poison)


def first_changed(values, value):
    changed = values.copy()
    changed[0] = value
    return changed


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda w: {"fold": None}, "lacks fold"),
        (lambda w: {"species": w["species"][:, :2]}, r"species has the shape"),
        (lambda w: {"recipe": np.asarray("no json")}, "recipe is not JSON"),
        (lambda w: {"recipe": np.asarray('{"name": "tiny"}')}, "recipe lacks version"),
        (lambda w: {"labels": w["labels"][::-1]}, "'nettle' where the bundle has 'clover'"),
        (lambda w: {"poison_labels": w["poison_labels"][::-1]}, "poison labels are not"),
        (lambda w: {"poison": first_changed(w["poison"], np.nan)}, "not a finite number"),
        (lambda w: {"file": first_changed(w["file"], w["file"][1])}, "twice"),
        (
            lambda w: {"file": first_changed(w["file"], "plants/test/clover/clover_000.png")},
            "may not be fitted on",
        ),
        (
            lambda w: {name: w[name][1:] for name in ("file", "fold", "poison", "species")},
            "lacks 1 of the 180 photographs",
        ),
        (lambda w: {"fold": w["fold"] % 2}, "has 2 folds, its recipe says 4"),
    ],
)
def test_what_does_not_fit_is_refused(world, known, whole, tmp_path, change, sentence):
    with pytest.raises(BundleError, match=sentence):
        held(written(tmp_path, whole, **change(whole)), world, known)


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ({"version": "9.9.9"}, "recipe of tiny 9.9.9, the bundle is tiny 1.0.0"),
        ({"data_fingerprint": "0" * 64}, "fingerprint"),
        ({"folds": 1}, "two or more"),
    ],
)
def test_another_recipe_is_refused(world, known, whole, tmp_path, recipe, sentence):
    with pytest.raises(BundleError, match=sentence):
        held(written(tmp_path, whole, recipe), world, known)


def test_a_group_in_two_folds_is_refused(world, known, whole, tmp_path):
    twins = [photo._replace(group="twins") for photo in known[:2]] + known[2:]
    with pytest.raises(BundleError, match="group twins .* folds 0 and 1"):
        held(written(tmp_path, whole), world, twins)


def test_no_file_and_no_archive_are_named(tmp_path):
    with pytest.raises(NotFoundError, match="there is no"):
        read_predictions(tmp_path / "p.npz")
    (tmp_path / "p.npz").write_bytes(b"no archive")
    with pytest.raises(BundleError, match="cannot be read"):
        read_predictions(tmp_path / "p.npz")


def test_pickles_are_not_opened(tmp_path, whole):
    path = written(tmp_path, whole, file=np.asarray([{"a": 1}], object))
    with pytest.raises(BundleError, match="cannot be read"):
        read_predictions(path)


def arguments(world, own, path, *more):
    return [
        "confidence",
        *("--bundle", str(own), "--data", str(world.data), "--unknown", str(world.unknown)),
        *("--negatives", str(world.negatives), "--out", str(own.parent / "out")),
        *("--cache", str(world.data.parent / "seen"), "--predictions", str(path), *more),
    ]


@pytest.fixture
def own(world, tmp_path):
    shutil.copytree(world.bundle, tmp_path / "bundle")
    return tmp_path / "bundle"


def test_a_bundle_is_calibrated_on_them_and_reported_on_all_of_test(
    world, known, own, whole, tmp_path
):
    assert main(arguments(world, own, written(tmp_path, whole))) == EX_OK
    manifest = bundle.load(str(own)).manifest
    assert manifest.guarantee.n == 120  # hemlocks by the flag, nettles by species.yaml
    assert "4 networks by the recipe of tiny 1.0.0" in manifest.guarantee.method
    assert "the bound is the recipe's" in manifest.guarantee.method
    assert manifest.data_fingerprint == fingerprint(known)
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    assert found["names"][1] == "test"
    assert len(found["called"]) == 40


def test_poisonous_photographs_that_are_called_edible_are_counted_and_shown(
    world, own, whole, tmp_path
):
    """Two hemlocks read as the surest clovers do: labels may be wrong."""
    clovers = np.char.find(whole["file"], "/clover/") >= 0
    hemlocks = np.flatnonzero(np.char.find(whole["file"], "/hemlock/") >= 0)[:2]
    sure = np.flatnonzero(clovers)[np.argmax(whole["species"][clovers, 0])]
    changed = {name: whole[name].copy() for name in ("poison", "species")}
    for name, values in changed.items():
        values[hemlocks] = whole[name][sure]
    path = written(tmp_path, whole, **changed)
    assert main(arguments(world, own, path)) == EX_OK
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    names = {Path(file).name for file in whole["file"][hemlocks]}
    assert {one["file"] for one in found["misses"]} == names
    assert found["guarantee"]["bound"] == pytest.approx(bounds.upper_bound(2, 120, 0.95))
    page = (tmp_path / "out" / "calibration.html").read_text()
    for name in names:
        assert '<img alt="hemlock, taken for clover: {}" src="data:image/jpeg'.format(name) in page


def test_readings_far_better_than_the_bundle_on_test_prove_nothing(
    world, own, whole, tmp_path, capsys
):
    """Here it is test whose labels are wrong; to the command it looks the same."""
    data = tmp_path / "plants"
    shutil.copytree(world.data, data)
    text = (data / "manifest.csv").read_text()
    (data / "manifest.csv").write_text(text.replace(",clover,0,test", ",nettle,0,test"))
    before = (own / bundle.MANIFEST).read_bytes()
    odd = world._replace(data=data)
    assert main(arguments(odd, own, written(tmp_path, whole))) == EX_DATAERR
    assert "saw the photographs they answer for" in capsys.readouterr().err
    assert (own / bundle.MANIFEST).read_bytes() == before


def test_two_ways_at_once_are_a_usage_error(world, own, tmp_path):
    given = arguments(world, own, tmp_path / "p.npz", "--fit-on", "test-half")
    assert main(given) == EX_USAGE
