"""Root does what is on its list, not too often, and nothing else."""

import os
import stat
from pathlib import Path
from typing import List, Tuple

import pytest

from plantd.errors import EX_DATAERR, EX_OK, EX_TEMPFAIL
from plantd.system.root_requests import (
    FILE_NAME,
    GRANTS,
    POWER_OFF,
    RESTART_NVARGUS,
    RootRequests,
    consume,
    main,
    may,
)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tuple[str, str, Path]:
    """The run directory, root's stamps, and what a stand-in for systemctl was called with."""
    for name in ("run", "stamps", "bin"):
        (tmp_path / name).mkdir()
    calls = tmp_path / "calls"
    program = tmp_path / "bin" / "systemctl"
    program.write_text('#!/bin/sh\necho "$@" >>{}\n'.format(calls))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "{}:{}".format(tmp_path / "bin", os.environ["PATH"]))
    return str(tmp_path / "run"), str(tmp_path / "stamps"), calls


def called(calls: Path) -> List[str]:
    return calls.read_text().splitlines() if calls.exists() else []


@pytest.mark.parametrize(
    ("request_name", "ends"),
    [(RESTART_NVARGUS, "restart nvargus-daemon.service"), (POWER_OFF, "poweroff")],
)
def test_a_request_is_done_once(
    places: Tuple[str, str, Path], request_name: str, ends: str
) -> None:
    run, stamps, calls = places
    RootRequests(run).ask(request_name)
    assert main(run, stamps) == EX_OK
    assert len(called(calls)) == 1
    assert called(calls)[0].endswith(ends)
    assert os.listdir(run) == []
    assert main(run, stamps) == EX_OK
    assert len(called(calls)) == 1


def test_a_request_too_soon_is_refused_and_consumed(
    places: Tuple[str, str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run, stamps, calls = places
    for _ in range(2):
        RootRequests(run).ask(POWER_OFF)
        code = main(run, stamps)
    assert code == EX_TEMPFAIL
    assert "was done less than 60 s ago" in capsys.readouterr().err
    assert len(called(calls)) == 1
    assert os.listdir(run) == []


def test_the_limit_of_one_does_not_hold_back_the_other(places: Tuple[str, str, Path]) -> None:
    run, stamps, calls = places
    for name in (RESTART_NVARGUS, POWER_OFF):
        RootRequests(run).ask(name)
        assert main(run, stamps) == EX_OK
    assert len(called(calls)) == 2


def test_a_request_may_come_again_after_its_time() -> None:
    every_s = GRANTS[RESTART_NVARGUS].every_s
    assert may(RESTART_NVARGUS, None, 0.0)
    assert not may(RESTART_NVARGUS, 10.0, 10.0 + every_s - 0.1)
    assert may(RESTART_NVARGUS, 10.0, 10.0 + every_s)


@pytest.mark.parametrize(
    "text",
    ["", "reboot", "poweroff; rm -rf /", "restart ssh", "poweroff" + " " * 60 + "x", "\udcff" * 40],
)
def test_anything_else_is_refused_and_consumed(
    places: Tuple[str, str, Path], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run, stamps, calls = places
    with open(os.path.join(run, FILE_NAME), "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
    code = main(run, stamps)
    assert code == EX_DATAERR
    assert "refused:" in capsys.readouterr().err
    assert called(calls) == []
    assert os.listdir(run) == []


def test_a_link_is_removed_and_not_followed(places: Tuple[str, str, Path], tmp_path: Path) -> None:
    run, stamps, calls = places
    (tmp_path / "elsewhere").write_text(POWER_OFF)
    os.symlink(str(tmp_path / "elsewhere"), os.path.join(run, FILE_NAME))
    assert main(run, stamps) == EX_OK
    assert called(calls) == []
    assert os.listdir(run) == []
    assert (tmp_path / "elsewhere").exists()


def test_a_pipe_is_removed_without_waiting_for_it(places: Tuple[str, str, Path]) -> None:
    run, stamps, calls = places
    os.mkfifo(os.path.join(run, FILE_NAME))
    assert main(run, stamps) == EX_OK
    assert called(calls) == []
    assert os.listdir(run) == []


def test_a_damaged_stamp_is_no_stamp(places: Tuple[str, str, Path]) -> None:
    run, stamps, calls = places
    Path(stamps, POWER_OFF).write_text("nonsense")
    RootRequests(run).ask(POWER_OFF)
    assert main(run, stamps) == EX_OK
    assert len(called(calls)) == 1


def test_no_request_is_nothing(places: Tuple[str, str, Path]) -> None:
    run, _, _ = places
    assert consume(run) is None


def test_a_request_is_whole_when_it_appears(places: Tuple[str, str, Path]) -> None:
    run, _, _ = places
    RootRequests(run).ask(POWER_OFF)
    assert os.listdir(run) == [FILE_NAME]
    assert stat.S_ISREG(os.lstat(os.path.join(run, FILE_NAME)).st_mode)
    assert consume(run) == POWER_OFF


def test_a_run_directory_that_is_gone_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    RootRequests(str(tmp_path / "gone")).ask(POWER_OFF)
    assert "root cannot be asked for poweroff" in caplog.text


def test_asking_for_something_else_is_our_own_bug(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        RootRequests(str(tmp_path)).ask("reboot")
