"""The highest number, kept in place."""

from pathlib import Path

import pytest

from plantd.sinks.recording.recovery.number_file import NumberFile


def test_the_highest_number_is_kept(tmp_path: Path) -> None:
    kept = NumberFile(str(tmp_path / "n"))
    for number in (3, 7, 5):
        kept.keep(number)
    assert NumberFile(str(tmp_path / "n")).read() == 7


@pytest.mark.parametrize("damage", [b"", b"7", b"0" * 20 + b" 00000000\n", b"\0" * 30])
def test_a_number_that_does_not_fit_its_checksum_is_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "n").write_bytes(damage)
    assert NumberFile(str(tmp_path / "n")).read() == 0


def test_a_file_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    kept = NumberFile(str(tmp_path / "n"))
    kept.keep(7)
    (tmp_path / "n").unlink()
    kept.keep(7)
    assert NumberFile(str(tmp_path / "n")).read() == 7
