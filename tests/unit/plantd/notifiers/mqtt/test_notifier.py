"""Verdicts where no broker is; tests/mqtt has a real one."""

import contextlib
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest
from support.verdict_json import verdict_json

from plantd.config import MqttConfig
from plantd.notifiers.mqtt.notifier import Live, Mqtt

TIMEOUT_S = 30


class Watched(Mqtt):
    """Says when it complains."""

    complained: threading.Event

    def _complain(self, trouble: str) -> None:
        super()._complain(trouble)
        if trouble:
            self.complained.set()


@contextlib.contextmanager
def complaining(config: MqttConfig, folder: Path) -> Iterator[Mqtt]:
    made = Watched(config, str(folder))
    made.complained = threading.Event()
    with made:
        assert made.complained.wait(TIMEOUT_S)
        yield made


@contextlib.contextmanager
def nobody() -> Iterator[int]:
    """A port that is taken, and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_where_nobody_is_verdicts_wait_and_the_reason_is_told_without_the_address(
    tmp_path: Path,
) -> None:
    with nobody() as port, complaining(MqttConfig("127.0.0.1", port), tmp_path) as mqtt:
        mqtt.send(verdict_json(1))
        assert not mqtt.status().ok
        told = mqtt.status().detail
        assert "the broker cannot be reached: Connection refused; look at mqtt.host" in told
        assert "127.0.0.1" not in told
    assert Mqtt(MqttConfig("127.0.0.1"), str(tmp_path)).status().waiting == 0
    with nobody() as port, complaining(MqttConfig("127.0.0.1", port), tmp_path) as mqtt:
        assert mqtt.status().waiting == 1


def test_without_the_library_it_is_one_sentence_and_verdicts_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "paho"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "paho", None)
    with complaining(MqttConfig("localhost"), tmp_path) as mqtt:
        assert mqtt.status().detail.startswith("the library paho cannot be used")


def test_a_host_that_hangs_up_is_told(tmp_path: Path) -> None:
    def hang_up() -> None:
        listening.accept()[0].close()

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        closing = threading.Thread(target=hang_up)
        closing.start()
        with complaining(MqttConfig("127.0.0.1", listening.getsockname()[1]), tmp_path) as mqtt:
            assert "hangs up" in mqtt.status().detail or "reset" in mqtt.status().detail
        closing.join()


def test_telemetry_comes_no_oftener_than_it_was_asked_for() -> None:
    reading: Any = {"schema": 1, "type": "telemetry"}
    often, never = Live(3600.0), Live(0.0)
    assert often.take(reading)
    assert [each.topic for each in often.due("h", "t")] == ["h", "t"]
    assert not often.take(reading)
    assert often.due("h", "t") == []
    assert not never.take(reading)
    assert [each.topic for each in never.due("h", "t")] == ["h"]
