"""Strangers: read from their list, and divided into what is learned, reported and neither."""

import csv

import pytest
from host.support.drawn_strangers import COLUMNS, STRANGERS, draw_strangers, write_division

from plantd.errors import ConfigError, NotFoundError, PictureError
from plantd_calibration.data import stranger_photos
from plantd_calibration.data.stranger_photos import (
    ASIDE,
    LEARNED,
    PLANT,
    REPORTED,
    THING,
    in_part,
    read_division,
    read_strangers,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_strangers(tmp_path_factory.mktemp("drawn") / "strangers", each=2)


@pytest.fixture
def division(tmp_path):
    return read_division(write_division(tmp_path / "strangers.yaml"))


def labels(strangers):
    return sorted({one.label for one in strangers})


def rewritten(folder, tmp_path, changed):
    """The same list beside the same pictures, with one row changed."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).symlink_to(path)
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rows[0].update(changed)
    (copy / "manifest.csv").unlink()
    with (copy / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return copy


def test_every_row_is_a_stranger_with_its_flag(folder):
    found = read_strangers(folder)
    assert len(found) == 2 * len(STRANGERS)
    flags = {one.label: one.poisonous for one in found}
    assert flags["Cicuta_sp"] is True
    assert flags["Rosa_canina"] is False
    assert flags["Viola_odorata"] is None


def test_a_thing_without_a_flag_is_not_poisonous(folder):
    assert {one.poisonous for one in read_strangers(folder) if one.kind == THING} == {False}


def test_what_is_reported_on_shares_no_genus_with_what_is_learned(folder, division):
    strangers = read_strangers(folder)
    learned, reported = (in_part(strangers, division, part) for part in (LEARNED, REPORTED))
    assert labels(reported) == ["Tulipa_gesneriana", "wall"]
    assert "Tulipa_gesneriana" not in labels(learned)


def test_a_kept_source_is_learned_in_no_genus(folder, division):
    strangers = read_strangers(folder)
    assert labels(in_part(strangers, division, ASIDE)) == ["hand"]
    assert "hand" not in labels(in_part(strangers, division, LEARNED))


def test_more_of_the_labels_are_no_strangers(folder, division):
    parts = [in_part(read_strangers(folder), division, part) for part in (LEARNED, REPORTED, ASIDE)]
    assert "Sunflower" not in labels([one for part in parts for one in part])


def test_a_near_duplicate_of_what_is_reported_on_is_not_learned(folder, division):
    strangers = read_strangers(folder)
    tulip = next(one for one in strangers if one.label == "Tulipa_gesneriana")
    twin = next(one for one in strangers if one.label == "Rosa_canina")
    changed = [one._replace(group=tulip.group) if one == twin else one for one in strangers]
    assert twin.path in [one.path for one in in_part(strangers, division, LEARNED)]
    assert twin.path not in [one.path for one in in_part(changed, division, LEARNED)]
    assert twin.path in [one.path for one in in_part(changed, division, ASIDE)]


def test_a_kin_lies_in_one_fold_and_a_single_source_has_a_kin_a_label(folder, division):
    soils = [one for one in read_strangers(folder) if one.label.startswith("soil")]
    folds = {one.label: set() for one in soils}
    for one in soils:
        folds[one.label].add(stranger_photos.fold_of(one, division, 3))
    assert all(len(found) == 1 for found in folds.values())
    assert {stranger_photos.kin_of(one, division) for one in soils} == {"soil:black", "soil:red"}


def test_plants_and_things_can_be_asked_for_alone(folder, division):
    learned = in_part(read_strangers(folder), division, LEARNED, PLANT)
    assert {one.kind for one in learned} == {PLANT}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "animal"}, "the kind is 'animal'; expected one of plant, thing, extra70"),
        ({"poisonous": "maybe"}, "says 'maybe'; expected 1, 0 or nothing"),
        ({"file": "plants/nowhere.jpg"}, "'plants/nowhere.jpg' of 'Cicuta_sp' is not a photograph"),
    ],
)
def test_a_row_that_is_not_understood_is_named(folder, tmp_path, changed, told):
    with pytest.raises(PictureError, match="row 2") as raised:
        read_strangers(rewritten(folder, tmp_path, changed))
    assert told in str(raised.value)


def test_a_folder_without_a_list_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match=r"no .*manifest\.csv; expected a list of strangers"):
        read_strangers(tmp_path)


def test_a_division_names_every_wrong_key_at_once(tmp_path):
    path = write_division(tmp_path / "d.yaml", reported="Tulipa", hidden=["x"])
    with pytest.raises(ConfigError) as raised:
        read_division(path)
    assert "hidden: no such key" in str(raised.value)
    assert "reported: 'Tulipa'; expected a list of names" in str(raised.value)
