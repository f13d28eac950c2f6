"""What plantd-cli export writes is what the workstation's readers of photographs take."""

import io
from pathlib import Path

import pytest
from support.recorded_presses import record_presses, say

from plantd.cli import main
from plantd_calibration.data.photo_lists import read_flagged_photos, read_pictures
from plantd_calibration.data.stranger_photos import read_strangers


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two mints, a hemlock, a plant nobody knows, a thing, and one that nobody labelled."""
    state = tmp_path_factory.mktemp("state")
    record_presses(state, 6)
    for seq, label, poisonous in (
        (1, "mint", False),
        (2, "mint", False),
        (3, "hemlock", True),
        (4, "another_plant", None),
        (5, "no_plant", False),
    ):
        say(state, seq, label, poisonous)
    folder = state / "set"
    out, err = io.StringIO(), io.StringIO()
    words = ["export", "--state", str(state), "--pictures", str(folder)]
    assert main(words, out, err, {}) == 0, err.getvalue()
    return folder


def test_labelled_plants_are_photographs_with_a_split(exported: Path) -> None:
    photos = read_flagged_photos(exported)
    assert [(each.label, each.poisonous, each.split) for each in photos] == [
        ("mint", False, "train"),
        ("mint", False, "val"),
        ("hemlock", True, "train"),
    ]
    assert len({each.group for each in photos}) == 3


def test_the_folder_may_be_called_otherwise_later(exported: Path) -> None:
    renamed = exported.rename(exported.with_name("another"))
    assert len(read_flagged_photos(renamed)) == 3
    renamed.rename(exported)


def test_what_the_model_does_not_know_are_strangers(exported: Path) -> None:
    strangers = read_strangers(exported / "strangers")
    assert [(each.kind, each.label, each.poisonous) for each in strangers] == [
        ("plant", "another_plant", None),
        ("thing", "no_plant", False),
    ]


def test_the_others_are_pictures_of_nothing_known(exported: Path) -> None:
    assert [each.label for each in read_pictures(exported / "unlabelled")] == [""]
