from pathlib import Path

import pytest

from plantd.camera.job import CaptureJob
from plantd.camera.preparing import MAX_LINKS, links_for, prepare
from plantd.config.forms.camera_source import FOLDER
from plantd.errors import CameraError


def test_pictures_are_shown_in_order_each_for_its_while() -> None:
    assert links_for(["b.jpg", "a.JPEG"], hold_s=0.2, fps=10) == [
        "a.JPEG",
        "a.JPEG",
        "b.jpg",
        "b.jpg",
    ]


def test_what_is_no_jpeg_or_hidden_is_left_out() -> None:
    assert links_for(["a.png", ".b.jpg", "c.txt"], hold_s=1.0, fps=10) == []


def test_each_picture_is_shown_at_least_once() -> None:
    assert links_for(["a.jpg"], hold_s=0.001, fps=1) == ["a.jpg"]


def test_many_pictures_are_held_a_shorter_while() -> None:
    names = ["{}.jpg".format(number) for number in range(4000)]
    assert len(links_for(names, hold_s=60.0, fps=30)) == 8000 <= MAX_LINKS


def test_a_file_that_by_its_name_is_neither_picture_nor_video_is_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "leaf.webp"
    path.write_bytes(b"RIFF")
    job = CaptureJob(
        ("",), 0, 0, 0, 1, False, 1.0, True, 0, FOLDER, str(path), str(tmp_path), 64, 48, 10, 1.0, 0
    )
    with pytest.raises(CameraError) as refused:
        prepare(job)
    assert str(refused.value).startswith(
        "{} is a file, and by its name neither a picture nor a video".format(path)
    )
    assert ".png, " in str(refused.value)
