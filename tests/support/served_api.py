"""A real ApiServer on a real Unix socket, in a thread with a loop of its own."""

import asyncio
import shutil
import socket
import tempfile
import threading
from concurrent.futures import Future
from typing import Any, Coroutine, Tuple

from plantd.api.client import Client
from plantd.api.peers import PeerLimits
from plantd.api.server import ApiServer
from plantd.config import ApiConfig, Config, PathsConfig
from plantd.sinks.stream import EventStream
from plantd.system.lifetime import Openable
from support.fake_appliance import FakeAppliance

LONG_ENOUGH_S = 20.0


class ServedApi(Openable):
    """Serves a FakeAppliance while it is entered.

    Sockets lie in a short folder of their own: a path of one has 107 bytes at most.
    """

    def __init__(
        self,
        max_connections: int = 64,
        queue_length: int = 8,
        silent_s: float = LONG_ENOUGH_S,
        peer_limits: PeerLimits = PeerLimits(),
        **api: Any,
    ) -> None:
        self.run_path = tempfile.mkdtemp(prefix="plantd-")
        settings: Any = {"heartbeat_s": 0.05, "request_timeout_s": LONG_ENOUGH_S, **api}
        self.config = Config(api=ApiConfig(**settings), paths=PathsConfig(run=self.run_path))
        self.appliance = FakeAppliance()
        self.stream = EventStream(queue_length)
        self.server = ApiServer(
            self.appliance, self.stream, self.config, max_connections, silent_s, peer_limits
        )
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def path(self) -> str:
        return self.config.socket_path

    @property
    def client(self) -> Client:
        return Client(self.path, LONG_ENOUGH_S)

    def open(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self.call(self.server.start())

    def close(self) -> None:
        """End as the service does."""
        self.stream.close()
        self.call(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LONG_ENOUGH_S)
        shutil.rmtree(self.run_path)

    def call(self, work: "Coroutine[Any, Any, Any]") -> Any:
        """Run a coroutine in the server's loop and return what it returns."""
        return self.begin(work).result(LONG_ENOUGH_S)

    def begin(self, work: "Coroutine[Any, Any, Any]") -> "Future[Any]":
        """Begin a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def connected(self) -> socket.socket:
        """Return a raw connection."""
        raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        raw.settimeout(LONG_ENOUGH_S)
        raw.connect(self.path)
        return raw

    def ask_raw(self, data: bytes) -> Tuple[int, bytes]:
        """Send bytes as they are and return status and body of what comes until the end."""
        with self.connected() as raw:
            raw.sendall(data)
            return answer_of(read_all(raw))

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


def read_all(raw: socket.socket) -> bytes:
    """Return what comes until the other end closes."""
    received = b""
    while True:
        part = raw.recv(65536)
        if not part:
            return received
        received += part


def answer_of(data: bytes) -> Tuple[int, bytes]:
    """Return status and body of a raw HTTP answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), body
