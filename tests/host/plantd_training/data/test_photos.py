"""Photographs from a manifest or from folders, and the one order of labels."""

from pathlib import Path

import pytest
from host.support.drawn_photos import KINDS, draw_photos

from plantd.errors import NotFoundError, PictureError
from plantd_training.data.photos import (
    Photo,
    in_split,
    labels_of,
    read_photos,
    read_pictures,
    targets,
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return read_photos(draw_photos(tmp_path_factory.mktemp("data") / "drawn"))


def test_a_manifest_gives_labels_flags_splits_and_groups(photos):
    assert len(photos) == 3 * (6 + 3 + 3)
    assert {p.label: p.poisonous for p in photos} == {k: bad for k, (_, bad) in KINDS.items()}
    assert [len(in_split(photos, split)) for split in ("train", "val", "test")] == [18, 9, 9]
    assert len({p.group for p in photos}) == len(photos)


def test_targets_follow_the_order_of_the_labels(photos):
    labels = labels_of(photos)
    assert labels.species == ("Bluebell", "Sunflower", "foxglove")
    assert labels.poisonous == (False, False, True)
    poison, species = targets(photos, labels)
    for photo, bad, place in zip(photos, poison, species):
        assert labels.species[place] == photo.label
        assert labels.poisonous[place] == photo.poisonous == bool(bad)


def test_rows_of_neighbouring_folders_are_other_data(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 1))
    with (folder / "manifest.csv").open("a") as manifest:
        manifest.write("elsewhere/x.jpg,_unknown,1,unknown,repo,g\n")
    assert len(read_photos(folder)) == 9


def relisted(folder, *changes):
    """Return the folder with its manifest changed, (old, new) each."""
    manifest = folder / "manifest.csv"
    text = manifest.read_text()
    for old, new in changes:
        text = text.replace(old, new)
    manifest.write_text(text)
    return folder


def test_a_flag_that_is_not_understood_never_counts_as_edible(tmp_path):
    folder = relisted(draw_photos(tmp_path / "drawn", each=(6, 3, 3)), (",1,", ",poisonous,"))
    with pytest.raises(PictureError, match="the column poisonous says 'poisonous'") as caught:
        read_photos(folder)
    assert "row 26: drawn/train/foxglove/foxglove_00.jpg" in str(caught.value)
    assert "and 2 more rows" in str(caught.value)


@pytest.mark.parametrize("word", ["yes", "TRUE", " 1 "])
def test_flags_as_spreadsheets_write_them(tmp_path, word):
    folder = relisted(draw_photos(tmp_path / "drawn", each=(1, 1, 0)), (",1,", "," + word + ","))
    assert {p.label for p in read_photos(folder) if p.poisonous} == {"foxglove"}


def test_a_misspelt_split_is_named_and_no_photograph_forgotten(tmp_path):
    folder = relisted(draw_photos(tmp_path / "drawn", each=(1, 1, 0)), (",train,", ",Train,"))
    with pytest.raises(PictureError, match="the split is 'Train'; expected one of train, val"):
        read_photos(folder)


def test_a_row_whose_file_lies_nowhere_stays_listed(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 0))
    relisted(folder, ("drawn/train/Bluebell", "drown/train/Bluebell"))
    assert len(read_photos(folder)) == 6


def test_a_manifest_that_a_spreadsheet_saved_is_read(tmp_path, monkeypatch):
    folder = relisted(
        draw_photos(tmp_path / "drawn", each=(1, 1, 0)), ("file,class", "\ufefffile,class")
    )
    monkeypatch.chdir(folder)
    assert len(read_photos(Path("."))) == 6


def test_a_row_that_ends_early_is_named(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 0))
    with (folder / "manifest.csv").open("a") as manifest:
        manifest.write("drawn/x.jpg\n")
    with pytest.raises(PictureError, match="row 8: the file, the class or the split is missing"):
        read_photos(folder)


def test_a_folder_per_class_needs_no_manifest(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 0))
    (folder / "manifest.csv").unlink()
    assert {p.split for p in read_photos(folder)} == {"train", "val"}
    assert {p.split for p in read_photos(folder / "train")} == {""}


def test_pictures_of_nothing_known_come_from_any_depth(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 0))
    pictures = read_pictures(folder)
    assert len(pictures) == 6
    assert not any(picture.poisonous for picture in pictures)
    with pytest.raises(NotFoundError, match="has no pictures"):
        read_pictures(tmp_path / "none")


def test_a_label_with_two_flags_is_refused(tmp_path):
    one = Photo(tmp_path / "1.jpg", "Nightshade", True)
    with pytest.raises(PictureError, match="Nightshade is poisonous in some rows"):
        labels_of([one, one._replace(poisonous=False)])


def test_a_manifest_without_its_columns_names_them(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,class\na.jpg,A\n")
    with pytest.raises(PictureError, match=r"lacks the columns \['poisonous', 'split'\]"):
        read_photos(tmp_path)


def test_no_folder_and_no_photographs_are_said(tmp_path):
    with pytest.raises(NotFoundError, match="no folder"):
        read_photos(tmp_path / "none")
    with pytest.raises(NotFoundError, match="no photographs"):
        read_photos(tmp_path)
