"""A whole service under clients that are dead, slow, greedy or wrong, and a finger that presses."""

import json
import os
import random
import socket
import threading
from pathlib import Path
from typing import Callable, Dict, List

from running import RunningService
from support.picture_bytes import drawn, jpeg

from campaigns.scene import PATIENCE_S, Scene
from plantd.errors import PlantdError

CLIENTS = 32
PRESSES = 10


def clients(chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Press the button ten times while 32 clients, half of them dead, do what they do."""
    with Scene() as scene:
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
