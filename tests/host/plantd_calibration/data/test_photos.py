"""Photographs with labels, groups and halves."""

import pytest

from plantd.errors import NotFoundError, PictureError
from plantd_calibration.data import photos
from plantd_calibration.data.photos import Photo


def folder(tmp_path, rows, header="file,class,poisonous,split,group"):
    data = tmp_path / "plants"
    data.mkdir()
    (data / "manifest.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (data / name).write_bytes(name.encode())
    return data


def test_rows_become_photographs_in_the_order_of_their_paths(tmp_path):
    data = folder(tmp_path, ["plants/b.jpg,mint,0,val,g1", "a.jpg,hemlock,1,train,"])
    first, second = photos.read_photos(data)
    assert first == Photo(data / "a.jpg", "hemlock", True, "train", "a.jpg")
    assert second == Photo(data / "b.jpg", "mint", False, "val", "g1")


def test_rows_of_other_folders_are_left_out(tmp_path):
    data = folder(tmp_path, ["plants/a.jpg,mint,0,val,g1", "others/x.jpg,_negative,0,negative,"])
    assert len(photos.read_photos(data)) == 1


def test_a_flag_that_is_not_understood_never_counts_as_edible(tmp_path):
    with pytest.raises(PictureError, match="the column poisonous says 'toxic'; expected 1 or 0"):
        photos.read_photos(folder(tmp_path, ["a.jpg,hemlock,toxic,val,g"]))


def test_a_group_in_two_splits_is_refused(tmp_path):
    data = folder(tmp_path, ["a.jpg,mint,0,train,g", "b.jpg,mint,0,test,g"])
    with pytest.raises(PictureError, match="group g .* train and test"):
        photos.read_photos(data)


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(PictureError, match="poisonous"):
        photos.read_photos(folder(tmp_path, ["a.jpg,mint,val"], "file,class,split"))


def test_a_folder_without_a_list_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"manifest\.csv"):
        photos.read_photos(tmp_path)


def test_a_list_without_its_photographs_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="no photograph"):
        photos.read_photos(folder(tmp_path, ["x.jpg,mint,0,val,g"]))


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="no pictures"):
        photos.read_pictures(tmp_path)


def test_an_absent_split_is_named(tmp_path):
    found = photos.read_photos(folder(tmp_path, ["a.jpg,mint,0,train,g"]))
    with pytest.raises(NotFoundError, match="split val"):
        photos.in_split(found, "val")


def pictures(n, tmp_path):
    return [Photo(tmp_path / str(i), "", False, "", str(i)) for i in range(n)]


def test_halves_share_nothing_and_lose_nothing(tmp_path):
    every = pictures(155, tmp_path)
    first, second = photos.halves(every, 1)
    assert (len(first), len(second)) == (78, 77)
    assert sorted(first + second) == sorted(every)


def test_halves_depend_on_the_seed_alone(tmp_path):
    every = pictures(40, tmp_path)
    assert photos.halves(every, 1) == photos.halves(every[::-1], 1)
    assert photos.halves(every, 1) != photos.halves(every, 2)


def test_a_group_is_never_halved(tmp_path):
    every = [Photo(tmp_path / str(i), "", False, "", str(i // 2)) for i in range(20)]
    first, second = photos.halves(every, 1)
    assert not {p.group for p in first} & {p.group for p in second}


def test_the_fingerprint_knows_names_contents_and_order(tmp_path):
    data = folder(tmp_path, ["a.jpg,mint,0,val,g1", "b.jpg,mint,0,val,g2"])
    found = photos.read_photos(data)
    before = photos.fingerprint(found)
    assert photos.fingerprint(found[::-1]) != before
    (data / "a.jpg").write_bytes(b"changed")
    assert photos.fingerprint(found) != before
