"""A bundle says which photographs it learned from: a file is known again wherever it lies."""

from host.support.drawn_photos import draw_photos
from support import tiny_bundle

from plantd.bundle.photographs import LEARNED, TUNED
from plantd_calibration.data import marks
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import fingerprint, in_split


def taught(folder):
    photos = read_photos(draw_photos(folder, each=(2, 1, 1), side_px=32))
    train = in_split(photos, "train")
    sets = (marks.photograph_set("train", LEARNED, train),)
    return photos, train, tiny_bundle.manifest()._replace(photographs=sets)


def test_what_was_learned_from_is_known_again_under_any_name(tmp_path):
    _, train, manifest = taught(tmp_path / "drawn")
    copy = tmp_path / "renamed.jpg"
    copy.write_bytes(train[0].path.read_bytes())
    assert marks.learned_from(manifest, [train[0]._replace(path=copy)]).tolist() == [True]


def test_what_was_not_learned_from_is_not_marked(tmp_path):
    photos, train, manifest = taught(tmp_path / "drawn")
    rest = [photo for photo in photos if photo not in train]
    assert not marks.learned_from(manifest, rest).any()
    assert marks.learned_from(manifest, train).all()


def test_a_model_that_says_nothing_has_learned_from_nothing_that_is_known(tmp_path):
    photos, _, _ = taught(tmp_path / "drawn")
    assert not marks.learned_from(tiny_bundle.manifest(), photos).any()


def test_what_thresholds_were_chosen_on_takes_the_place_of_older_words(tmp_path):
    photos, train, manifest = taught(tmp_path / "drawn")
    val = in_split(photos, "val")
    first = marks.with_tuned(manifest, [("val", val)])
    second = marks.with_tuned(first, [("train", train)])
    assert [(each.name, each.use) for each in first.photographs] == [
        ("train", LEARNED),
        ("val", TUNED),
    ]
    assert [each.name for each in second.photographs] == ["train", "train"]
    assert second.photographs[1].fingerprint == fingerprint(train)


def test_marks_that_learned_sets_have_are_not_written_twice(tmp_path):
    photos, train, manifest = taught(tmp_path / "drawn")
    found = marks.with_tuned(manifest, [("train", train), ("val", in_split(photos, "val"))])
    assert found.photographs[1].marks == ""
    assert len(found.photographs[2].marks) == 8 * found.photographs[2].n
