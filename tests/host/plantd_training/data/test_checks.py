"""What no training can repair is said before it starts, everything at once."""

import pytest
import yaml
from host.support.drawn_photos import draw_photos

from plantd_calibration.data.photo_lists import read_photos
from plantd_training import cli
from plantd_training.data import checks


@pytest.fixture
def folder(tmp_path):
    return draw_photos(tmp_path / "drawn", each=(2, 1, 1))


def refused(folder, capsys, code=65):
    """What `fit` says of the folder; it writes nothing."""
    out = folder.parent / "out"
    config = folder.parent / "fit.yaml"
    config.write_text(yaml.safe_dump({"trunk": "lite0", "weights": "random", "side_px": 32}))
    words = ["fit", str(config), "--data", str(folder), "--out", str(out)]
    assert cli.main(words) == code
    assert not out.exists()
    return capsys.readouterr().err


def changed(photos, label, **fields):
    return [photo._replace(**fields) if photo.label == label else photo for photo in photos]


def test_sound_photographs_have_neither_problems_nor_gaps(folder):
    photos = read_photos(folder)
    assert checks.problems(photos) == []
    assert checks.gaps(photos) == []


def test_a_folder_without_a_split_names_the_command_that_splits(folder, capsys):
    (folder / "manifest.csv").unlink()
    told = refused(folder / "train", capsys)
    assert "no photograph is in train or val; plantd-train split" in told


def test_a_poison_head_needs_poisonous_photographs(folder, capsys):
    (folder / "manifest.csv").unlink()
    assert "every photograph of train is marked edible" in refused(folder, capsys)


def test_pictures_that_cannot_be_read_are_named_at_once(folder, capsys):
    (folder / "train" / "Bluebell" / "Bluebell_00.jpg").write_bytes(b"no picture")
    (folder / "val" / "foxglove" / "foxglove_00.jpg").write_bytes(b"no picture")
    told = refused(folder, capsys)
    assert "Bluebell_00.jpg: the file is text" in told
    assert "foxglove_00.jpg: the file is text" in told


def test_photographs_that_lie_nowhere_are_named_at_once(folder, capsys):
    (folder / "val" / "foxglove" / "foxglove_00.jpg").unlink()
    (folder / "train" / "Bluebell" / "Bluebell_00.jpg").unlink()
    told = refused(folder, capsys, code=66)
    assert "Bluebell_00.jpg" in told
    assert "foxglove_00.jpg" in told


def test_a_label_that_train_lacks_would_never_be_learned(folder):
    photos = read_photos(folder)
    kept = [p for p in photos if (p.label, p.split) != ("Sunflower", "train")]
    (told,) = checks.problems(kept)
    assert told.startswith("train has no photograph of Sunflower, which lies in test and val")


def test_what_val_cannot_tell_is_a_warning(folder, caplog):
    one = changed(read_photos(folder), "foxglove", split="train")
    checks.check(one)
    assert "val has no poisonous photograph" in caplog.text
    assert "val has no photograph of foxglove" in caplog.text


def test_groups_in_two_splits_are_a_warning(folder):
    (told,) = checks.gaps(changed(read_photos(folder), "Bluebell", group="same plant"))
    assert told.startswith("1 groups lie in more than one split, such as same plant")
