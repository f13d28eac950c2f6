"""A small server that speaks gpsd's protocol, for tests on machines that have no gpsd.

tests/gpsd shows the same of the real one.
"""

import json
import socket
import threading
from typing import Any, List

from plantd.place.gpsd_address import GpsdAddress

VERSION = {"class": "VERSION", "release": "3.22", "rev": "3.22", "proto_major": 3}


def report(latitude: float, longitude: float, mode: int = 3) -> "dict[str, Any]":
    """Return a TPV with a position."""
    return {"class": "TPV", "device": "/dev/x", "mode": mode, "lat": latitude, "lon": longitude}


class GpsdServer:
    """Greets each client, after its WATCH tells what it was given, then waits or hangs up."""

    def __init__(self, *told: Any, hangs_up: bool = False, greets: bool = True) -> None:
        """Args: reports, bytes as they are; whether it closes after them; whether it greets."""
        self.address = GpsdAddress("127.0.0.1", 0)
        self.watched = threading.Event()
        self.visits = 0
        self._told = told
        self._hangs_up = hangs_up
        self._greets = greets
        self._clients: List[socket.socket] = []
        self._listening = socket.socket()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "GpsdServer":
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(4)
        self.address = GpsdAddress(*self._listening.getsockname())
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        for each in (self._listening, *self._clients):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # whoever was there has gone
            each.close()
        self._thread.join(10)

    def tell(self, *told: Any) -> None:
        """Send more to everybody who is connected."""
        for client in list(self._clients):
            client.sendall(b"".join(line_of(each) for each in told))

    def hang_up(self) -> None:
        """End the connection with everybody, and go on listening."""
        clients, self._clients = self._clients, []
        for client in clients:
            client.shutdown(socket.SHUT_RDWR)
            client.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.visits += 1
            self._clients.append(client)
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        try:
            if self._greets:
                client.sendall(line_of(VERSION))
            if b"?WATCH=" not in client.recv(1000):
                return
            client.sendall(b"".join(line_of(each) for each in self._told))
            self.watched.set()
            if self._hangs_up:
                client.close()
        except OSError:
            pass  # the client has gone


def line_of(told: Any) -> bytes:
    """Return one line as gpsd sends it."""
    return told if isinstance(told, bytes) else json.dumps(told).encode() + b"\r\n"
