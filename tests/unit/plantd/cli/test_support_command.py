"""What a configuration names, for whoever takes it out of a support bundle."""

from pathlib import Path

from plantd.cli.support_command import named_folders
from plantd.config import file


def test_a_folder_of_pictures_is_named_as_written_and_as_errors_have_it(tmp_path: Path) -> None:
    path = tmp_path / "plantd.yaml"
    path.write_text("camera:\n  source: file:///data/Ann%20Example/oaks?hold_s=5\n")
    named = named_folders(file.load(str(path)))
    assert {"/data/Ann Example/oaks", "/data/Ann Example", "/data/Ann%20Example"} <= set(named)
    assert str(tmp_path) in named


def test_without_a_configuration_none_is_named() -> None:
    assert named_folders(None) == []
