"""Hidden files are no pictures, wherever a folder is listed."""

import pytest

from plantd import picture_names


@pytest.mark.parametrize("path", ["a.jpg", "B.JPEG", "ivy/c.Png", "train/ivy/a.b.jpg"])
def test_a_picture_is_known_by_its_ending(path: str) -> None:
    assert picture_names.is_picture(*path.split("/"))


@pytest.mark.parametrize(
    "path",
    ["._a.jpg", ".hidden.png", "ivy/._c.jpg", ".Trashes/a.jpg", "__MACOSX/ivy/a.jpg"]
    + ["Thumbs.db", ".DS_Store", "a.jpg.txt", "jpg"],
)
def test_what_is_hidden_or_ends_otherwise_is_none(path: str) -> None:
    assert not picture_names.is_picture(*path.split("/"))


def test_the_pictures_of_a_folder_come_in_order() -> None:
    names = ["b.png", "._a.jpg", "a.jpg", "c.JPG", "notes.txt"]
    assert picture_names.pictures_among(names) == ["a.jpg", "b.png", "c.JPG"]
    assert picture_names.pictures_among(names, picture_names.JPEG_SUFFIXES) == ["a.jpg", "c.JPG"]
