"""plantd-cli metrics: the figures on the terminal, or in a file that is whole at every moment."""

from pathlib import Path

import pytest
from support.answering_service import AnsweringService

from plantd.cli import program
from plantd.errors import EX_CANTCREAT, EX_OK


@pytest.fixture
def socket(tmp_path: Path):
    with AnsweringService(tmp_path) as service:
        yield service.socket


def run(*arguments: str) -> int:
    return int(program.main(["metrics", *arguments]))


def test_the_figures_are_printed(socket: str, capsys: pytest.CaptureFixture) -> None:
    assert run("--socket", socket) == EX_OK
    assert "plantd_camera_frames_total 241000.0" in capsys.readouterr().out


def test_the_textfile_is_replaced_as_a_whole(socket: str, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    path = folder / "plantd.prom"
    path.write_text("old")
    assert run("--socket", socket, "--textfile", str(path)) == EX_OK
    assert "plantd_camera_frames_total 241000.0" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in folder.iterdir()] == ["plantd.prom"]


def test_a_folder_that_is_not_there_is_said(
    socket: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "none" / "plantd.prom"
    assert run("--socket", socket, "--textfile", str(path)) == EX_CANTCREAT
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
