"""A name beside those that are taken."""

from pathlib import Path

from plantd.system.durable import free_name


def test_a_name_that_nothing_has_is_free(tmp_path: Path) -> None:
    assert free_name(str(tmp_path / "broken")) == str(tmp_path / "broken")


def test_beside_taken_names_the_next_number_is_free(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    # A link to nothing takes its name too.
    (tmp_path / "broken-2").symlink_to(tmp_path / "nothing")
    assert free_name(str(tmp_path / "broken")) == str(tmp_path / "broken-3")
