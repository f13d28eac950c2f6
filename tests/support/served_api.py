"""A real ApiServer on a real Unix socket, in a thread with a loop of its own."""

import shutil
import socket
import tempfile
from typing import Any, Tuple

from plantd.api.client import Client
from plantd.api.peers import PeerLimits
from plantd.api.server import ApiServer
from plantd.config import ApiConfig, Config, PathsConfig
from plantd.sinks.stream import EventStream
from support.fake_appliance import FakeAppliance
from support.loop_thread import LONG_ENOUGH_S, LoopThread


class ServedApi(LoopThread):
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
        super().__init__()
        self.run_path = tempfile.mkdtemp(prefix="plantd-")
        settings: Any = {"heartbeat_s": 0.05, "request_timeout_s": LONG_ENOUGH_S, **api}
        self.config = Config(api=ApiConfig(**settings), paths=PathsConfig(run=self.run_path))
        self.appliance = FakeAppliance()
        self.stream = EventStream(queue_length)
        self.server = ApiServer(
            self.appliance, self.stream, self.config, max_connections, silent_s, peer_limits
        )

    @property
    def path(self) -> str:
        return self.config.socket_path

    @property
    def client(self) -> Client:
        return Client(self.path, LONG_ENOUGH_S)

    def open(self) -> None:
        """Begin to serve."""
        super().open()
        self.call(self.server.start())

    def close(self) -> None:
        """End as the service does."""
        self.stream.close()
        self.call(self.server.stop())
        super().close()
        shutil.rmtree(self.run_path)

    def connected(self) -> socket.socket:
        """Return a raw connection."""
        raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        raw.settimeout(LONG_ENOUGH_S)
        raw.connect(self.path)
        return raw

    def ask_raw(self, data: bytes) -> Tuple[int, bytes]:
        """Send bytes as they are and return status and body of what comes until the end."""
        with self.connected() as raw:
            if data:  # Who is refused at the door may be hung up on before it has said anything.
                raw.sendall(data)
            return answer_of(read_all(raw))


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
