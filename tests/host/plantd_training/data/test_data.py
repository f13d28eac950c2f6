"""Looking at data: splits that keep groups, duplicates, unreadable files, previews."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos

from plantd.errors import ConfigError, UsageError
from plantd.picture import decode
from plantd_calibration.data.photo_lists import PhotoList, read_photos
from plantd_calibration.data.photos import Photo
from plantd_training import cli
from plantd_training.data import augment, near_duplicates, splits
from plantd_training.data.pictures import pixels_of
from plantd_training.reports import eda


@pytest.fixture
def folder(tmp_path):
    return draw_photos(tmp_path / "drawn", each=(4, 2, 2))


def grouped(label, groups, each):
    return [
        Photo(Path("{}_{}_{}.jpg".format(label, g, i)), label, False, group=label + str(g))
        for g in range(groups)
        for i in range(each)
    ]


def test_a_split_keeps_groups_together():
    photos = grouped("A", 10, 3) + grouped("B", 20, 2)
    chosen = splits.split(photos, (0.6, 0.2, 0.2), seed=1)
    assert splits.leaks(chosen) == {}
    assert {photo.split for photo in chosen} == {"train", "val", "test"}


def test_every_label_gets_its_share_in_every_split():
    chosen = splits.split(grouped("A", 10, 3) + grouped("B", 40, 1), (0.6, 0.2, 0.2), seed=1)
    counted = Counter((photo.label, photo.split) for photo in chosen)
    assert [counted["A", split] for split in ("train", "val", "test")] == [18, 6, 6]
    assert [counted["B", split] for split in ("train", "val", "test")] == [24, 8, 8]


def test_a_split_is_the_same_for_the_same_seed_only():
    photos = grouped("A", 30, 1)
    one, again, other = (splits.split(photos, (0.5, 0.25, 0.25), seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_a_share_of_nothing_stays_empty():
    chosen = splits.split(grouped("A", 9, 1), (0.0, 0.5, 0.5), seed=1)
    assert {photo.split for photo in chosen} == {"val", "test"}


def test_shares_must_add_up():
    with pytest.raises(UsageError, match="do not add up to 1"):
        splits.split(grouped("A", 3, 1), (0.5, 0.5, 0.5), seed=1)


def test_the_split_command_writes_a_manifest_with_flags(folder):
    (folder / "manifest.csv").unlink()
    words = ["split", "--data", str(folder / "train"), "--poisonous", "foxglove"]
    words += ["--shares", "0.5", "0.25", "0.25"]
    assert cli.main(words) == 0
    photos = read_photos(folder / "train")
    assert {photo.label for photo in photos if photo.poisonous} == {"foxglove"}
    assert {photo.split for photo in photos} == {"train", "val", "test"}


def test_what_is_split_already_is_not_split_again(folder, capsys):
    before = (folder / "manifest.csv").read_text()
    assert cli.main(["split", "--data", str(folder)]) == 64
    assert "is split already" in capsys.readouterr().err
    assert (folder / "manifest.csv").read_text() == before


def test_a_split_keeps_what_the_manifest_says_besides(folder):
    manifest = folder / "manifest.csv"
    first, *rows = manifest.read_text().splitlines()
    bare = [row.replace(",train,", ",,").replace(",val,", ",,") for row in rows]
    lines = [first + ",licence"] + [row.replace(",test,", ",,") + ",CC0" for row in bare]
    manifest.write_text("\n".join(lines) + "\n")
    assert cli.main(["split", "--data", str(folder)]) == 0
    header, *told = manifest.read_text().splitlines()
    assert header == first + ",licence"
    assert all(row.endswith(",CC0") for row in told)
    assert {photo.split for photo in read_photos(folder)} == {"train", "val", "test"}


def test_near_duplicates_are_found_and_others_are_not(folder):
    photos = read_photos(folder)
    pixels = pixels_of(photos[0])
    brighter = np.clip(pixels * 1.1 + 4, 0, 255).astype(np.uint8)
    hashes = [near_duplicates.difference_hash(p) for p in (pixels, brighter, pixels_of(photos[1]))]
    assert [(pair.first, pair.second) for pair in near_duplicates.near_pairs(hashes)] == [(0, 1)]


def test_the_report_names_what_is_wrong_with_the_data(folder, tmp_path, capsys):
    test, train = folder / "test" / "Bluebell", folder / "train" / "Bluebell"
    shutil.copy(str(train / "Bluebell_00.jpg"), str(test / "Bluebell_00.jpg"))
    (train / "Bluebell_01.jpg").write_bytes(b"no picture")
    assert cli.main(["eda", "--data", str(folder), "--out", str(tmp_path / "eda")]) == 0
    told = capsys.readouterr().out
    assert "23 photographs, 1 unreadable" in told
    assert "1 near duplicates in different splits" in told
    page = (tmp_path / "eda" / "eda.html").read_text()
    assert "1 sets of files with the same bytes" in page
    assert "Bluebell_01.jpg" in page
    assert page.count("data:image/svg+xml") == 3


def test_the_report_lists_a_file_that_is_not_there(folder, tmp_path, capsys):
    (folder / "train" / "Bluebell" / "Bluebell_00.jpg").unlink()
    assert cli.main(["eda", "--data", str(folder), "--out", str(tmp_path)]) == 0
    assert "23 photographs, 1 unreadable" in capsys.readouterr().out
    told = "Bluebell_00.jpg</td><td>listed, but there is no such file"
    assert told in (tmp_path / "eda.html").read_text()


def test_a_folder_of_nothing_readable_is_reported_too(folder, tmp_path, capsys):
    for path in folder.rglob("*.jpg"):
        path.write_bytes(b"no picture")
    assert cli.main(["eda", "--data", str(folder), "--out", str(tmp_path)]) == 0
    assert "0 photographs, 24 unreadable" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_one_sentence(folder, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert cli.main(["eda", "--data", str(folder), "--out", str(tmp_path / "taken")]) == 73
    assert "taken cannot be written: File exists" in capsys.readouterr().err


def test_a_sheet_of_no_photographs_is_refused(folder, tmp_path, capsys):
    words = ["augment", "--data", str(folder), "--out", str(tmp_path), "--photos", "0"]
    assert cli.main(words) == 64
    assert "expected one at least" in capsys.readouterr().err


def test_a_group_in_two_splits_is_a_leak(folder):
    photos = read_photos(folder)
    apart = [photo._replace(group="twins") for photo in photos[:1] + photos[-1:]]
    found = eda.survey(PhotoList(apart, [], 2))
    assert list(found.groups_apart) == ["twins"]


def test_every_technique_changes_pictures_and_keeps_their_shape(folder, tmp_path):
    words = ["augment", "--data", str(folder), "--out", str(tmp_path / "sheets"), "--photos", "3"]
    assert cli.main(words) == 0
    paths = sorted((tmp_path / "sheets").iterdir())
    assert [path.stem for path in paths] == sorted({**augment.TECHNIQUES, **augment.MIXING})
    for path in paths:
        sheet = decode(path.read_bytes())
        assert sheet.shape == (4 * 128, 3 * 128, 3)
        plain, versions = sheet[:128].astype(int), sheet[128:].reshape(3, 128, -1, 3)
        assert max(np.abs(plain - one).mean() for one in versions) > 1, path.stem


def test_mixing_mixes_labels_with_the_pictures():
    pictures = np.stack([np.zeros((8, 8, 3)), np.full((8, 8, 3), 255.0)]).astype(np.float32)
    (mixer,) = augment.mixers((("mixup", 0.4),), seed=3)
    labels = np.eye(2, dtype=np.float32)
    mixed = mixer({"images": pictures, "labels": labels}, training=True)
    share = np.asarray(mixed["labels"])[:, 1]
    np.testing.assert_allclose(np.asarray(mixed["images"])[:, 0, 0, 0] / 255, share, atol=1e-5)


def test_techniques_that_do_not_exist_are_named():
    with pytest.raises(ConfigError) as caught:
        augment.strengths_from_tree({"blur": 1, "flip": -1}, "augment")
    assert len(caught.value.problems) == 2
