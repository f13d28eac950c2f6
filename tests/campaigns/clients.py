"""A whole service under clients that are dead, slow, greedy or wrong, and fingers that press."""

import json
import os
import random
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable, Dict, List

from running import RunningService
from support import tiny_bundle
from support.picture_bytes import drawn, jpeg

from plantd.errors import PlantdError
from plantd.telemetry.processes import rss_mb

CLIENTS = 32
PRESSES = 10
PATIENCE_S = 60.0
AGAIN_S = 10.0


def clients(chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Press the button ten times while 32 clients, half of them dead, do what they do."""
    with _Scene() as scene:
        stop = threading.Event()
        kinds = [chance.choice(_DEAD) for _ in range(CLIENTS // 2)]
        kinds += [chance.choice(_ALIVE) for _ in range(CLIENTS // 2)]
        threads = [
            threading.Thread(target=_until, args=(stop, kind, scene.service), daemon=True)
            for kind in kinds
        ]
        for thread in threads:
            thread.start()
        slowest = max(scene.press() for _ in range(PRESSES))
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        states = {each["state"] for each in scene.service.client.health()["checks"]}
        assert "failed" not in states, states
        assert scene.service.stop() == 0
    return {"presses answered": PRESSES, "slowest_ms_max": int(slowest * 1000)}


def presses(_chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Press a hundred times; each press one verdict, numbered without a gap, memory told."""
    with _Scene() as scene:
        slowest, before = 0.0, None
        for number in range(int(os.environ.get("PRESSES", "100"))):
            slowest = max(slowest, scene.press())
            if number == 20:
                before = rss_mb(scene.service.pid)
        grown = (rss_mb(scene.service.pid) or 0.0) - (before or 0.0) if before else 0.0
        newest = scene.service.client.get("/v1/verdicts?newest=1&limit=1")["verdicts"][0]["seq"]
        assert newest == scene.pressed, (newest, scene.pressed)
        assert scene.service.stop() == 0
    return {
        "presses answered": scene.pressed,
        "slowest_ms_max": int(slowest * 1000),
        "grown_mb_max": int(grown),
    }


class _Scene:
    """A service before a drawn camera, and who listens to its verdicts."""

    def __init__(self) -> None:
        self._directory = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
        self.pressed = 0
        self.service = RunningService(
            self._directory,
            {
                "camera": {"source": "fake://", "fps": 30, "press_timeout_s": 10.0},
                "model": {"bundle": tiny_bundle.make(self._directory + "/tiny")},
                "engine": {"threads": 1},
                "record": {"reserve_mb": 0, "commit_timeout_ms": 5000},
            },
        )

    def __enter__(self) -> "_Scene":
        self.service.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.service.close()
        shutil.rmtree(self._directory)

    def press(self) -> float:
        """Press until it is answered; return how long the answer took in seconds.

        An answer is in the log a moment before the service is free: a press in that moment gets the
        light for busy, and a person presses again.
        """
        before = self._answered()
        began = pressed = time.monotonic()
        self.service.finger.press()
        while self._answered() == before:
            now = time.monotonic()
            assert now - began < PATIENCE_S, "a press was not answered"
            if now - pressed > AGAIN_S:
                pressed = now
                self.service.finger.press()
            threading.Event().wait(0.01)
        self.pressed = self._answered()
        return time.monotonic() - began

    def _answered(self) -> int:
        try:
            with open(self.service.log_path, "rb") as log:
                return sum(1 for line in log if b'"trigger":"button"' in line)
        except FileNotFoundError:
            return 0


def _until(
    stop: threading.Event, kind: Callable[[RunningService], None], service: RunningService
) -> None:
    while not stop.is_set():
        try:
            kind(service)
        except (PlantdError, OSError, ValueError):
            stop.wait(0.01)  # refused, as may be


def _connected(service: RunningService) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    raw.settimeout(5.0)
    raw.connect(service.socket_path)
    return raw


def _half_a_request(service: RunningService) -> None:
    with _connected(service) as raw:
        raw.sendall(b"POST /v1/classify HTTP/1.1\r\nHos")
        raw.recv(1)


def _half_a_body(service: RunningService) -> None:
    with _connected(service) as raw:
        raw.sendall(b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\nx")
        raw.recv(1)


def _reads_nothing(service: RunningService) -> None:
    with _connected(service) as raw:
        raw.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        threading.Event().wait(2.0)


def _garbage(service: RunningService) -> None:
    with _connected(service) as raw:
        raw.sendall(os.urandom(4096))
        raw.recv(4096)


def _asks_for_status(service: RunningService) -> None:
    json.dumps(service.client.get("/v1/status"))


def _sends_a_picture(service: RunningService) -> None:
    service.client.post_bytes("/v1/classify", _PICTURE)


def _sends_no_picture(service: RunningService) -> None:
    service.client.post_bytes("/v1/classify", b"\xff\xd8 no picture")


def _reads_the_record(service: RunningService) -> None:
    service.client.get("/v1/verdicts?newest=1&limit=100")


def _takes_a_frame(service: RunningService) -> None:
    service.client.get_bytes("/v1/frame")


_PICTURE = jpeg(drawn(640, 480))
_DEAD: List[Callable[[RunningService], None]] = [
    _half_a_request,
    _half_a_body,
    _reads_nothing,
    _garbage,
]
_ALIVE: List[Callable[[RunningService], None]] = [
    _asks_for_status,
    _sends_a_picture,
    _sends_no_picture,
    _reads_the_record,
    _takes_a_frame,
]
