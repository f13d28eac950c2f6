"""Photographs from a manifest or from folders, and the one order of labels."""

import pytest
from host.support.drawn_photos import KINDS, draw_photos

from plantd.errors import PictureError
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import Photo, in_split
from plantd_training.data.photos import labels_of, targets


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


def test_a_label_with_two_flags_is_refused(tmp_path):
    one = Photo(tmp_path / "1.jpg", "Nightshade", True)
    with pytest.raises(PictureError, match="Nightshade is poisonous in some rows"):
        labels_of([one, one._replace(poisonous=False)])
