"""What a stick holds: only what lies in its folder `plantd`, and no link is followed."""

import os
from pathlib import Path

from support import tiny_bundle

from plantd.stick.contents import contents_of_stick


def test_a_stick_with_other_things_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    (tmp_path / "tiny-1.0.0.tar.gz").write_bytes(b"")
    assert contents_of_stick(str(tmp_path)) == ([], "")


def test_models_are_directories_and_archives(tmp_path: Path) -> None:
    folder = tmp_path / "plantd"
    tiny_bundle.make(str(folder / "tiny"))
    (folder / "tiny-2.0.0.tar.gz").write_bytes(b"")
    (folder / "._tiny-2.0.0.tar.gz").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    (folder / "photos").mkdir()
    found = contents_of_stick(str(tmp_path)).models
    assert found == [str(folder / "tiny"), str(folder / "tiny-2.0.0.tar.gz")]


def test_a_repository_is_told_from_models(tmp_path: Path) -> None:
    release = tmp_path / "plantd" / "dists" / "stable" / "InRelease"
    release.parent.mkdir(parents=True)
    release.write_bytes(b"")
    assert contents_of_stick(str(tmp_path)) == ([], str(tmp_path / "plantd"))


def test_links_lead_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "box" / "tiny"
    tiny_bundle.make(str(inside))
    stick = tmp_path / "stick"
    (stick / "plantd").mkdir(parents=True)
    os.symlink(str(inside), str(stick / "plantd" / "tiny"))
    other = tmp_path / "other"
    other.mkdir()
    os.symlink(str(inside.parent), str(other / "plantd"))
    assert contents_of_stick(str(stick)) == ([], "")
    assert contents_of_stick(str(other)) == ([], "")
