"""An appliance without camera, engine or disk: what the API's tests ask."""

import asyncio
import threading
from typing import Any, Dict, List, Optional, Tuple

from plantd.api.appliance import Appliance, Check, View
from plantd.api.stick_news import StickNews
from plantd.errors import NotFoundError, PictureError, PlantdError
from support.verdict_json import JPEG, PNG, WALL, verdict_json

Json = Dict[str, Any]


class FakeAppliance(Appliance):
    """Answers from memory; a test sets what should go wrong.

    Attributes:
        fault: raised by every coroutine while it is set.
        recorded: the record, ascending.
        labels: what a person said, by number.
        classified: the bodies that were sent in.
        checks: what health() returns.
        sticks: what was told of sticks.
        pressed: what is_answering_press() says; statuses: what it said at each call of status().
        status_may_end: status() waits for it; open unless a test closes it.
        status_json, hello_json: what status() and hello() return.
        overlaid_seq: the answer that overlay() has.
        picture_faults: what view() says is wrong; views, thumbnails: what was asked for.
        reads: picture() waits for it, as for a disk; open unless a test closes it.
        reads_begun, most_reads: told by picture(): each that began, how many at a time.
        gate: capture() waits for it; open unless a test closes it.
        captures_begun, captures_done: set by capture().
    """

    def __init__(self) -> None:
        self.fault: Optional[Exception] = None
        self.recorded: List[Json] = []
        self.classified: List[bytes] = []
        self.labels: Dict[int, Json] = {}
        self.checks = [Check("camera", "ok", "a frame 41 ms ago")]
        self.models: List[Tuple[str, Optional[str]]] = []
        self.sticks: List[StickNews] = []
        self.pressed = False
        self.statuses: List[bool] = []
        self.status_may_end = threading.Event()
        self.status_may_end.set()
        self.status_json: Json = {"state": "HEALTHY"}
        self.hello_json: Json = {"model": "tiny 1.0.0", "labels": ["a", "b"]}
        self.picture_faults: Tuple[str, ...] = ()
        self.views = 0
        self.overlaid_seq: Optional[int] = None
        self.thumbnails: List[int] = []
        self.reads = threading.Event()
        self.reads.set()
        self.reads_begun = threading.Semaphore(0)
        self.most_reads = 0
        self._reading = 0
        self.gate = threading.Event()
        self.gate.set()
        self.captures_begun = threading.Event()
        self.captures_done = threading.Event()

    def record(self, count: int) -> None:
        """Fill the record with `count` verdicts."""
        self.recorded = [verdict_json(seq) for seq in range(1, count + 1)]

    def hello(self) -> Json:
        return self.hello_json

    def status(self) -> Json:
        self.statuses.append(self.pressed)
        assert self.status_may_end.wait(30)
        return self.status_json

    def health(self) -> List[Check]:
        return self.checks

    def is_answering_press(self) -> bool:
        return self.pressed

    async def capture(self) -> Json:
        self._check()
        self.captures_begun.set()
        loop = asyncio.get_event_loop()
        await loop.run_in_executor(None, self.gate.wait, 30)
        self.captures_done.set()
        return verdict_json(7, trigger="api")

    async def classify(self, data: bytes) -> Json:
        self._check()
        self.classified.append(data)
        if not data.startswith((b"\xff\xd8", b"\x89PNG")):
            raise PictureError("these bytes are no picture; expected a JPEG or PNG")
        return verdict_json(8, trigger="api")

    async def frame_jpeg(self) -> bytes:
        self._check()
        return JPEG

    async def verdicts(self, after: int, limit: int, newest: bool = False) -> List[Json]:
        self._check()
        found = [verdict for verdict in self.recorded if verdict["seq"] > after]
        return found[-limit:] if newest else found[:limit]

    async def older(self, before: int, limit: int, answer: str = "") -> List[Json]:
        self._check()
        found = [each for each in reversed(self.recorded) if each["seq"] < before]
        return [each for each in found if answer in ("", each["verdict"])][:limit]

    async def view(self) -> View:
        self._check()
        self.views += 1
        return View(JPEG, self.picture_faults)

    async def thumbnail(self, seq: int) -> bytes:
        self.thumbnails.append(seq)
        return await self.picture(seq)

    async def overlay(self, seq: int) -> bytes:
        if seq != self.overlaid_seq:
            raise NotFoundError("not kept")
        return JPEG

    def overlaid(self) -> Optional[int]:
        return self.overlaid_seq

    async def verdict(self, seq: int) -> Json:
        self._check()
        for verdict in self.recorded:
            if verdict["seq"] == seq:
                return verdict
        raise NotFoundError("no verdict {} in the record".format(seq))

    def stick(self, told: StickNews) -> Json:
        self._check()
        self.sticks.append(told)
        return told.to_json()

    async def review(self, before: int, limit: int, again: bool = False) -> List[Json]:
        found = await self.older(before, len(self.recorded))
        told = [
            {**each, "label": self.labels.get(each["seq"]), "picture_path": "/p/1.jpg"}
            for each in found
        ]
        return [each for each in told if again or each["label"] is None][:limit]

    async def label(self, seq: int, label: str, by: str) -> Json:
        await self.verdict(seq)
        said = {"label": label, "poisonous": None, "by": by, "wall": WALL, "clock": "synchronised"}
        self.labels[seq] = said
        return said

    async def picture(self, seq: int) -> bytes:
        await self.verdict(seq)
        self._reading += 1
        self.most_reads = max(self.most_reads, self._reading)
        self.reads_begun.release()
        await asyncio.get_event_loop().run_in_executor(None, self.reads.wait, 30)
        self._reading -= 1
        return JPEG

    async def tensor_picture(self, seq: int) -> bytes:
        await self.verdict(seq)
        return PNG

    async def model(self, action: str, name: Optional[str]) -> Json:
        self._check()
        self.models.append((action, name))
        return {"model": name or "tiny 0.9.0"}

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault


def fault(kind: type, message: str = "told to fail") -> PlantdError:
    """Return an error of one kind, for FakeAppliance.fault."""
    error = kind(message)
    assert isinstance(error, PlantdError)
    return error
