"""The real API server on a real Unix socket, before an appliance that answers what a test says."""

import asyncio
import grp
import os
import threading
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, Optional

from plantd.api.appliance import Appliance, Check, View
from plantd.api.server import ApiServer
from plantd.api.stick_news import StickNews
from plantd.config import ApiConfig, Config, PathsConfig
from plantd.errors import NotFoundError, PictureError
from plantd.sinks.stream import EventStream
from support import wire_samples as samples

Json = Dict[str, Any]

WAIT_S = 20.0
PICTURE = b"\xff\xd8\xff a picture"


class Answers(Appliance):
    """Knows some verdicts, takes PICTURE for a picture, and fails where a test says so."""

    def __init__(self) -> None:
        self.known: Dict[int, Json] = {seq: samples.verdict(seq) for seq in (1040, 1041)}
        self.status_json = samples.status()
        self.hello_json = {"schema": 1, "model": samples.model(), "engine": None}
        self.checks: List[Check] = []
        self.error: Optional[Exception] = None
        self.asked: List[bytes] = []
        self.labels: Dict[int, Json] = {}
        self.capturing = threading.Event()
        self.capture_may_end: Optional[asyncio.Event] = None

    def hello(self) -> Json:
        return self.hello_json

    def status(self) -> Json:
        return self.status_json

    def health(self) -> List[Check]:
        return self.checks

    def is_answering_press(self) -> bool:
        return False

    async def capture(self) -> Json:
        self.capturing.set()
        if self.capture_may_end is not None:
            await self.capture_may_end.wait()
        return self._answer(samples.verdict(1042, samples.UNCLEAR, calibrated=False))

    async def classify(self, data: bytes) -> Json:
        self.asked.append(data)
        if data != PICTURE:
            raise PictureError("the data is not a JPEG or PNG; expected one of these")
        seq = 1042 + len(self.asked)
        return self._answer(samples.verdict(seq, samples.EDIBLE, trigger="classify"))

    async def frame_jpeg(self) -> bytes:
        return PICTURE

    async def verdicts(self, after: int, limit: int, newest: bool = False) -> List[Json]:
        found = [self.known[seq] for seq in sorted(self.known) if seq > after]
        return found[-limit:] if newest else found[:limit]

    async def older(self, before: int, limit: int, answer: str = "") -> List[Json]:
        return [self.known[seq] for seq in sorted(self.known, reverse=True) if seq < before][:limit]

    def stick(self, told: StickNews) -> Json:
        return self._answer(told.to_json())

    async def view(self) -> View:
        return View(PICTURE, ())

    async def thumbnail(self, seq: int) -> bytes:
        return PICTURE

    async def overlay(self, seq: int) -> bytes:
        raise NotFoundError("not kept")

    def overlaid(self) -> Optional[int]:
        return None

    async def verdict(self, seq: int) -> Json:
        if seq not in self.known:
            raise NotFoundError("there is no verdict {}".format(seq))
        return self.known[seq]

    async def review(self, before: int, limit: int, again: bool = False) -> List[Json]:
        return [
            {**each, "label": self.labels.get(each["seq"]), "picture_path": "/var/p/1.jpg"}
            for each in await self.older(before, len(self.known))
            if again or each["seq"] not in self.labels
        ][:limit]

    async def label(self, seq: int, label: str, by: str) -> Json:
        await self.verdict(seq)
        self.labels[seq] = {
            **{"label": label, "poisonous": None, "by": by},
            **{"wall": "2026-06-02T08:00:00Z", "clock": "synchronised"},
        }
        return self.labels[seq]

    async def picture(self, seq: int) -> bytes:
        return PICTURE

    async def tensor_picture(self, seq: int) -> bytes:
        return PICTURE

    async def model(self, action: str, name: Optional[str]) -> Json:
        return {}

    def _answer(self, verdict: Json) -> Json:
        if self.error is not None:
            raise self.error
        return verdict


class AnsweringService:
    """Serves `answers` in a thread of its own; `send` puts an event into the stream."""

    def __init__(self, folder: Path) -> None:
        self.answers = Answers()
        self._config = Config(
            paths=PathsConfig(run=str(folder)),
            api=ApiConfig(group=grp.getgrgid(os.getgid()).gr_name, heartbeat_s=0.2),
        )
        self.socket = self._config.socket_path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="service")

    def __enter__(self) -> "AnsweringService":
        self._thread.start()
        self._run(self._start)
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._server.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    def send(self, event: Json) -> None:
        """Send one event to whoever listens."""
        self._stream.send(event)

    def stop(self) -> None:
        """Stop serving, as a service that ends does."""
        self._run(self._server.stop)

    async def _start(self) -> None:
        self._stream = EventStream()
        self._server = ApiServer(self.answers, self._stream, self._config)
        await self._server.start()

    def _run(self, job: Callable[[], Awaitable[None]]) -> None:
        async def wrapped() -> None:
            await job()

        asyncio.run_coroutine_threadsafe(wrapped(), self._loop).result(WAIT_S)
