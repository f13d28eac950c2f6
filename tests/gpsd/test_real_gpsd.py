"""Debian's gpsd, fed with a receiver's sentences, before the reader and a whole service."""

import contextlib
import os
import pty
import shutil
import subprocess
import threading
import time
import tty
from datetime import datetime, timezone
from functools import reduce
from typing import Callable, Iterator

import pytest
from running import free_port
from support.edible_box import edible_box

from plantd.place.gpsd_address import GpsdAddress
from plantd.place.position_reader import PositionReader, greeting
from plantd.place.regions import AUSTRALASIA, EUROPE

GPSD = shutil.which("gpsd", path=os.environ.get("PATH", "") + ":/usr/sbin")
PATIENCE_S = 30.0


class Receiver:
    """A receiver at the end of a terminal; says each tenth of a second where it is."""

    def __init__(self) -> None:
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        self._theirs = theirs
        self.at = ("5230.740", "N", "01324.740", "E")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)
        for end in (self._ours, self._theirs):
            os.close(end)

    def _tell(self) -> None:
        while not self._stop.wait(0.1):
            now = datetime.now(timezone.utc)
            clock, day = now.strftime("%H%M%S.00"), now.strftime("%d%m%y")
            where = ",".join(self.at)
            rmc = "GPRMC,{},A,{},0.0,0.0,{},,,A".format(clock, where, day)
            gga = "GPGGA,{},{},1,08,1.0,40.0,M,45.0,M,,".format(clock, where)
            os.write(self._ours, sentence(rmc) + sentence(gga))


def sentence(text: str) -> bytes:
    """Return one sentence of NMEA 0183 with its checksum."""
    check = reduce(lambda total, byte: total ^ byte, text.encode(), 0)
    return "${}*{:02X}\r\n".format(text, check).encode()


@contextlib.contextmanager
def running_gpsd(port: int, receiver: Receiver) -> Iterator["subprocess.Popen[bytes]"]:
    assert GPSD, "gpsd is not installed: make gpsd installs it"
    process = subprocess.Popen([GPSD, "-N", "-n", "-S", str(port), receiver.path])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def wait_until(holds: Callable[[], bool]) -> None:
    """Return once it holds."""
    until = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < until, "it never came"
        pause.wait(0.05)


def test_the_reader_finds_the_place_again_after_gpsd_was_killed(receiver: Receiver) -> None:
    port = free_port()
    reader = PositionReader(GpsdAddress("127.0.0.1", port), again_s=0.1)
    reader.start()
    try:
        with running_gpsd(port, receiver) as gpsd:
            wait_until(lambda: reader.fix is not None and reader.fix.spot.regions == (EUROPE,))
            assert greeting(GpsdAddress("127.0.0.1", port))[0] == "3"
            gpsd.kill()
            wait_until(lambda: "refused" in reader.trouble)
        receiver.at = ("3354.740", "S", "15112.740", "E")
        with running_gpsd(port, receiver):
            wait_until(lambda: reader.fix is not None and reader.fix.spot.regions == (AUSTRALASIA,))
    finally:
        reader.close()


def test_a_whole_service_calls_nothing_edible_where_it_does_not_grow(receiver: Receiver) -> None:
    """The plant before the box grows in the Pacific region alone; the receiver is in Berlin."""
    port = free_port()
    with running_gpsd(port, receiver), edible_box(
        place={"gpsd": "127.0.0.1:{}".format(port)}
    ) as service:
        wait_until(lambda: service.client.get("/v1/status")["place"]["by"] == "gpsd")
        verdict = service.client.post("/v1/capture")
        told = service.client.get("/v1/status")["place"]
    assert (verdict["verdict"], verdict["rule"]) == ("unsure", "out_of_place")
    assert verdict["place"] == {"regions": [EUROPE], "month": None}
    assert told["regions"] == [EUROPE]
