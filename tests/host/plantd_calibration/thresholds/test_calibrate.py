"""plantd-calibrate confidence on a small drawn world: from pictures to a calibrated bundle."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from host.support import coloured_plants
from support import tiny_bundle

from plantd import bundle
from plantd.bundle.manifest import manifest_from_tree
from plantd.config import EngineConfig
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import EX_DATAERR, EX_NOINPUT, EX_OK, EX_USAGE
from plantd_calibration.cli import main
from plantd_calibration.data import corruptions
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import fingerprint, in_split
from plantd_calibration.publishing import card_sections

CARD = """# tiny 1.0.0

**uncalibrated**: the thresholds are provisional. No bound stands behind them.

## Answers with the provisional thresholds

| photographs | answer edible |
|---|---|
| val, edible | 3 |

## Every look at the test photographs

| date | model | seen |
|---|---|---|
| 2026-01-01 | tiny 1.0.0 | top-1 0.9 |

## Limits

- It knows three plants.
"""

WORLD = coloured_plants.World._fields


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    world = coloured_plants.draw_world(tmp_path_factory.mktemp("world"))
    write_card(world.bundle, CARD)
    return world


def write_card(path: Path, text: str) -> None:
    (path / bundle.CARD).write_text(text, encoding="utf-8")
    bundle.write_manifest(str(path), bundle_manifest(path))


def bundle_manifest(path: Path):
    return manifest_from_tree(yaml.safe_load((path / bundle.MANIFEST).read_text()))


@pytest.fixture
def world(drawn, tmp_path):
    """The drawn world with a bundle of its own."""
    return own_copy(drawn, tmp_path)


def own_copy(drawn, folder):
    shutil.copytree(drawn.bundle, folder / "bundle")
    own = {"bundle": folder / "bundle", "out": folder / "out", "looks": folder / "looks.csv"}
    return SimpleNamespace(**{**drawn._asdict(), **own, "cache": drawn.data.parent / "seen"})


def arguments(world, out, *more, command="confidence"):
    return [
        command,
        *("--bundle", str(world.bundle), "--data", str(world.data)),
        *("--unknown", str(world.unknown), "--negatives", str(world.negatives)),
        *("--out", str(out), "--cache", str(world.cache)),
        *more,
    ]


@pytest.fixture(scope="module")
def calibrated(drawn, tmp_path_factory):
    """The world after one calibration; nobody may change it."""
    folder = tmp_path_factory.mktemp("calibrated")
    world = own_copy(drawn, folder)
    assert main(arguments(world, world.out, "--looks", str(world.looks))) == EX_OK
    return world


def test_the_bundle_becomes_calibrated_and_still_passes_its_self_test(calibrated):
    loaded = bundle.load(str(calibrated.bundle))
    assert loaded.manifest.calibrated
    with engine_from_config(EngineConfig(threads=1), loaded) as engine:
        self_test(loaded, engine)


def test_the_guarantee_counts_what_either_source_calls_poisonous(calibrated):
    """40 hemlocks by the flag, 40 nettles by species.yaml."""
    guarantee = bundle.load(str(calibrated.bundle)).manifest.guarantee
    assert guarantee.n == 80
    assert guarantee.bound == pytest.approx(1 - 0.05 ** (1 / 80))
    assert "folds over train" in guarantee.method


def test_temperatures_thresholds_and_fingerprint_are_in_the_manifest(calibrated):
    manifest = bundle.load(str(calibrated.bundle)).manifest
    assert manifest.poison.temperature != 1.0
    assert manifest.thresholds != tiny_bundle.THRESHOLDS
    assert (manifest.thresholds.energy is None) != (manifest.thresholds.standout is None)
    train = in_split(read_photos(calibrated.data), "train")
    assert manifest.data_fingerprint == fingerprint(train)


def test_the_report_lists_every_poisonous_photograph(calibrated):
    found = json.loads((calibrated.out / "calibration.json").read_text())
    listed = {one["file"] for one in found["called"]}
    bad = [
        photo.path.name
        for photo in in_split(read_photos(calibrated.data), "test")
        if photo.label != "clover"
    ]
    assert listed == set(bad)
    text = (calibrated.out / "calibration.html").read_text()
    assert all(name in text for name in bad)
    assert "data:image/svg+xml" in text


def test_the_card_tells_of_the_calibration_and_keeps_the_rest(calibrated):
    text = (calibrated.bundle / bundle.CARD).read_text()
    assert "**calibrated**: how often does it call edible what is not?" in text
    assert "- so never eat a plant because of its answer" in text
    assert "plants that it does not know: nothing is promised" in text
    assert "uncalibrated" not in text
    assert "provisional" not in text
    assert text.count(card_sections.CONFIDENCE) == 1
    assert "| 2026-01-01 | tiny 1.0.0 | top-1 0.9 |" in text
    assert "- It knows three plants." in text


def test_the_card_says_what_other_rules_would_promise(calibrated):
    text = (calibrated.bundle / bundle.CARD).read_text()
    found = json.loads((calibrated.out / "calibration.json").read_text())
    assert "| edible plants called edible | edible plants called edible or poisonous |" in text
    for point in found["limited"]:
        start = "| {:.2f} % | {} of {} (".format(
            100 * point["bound"], point["edible"]["k"], point["edible"]["n"]
        )
        assert start in text
    bounds_of = [point["bound"] for point in found["limited"]]
    assert bounds_of == sorted(bounds_of)


def test_the_card_says_what_poor_pictures_do_and_what_costs_answers(calibrated):
    text = (calibrated.bundle / bundle.CARD).read_text()
    for way in corruptions.WAYS:
        (line,) = [line for line in text.splitlines() if line.startswith("| {} |".format(way))]
        assert line.count(" %,") >= len(corruptions.WAYS[way].strengths) - 1
    assert "Edible plants not called edible for one condition alone: " in text


def test_limits_of_a_picture_are_chosen_on_edible_plants_alone(calibrated):
    """Val shows 20 clovers, 20 hemlocks and 20 nettles."""
    found = json.loads((calibrated.out / "calibration.json").read_text())
    assert {one["n"] for one in found["study"]["steps"]} == {20}


def test_every_way_a_picture_gets_worse_is_tried_on_the_poisonous_ones(calibrated):
    found = json.loads((calibrated.out / "calibration.json").read_text())
    tried = [(one["way"], one["strength"]) for one in found["worsened"]]
    assert tried == [(way.name, s) for way in corruptions.WAYS.values() for s in way.strengths]
    assert {one["edible"]["n"] for one in found["worsened"]} == {40}
    assert tried == [(one["way"], one["strength"]) for one in found["study"]["steps"]]


def test_the_look_at_test_is_listed(calibrated):
    lines = calibrated.looks.read_text().splitlines()
    assert lines[0] == "date,model,saw"
    assert len(lines) == 2
    look = lines[1].split(",")[1]
    assert "| {} | calibrated: ".format(look) in (calibrated.bundle / bundle.CARD).read_text()


def test_calibrating_again_changes_nothing(calibrated, tmp_path):
    names = (bundle.MANIFEST, bundle.CARD)
    again = own_copy(coloured_plants.World(*(vars(calibrated)[n] for n in WORLD)), tmp_path)
    shutil.copy(calibrated.looks, again.looks)
    assert main(arguments(again, again.out, "--looks", str(again.looks))) == EX_OK
    for name in names:
        assert (again.bundle / name).read_text() == (calibrated.bundle / name).read_text()
    assert again.looks.read_text() == calibrated.looks.read_text()


def test_report_leaves_the_bundle_as_it_is(world, tmp_path):
    before = (world.bundle / bundle.MANIFEST).read_bytes()
    assert main(arguments(world, tmp_path / "out", command="report")) == EX_OK
    assert (tmp_path / "out" / "calibration.html").is_file()
    assert (world.bundle / bundle.MANIFEST).read_bytes() == before


def test_half_of_test_may_be_fitted_on_and_the_other_is_reported(world, tmp_path):
    assert main(arguments(world, tmp_path / "out", "--fit-on", "test-half")) == EX_OK
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    assert found["names"] == ["one half of test", "the other half of test"]
    n = found["guarantee"]["n"]
    assert 0 < n < 40
    assert len(found["called"]) == 40 - n


def test_a_smaller_alpha_than_can_be_proven_is_refused_and_nothing_is_written(
    world, tmp_path, capsys
):
    before = (world.bundle / bundle.MANIFEST).read_bytes()
    assert main(arguments(world, tmp_path / "out", "--alpha", "0.01")) == EX_USAGE
    assert "it takes 299 poisonous photographs" in capsys.readouterr().err
    assert (world.bundle / bundle.MANIFEST).read_bytes() == before


def test_photographs_of_other_species_are_refused(world, tmp_path, capsys):
    data = tmp_path / "others"
    shutil.copytree(world.data, data)
    text = (data / "manifest.csv").read_text().replace("plants/", "others/")
    (data / "manifest.csv").write_text(text.replace(",clover,", ",mint,"))
    assert main(arguments(SimpleNamespace(**dict(vars(world), data=data)), tmp_path)) == EX_DATAERR
    assert "mint" in capsys.readouterr().err


def test_a_missing_folder_is_named(world, tmp_path, capsys):
    odd = SimpleNamespace(**dict(vars(world), data=tmp_path / "nowhere"))
    assert main(arguments(odd, tmp_path)) == EX_NOINPUT
    assert "nowhere" in capsys.readouterr().err


def test_a_card_without_the_usual_sections_gets_what_it_lacks(world):
    write_card(world.bundle, "# only a title\n")
    assert main(arguments(world, world.out)) == EX_OK
    text = (world.bundle / bundle.CARD).read_text()
    assert text.startswith("# only a title\n\n**calibrated**")
    assert text.count(card_sections.CONFIDENCE) == 1


def test_an_unknown_command_is_a_usage_error(capsys):
    assert main(["guess"]) == EX_USAGE
    assert "--help" in capsys.readouterr().err
