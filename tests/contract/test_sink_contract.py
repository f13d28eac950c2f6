"""What every sink keeps."""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Callable, Dict, Iterator

import pytest
from own_sink import DatagramSink
from support.verdict_json import verdict_json

from plantd.config import DisplayConfig, LogConfig, MqttConfig, VoiceConfig
from plantd.notifiers.command_hook import CommandHook
from plantd.notifiers.display.choice import display_from_config
from plantd.notifiers.mqtt.notifier import Mqtt
from plantd.notifiers.queued import QueuedNotifier
from plantd.notifiers.url_hook import UrlHook
from plantd.notifiers.voice import Voice
from plantd.sinks import Sink
from plantd.sinks.log import QUEUE_LENGTH, EventLog
from plantd.sinks.stream import EventStream

NOTIFIERS: Dict[str, Callable[[], QueuedNotifier]] = {
    "a command": lambda: CommandHook("/bin/true", 10.0),
    "a voice without a folder": lambda: Voice(VoiceConfig("wav"), "/does/not/exist"),
    "a display without a folder": lambda: display_from_config(DisplayConfig("png"), "/not/there"),
    "a display on no bus": lambda: display_from_config(DisplayConfig("ssd1306", i2c_bus=255), ""),
    "a broker where nobody is": lambda: Mqtt(MqttConfig("127.0.0.1", 9), "/does/not/exist"),
    "a URL where nobody is": lambda: UrlHook("http://127.0.0.1:9/", 1.0),
}


@pytest.fixture(
    params=[
        "log",
        "log on no disk",
        "stream",
        "stream with a slow listener",
        "the example",
        "a command",
        "a URL where nobody is",
        "a voice without a folder",
        "a display without a folder",
        "a display on no bus",
        "a broker where nobody is",
    ]
)
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    if request.param.startswith("log"):
        folder = tmp_path / "log"
        if request.param == "log on no disk":
            folder.write_bytes(b"a file where the folder should be")
        with EventLog(str(folder / "plantd.ndjson"), LogConfig()) as log:
            yield log
        return
    if request.param == "the example":
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as display:
            display.bind(str(tmp_path / "display"))
            with DatagramSink(str(tmp_path / "display")) as example:
                yield example
        return
    if request.param in NOTIFIERS:
        with NOTIFIERS[request.param]() as notifier:
            yield notifier
        return
    loop = asyncio.new_event_loop()
    with EventStream(4) as stream:
        if request.param == "stream with a slow listener":
            loop.run_until_complete(listen(stream))
        yield stream
    loop.close()


async def listen(stream: EventStream) -> None:
    stream.listen()


def test_an_event_is_taken_at_once(sink: Sink) -> None:
    sink.send(verdict_json(1))
    assert sink.dropped == 0


@pytest.mark.parametrize(
    "event", [{"type": "verdict", "p": float("nan")}, {"type": "state", "x": object()}]
)
def test_what_is_no_json_is_dropped_and_counted(sink: Sink, event: "dict[str, object]") -> None:
    sink.send(event)
    assert sink.dropped == 1


def test_more_than_fits_never_blocks_and_never_raises(sink: Sink) -> None:
    for seq in range(QUEUE_LENGTH * 2):
        sink.send(verdict_json(seq))
    assert 0 <= sink.dropped <= QUEUE_LENGTH * 2


def test_any_thread_may_send(sink: Sink) -> None:
    def send() -> None:
        for seq in range(100):
            sink.send(verdict_json(seq))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert sink.dropped >= 0


def test_closing_twice_is_fine(sink: Sink) -> None:
    sink.send(verdict_json(1))
    sink.close()
    sink.close()


def test_what_comes_after_closing_is_dropped_and_counted(sink: Sink) -> None:
    sink.close()
    before = sink.dropped
    sink.send(verdict_json(1))
    assert sink.dropped == before + 1
