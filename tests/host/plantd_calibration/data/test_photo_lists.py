"""Lists of photographs: what they name, and what they leave out."""

from pathlib import Path

import pytest
from host.support.drawn_photos import draw_photos

from plantd.errors import NotFoundError, PictureError
from plantd_calibration.data.photo_lists import (
    list_photos,
    read_flagged_photos,
    read_photos,
    read_pictures,
)
from plantd_calibration.data.photos import Photo


def written(tmp_path, rows, header="file,class,poisonous,split,group"):
    data = tmp_path / "plants"
    data.mkdir()
    (data / "manifest.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (data / name).write_bytes(name.encode())
    return data


def test_rows_become_photographs_in_the_order_of_their_paths(tmp_path):
    data = written(tmp_path, ["plants/b.jpg,mint,0,val,g1", "a.jpg,hemlock,1,train,"])
    first, second = read_photos(data)
    assert first == Photo(data / "a.jpg", "hemlock", True, "train", "a.jpg")
    assert second == Photo(data / "b.jpg", "mint", False, "val", "g1")


@pytest.mark.parametrize("said", [b"file,class\xe6\n", b"file,class\n" + b"x" * 200000])
def test_a_list_that_is_none_is_refused_with_its_name(tmp_path, said):
    data = written(tmp_path, [])
    (data / "manifest.csv").write_bytes(said)
    with pytest.raises(PictureError, match=r"manifest\.csv cannot be read as a list"):
        read_photos(data)


def test_a_name_that_no_file_can_have_is_one_that_is_not_there(tmp_path):
    rows = ["{},mint,0,train,".format("x" * 300), "a\0b,mint,0,train,"]
    with pytest.raises(NotFoundError):
        read_photos(written(tmp_path, rows))


def test_a_group_in_two_splits_is_refused_where_a_bound_rests_on_it(tmp_path):
    data = written(tmp_path, ["a.jpg,mint,0,train,g", "b.jpg,mint,0,test,g"])
    assert len(read_photos(data)) == 2
    with pytest.raises(PictureError, match="group g .* train and test"):
        read_flagged_photos(data)


def test_flags_come_from_a_list_only(tmp_path):
    with pytest.raises(NotFoundError, match=r"manifest\.csv"):
        read_flagged_photos(draw_unlisted(tmp_path / "drawn"))


def test_pictures_have_the_kind_that_a_list_gives_them(tmp_path):
    data = written(tmp_path, ["plants/a.jpg,mint,0,val,g1", "things/x.jpg,_hand,0,negative,"])
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "x.jpg").write_bytes(b"x")
    (found,) = read_pictures(tmp_path / "things", data)
    assert found == Photo(tmp_path / "things" / "x.jpg", group="x.jpg", kind="_hand")


def draw_unlisted(folder):
    draw_photos(folder, each=(1, 1, 0))
    (folder / "manifest.csv").unlink()
    return folder


def test_rows_of_neighbouring_folders_are_other_data(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 1))
    with (folder / "manifest.csv").open("a") as manifest:
        manifest.write("elsewhere/x.jpg,_unknown,1,unknown,repo,g\n")
    assert len(read_photos(folder)) == 9
    assert list_photos(folder).elsewhere == 1


def relisted(folder, *changes):
    """Return the folder with its manifest changed, (old, new) each."""
    manifest = folder / "manifest.csv"
    text = manifest.read_text()
    for old, new in changes:
        text = text.replace(old, new)
    manifest.write_text(text)
    return folder


def test_every_row_that_is_not_understood_is_named(tmp_path):
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


def test_a_row_whose_file_lies_nowhere_is_named_and_kept_apart(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 0))
    relisted(folder, ("drawn/train/Bluebell", "drown/train/Bluebell"))
    listed = list_photos(folder)
    assert len(listed.photos) == 5
    assert listed.missing == [folder / "drown/train/Bluebell/Bluebell_00.jpg"]
    with pytest.raises(NotFoundError, match="there is no .*drown.*, which .*manifest.csv lists"):
        read_photos(folder)


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
    folder = draw_unlisted(tmp_path / "drawn")
    assert {p.split for p in read_photos(folder)} == {"train", "val"}
    assert {p.split for p in read_photos(folder / "train")} == {""}


def test_pictures_of_nothing_known_come_from_any_depth(tmp_path):
    folder = draw_photos(tmp_path / "drawn", each=(1, 1, 0))
    pictures = read_pictures(folder)
    assert len(pictures) == 6
    assert not any(picture.poisonous for picture in pictures)
    with pytest.raises(NotFoundError, match="there are no pictures"):
        read_pictures(tmp_path / "none")


def test_a_manifest_without_its_columns_names_them(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,class\na.jpg,A\n")
    with pytest.raises(PictureError, match="lacks the columns poisonous, split; expected file"):
        read_photos(tmp_path)


def test_no_folder_and_no_photographs_are_said(tmp_path):
    with pytest.raises(NotFoundError, match="no folder"):
        read_photos(tmp_path / "none")
    with pytest.raises(NotFoundError, match="no photographs"):
        read_photos(tmp_path)


def test_hidden_files_are_no_photographs(tmp_path: Path) -> None:
    for name in ("ivy/a.jpg", "ivy/._a.jpg", ".Trashes/b.jpg", "__MACOSX/ivy/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [photo.group for photo in read_photos(tmp_path)] == ["ivy/a.jpg"]
    assert [photo.group for photo in read_pictures(tmp_path)] == ["ivy/a.jpg"]
