"""The hand and the fake button, through the real socket."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator, List, Optional

import pytest

from plantd.button.debounce import DebounceSettings
from plantd.button.debounced import DebouncedButton
from plantd.button.fake import FakeLine
from plantd.button.fake_client import FakeButtonClient, main
from plantd.button.interface import Press
from plantd.errors import ButtonError, NotFoundError, UnavailableError, UsageError
from plantd.system.control_socket import ask

SETTINGS = DebounceSettings(stable_s=0.01)


class Watched:
    """A fake button that a thread waits on, as in the service."""

    def __init__(self, path: str) -> None:
        self.presses: List[Press] = []
        self.pressed = threading.Event()
        self.counted = threading.Semaphore(0)
        self.button = DebouncedButton(FakeLine(path), SETTINGS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.button.open()
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            press: Optional[Press] = self.button.wait(60.0)
            if press is not None:
                self.presses.append(press)
                self.pressed.set()
                self.counted.release()

    def close(self) -> None:
        self._stop.set()
        self.button.wake()
        self._thread.join()
        self.button.close()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "button.sock")


@pytest.fixture
def watched(path: str) -> Iterator[Watched]:
    there = Watched(path)
    yield there
    there.close()


def test_a_finger_presses_and_releases(watched: Watched, path: str) -> None:
    held: List[float] = []

    def hold(seconds: float) -> None:
        held.append(seconds)
        assert watched.pressed.wait(10.0)

    finger = FakeButtonClient(path, sleep=hold)
    finger.press(hold_s=0.5)
    assert held == [0.5]
    assert len(watched.presses) == 1


def test_two_presses_at_once_are_two(watched: Watched, path: str) -> None:
    finger = FakeButtonClient(path)
    for _ in range(2):
        finger.press()
    assert watched.counted.acquire(timeout=10.0)
    assert watched.counted.acquire(timeout=10.0)


def test_the_command_presses_a_button(watched: Watched, path: str) -> None:
    command = [sys.executable, "-m", "plantd.button.fake_client", "--socket", path, "press"]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    assert subprocess.call(command, env=environment) == 0
    assert watched.pressed.wait(10.0)


@pytest.mark.parametrize("move", ["bounce", "float", "release"])
def test_other_moves_are_taken_and_are_no_press(watched: Watched, path: str, move: str) -> None:
    assert main(["--socket", path, move]) == 0
    assert watched.presses == []


def test_hold_presses_and_stays(watched: Watched, path: str) -> None:
    assert main(["--socket", path, "hold"]) == 0
    assert watched.pressed.wait(10.0)


def test_an_unknown_message_is_answered_and_changes_nothing(watched: Watched, path: str) -> None:
    assert ask(path, "\x00 nonsense " * 100).startswith("error: unknown message")
    with pytest.raises(UsageError, match="the button answered .error"):
        FakeButtonClient(path).send("nonsense")
    assert watched.presses == []
    assert watched.button.status().ok


def test_nobody_there_is_said_with_the_exit_code(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--socket", path, "press"]) == NotFoundError.exit_code
    assert "no control socket" in capsys.readouterr().err


def test_a_button_that_does_not_answer_is_said(path: str) -> None:
    line = FakeLine(path)
    line.open()
    with pytest.raises(UnavailableError, match=r"nobody answered on .* within 0\.05 s"):
        ask(path, "press", timeout_s=0.05)
    line.close()


def test_a_socket_left_behind_is_replaced(path: str, tmp_path: Path) -> None:
    first = FakeLine(path)
    first.open()
    os.rename(path, str(tmp_path / "kept"))
    first.close()
    os.rename(str(tmp_path / "kept"), path)
    second = FakeLine(path)
    assert second.open() is False
    second.close()


def test_a_socket_in_use_is_left_alone(watched: Watched, path: str) -> None:
    with pytest.raises(ButtonError, match="in use by another program"):
        FakeLine(path).open()
    assert ask(path, "release") == "ok"


def test_a_missing_directory_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ButtonError, match="cannot be made: No such file or directory"):
        FakeLine(str(tmp_path / "missing" / "button.sock")).open()


def test_only_owner_and_group_may_press(watched: Watched, path: str) -> None:
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660


def test_closing_removes_the_socket(path: str) -> None:
    Watched(path).close()
    assert not os.path.exists(path)
