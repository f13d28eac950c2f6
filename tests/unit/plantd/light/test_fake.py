"""The fake light remembers, and tells who asks through its socket."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import List

import pytest

from plantd.config import LightConfig, PathsConfig
from plantd.errors import NotFoundError, UnavailableError
from plantd.light import Pattern, light_from_config
from plantd.light.fake import FakeOutput
from plantd.light.fake_client import history, main
from plantd.light.output import LightOutput, LightState
from plantd.light.player import LightPlayer
from plantd.system.control_socket import ask

PRESS = [Pattern.ACKNOWLEDGED, Pattern.POISONOUS]


def play(path: str, patterns: List[Pattern]) -> LightPlayer:
    light = LightPlayer(FakeOutput(path), answer_s=60.0)
    light.open()
    for pattern in patterns:
        light.show(pattern)
    return light


def wait_for(path: str, count: int) -> List[str]:
    ticks = threading.Event()
    for _ in range(1000):
        shown = [pattern for _, pattern in history(path)]
        if len(shown) >= count:
            return shown
        ticks.wait(0.01)
    raise AssertionError("only {} were shown".format(shown))


def test_every_pattern_is_shown_in_order_however_soon_the_next_follows(tmp_path: Path) -> None:
    path = str(tmp_path / "light.sock")
    light = play(path, [Pattern.NO_CAMERA] + PRESS * 20)
    shown = wait_for(path, 42)
    assert shown == ["off", "no_camera"] + [pattern.value for pattern in PRESS] * 20
    light.close()


def test_the_end_of_an_answer_is_remembered_with_its_time(tmp_path: Path) -> None:
    path = str(tmp_path / "light.sock")
    light = LightPlayer(FakeOutput(path), answer_s=0.05)
    with light:
        light.show(Pattern.READY)
        light.show(Pattern.EDIBLE)
        assert wait_for(path, 4)[-1] == "ready"
        times = [at for at, _ in history(path)]
        assert times == sorted(times)
        assert times[3] - times[2] >= 0.04


def test_the_command_prints_what_was_shown(tmp_path: Path) -> None:
    paths = PathsConfig(run=str(tmp_path))
    with light_from_config(LightConfig(driver="fake"), paths) as light:
        light.show(Pattern.READY)
        wait_for(paths.run + "/light.sock", 2)
        command = [
            sys.executable,
            "-m",
            "plantd.light.fake_client",
            "--socket",
            paths.run + "/light.sock",
        ]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
        lines = subprocess.check_output(command, env=environment).decode().splitlines()
    assert [line.split()[1] for line in lines] == ["off", "ready"]


def test_nobody_there_is_said_with_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--socket", str(tmp_path / "light.sock")]) == NotFoundError.exit_code
    assert "no control socket" in capsys.readouterr().err


def test_an_unknown_message_is_answered(tmp_path: Path) -> None:
    path = str(tmp_path / "light.sock")
    light = play(path, [])
    assert "unknown message" in ask(path, "\xff nonsense")
    light.close()


class BrokenBulbs(LightOutput):
    """LightOutput whose chip is gone."""

    def __init__(self) -> None:
        self.switched = threading.Event()

    def open(self) -> None: ...

    def close(self) -> None: ...

    def switch(self, scene: LightState) -> None:
        if scene.pattern == Pattern.READY:
            self.switched.set()
        raise UnavailableError("the GPIO line is gone: No such device")


def test_a_light_that_breaks_is_logged_once_and_never_raises(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bulbs = BrokenBulbs()
    with LightPlayer(bulbs, answer_s=1.0) as light:
        light.show(Pattern.FAULT)
        light.show(Pattern.READY)
        assert bulbs.switched.wait(10.0)
        assert light.showing() == Pattern.READY
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["the light cannot show off: the GPIO line is gone: No such device"]
