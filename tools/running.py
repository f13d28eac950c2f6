"""A plantd of one's own: started as a child in a directory of its own, watched until it is ready.

The demo, the bench and the tests of the whole service use it.
"""

import os
import socket
import subprocess
import sys
import time
from typing import Any, Dict, List, Optional, Sequence

import yaml

from plantd.api.client import Client
from plantd.button.fake_client import FakeButtonClient
from plantd.system.lifetime import Closable

START_S = 60.0
# While waiting, how often to look whether the process has ended.
LOOK_S = 1.0
STOP_S = 20.0


def free_port() -> int:
    """Return a port of this machine that nobody has."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


class RunningService(Closable):
    """`python3 -m plantd run` with the fake button; `directory` must be a short path.

    Args:
        sections: the configuration, by section; paths, button and light are filled in.
        launcher: a command that starts its arguments in other circumstances, such as setpriv.
    """

    def __init__(
        self, directory: str, sections: Dict[str, Dict[str, Any]], launcher: Sequence[str] = ()
    ) -> None:
        self.directory = directory
        self._launcher = list(launcher)
        self.config_path = os.path.join(directory, "plantd.yaml")
        self.socket_path = os.path.join(directory, "run", "plantd.sock")
        self.log_path = os.path.join(directory, "log", "plantd.ndjson")
        self.journal_path = os.path.join(directory, "journal")
        self.notified: List[str] = []
        self._finger: Optional[FakeButtonClient] = None
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._manager: Optional[socket.socket] = None
        self.configure(sections)

    def configure(self, sections: Dict[str, Dict[str, Any]]) -> None:
        """Write the configuration."""
        places = {name: os.path.join(self.directory, name) for name in ("state", "log", "cache")}
        whole = {
            "button": {"driver": "fake"},
            "light": {"driver": "fake"},
            "paths": dict(places, run=os.path.join(self.directory, "run")),
        }
        for name, keys in sections.items():
            whole[name] = dict(whole.get(name, {}), **keys)
        with open(self.config_path, "w", encoding="utf-8") as target:
            yaml.safe_dump(whole, target)

    @property
    def client(self) -> Client:
        """A client of its API."""
        return Client(self.socket_path, 30.0)

    @property
    def finger(self) -> FakeButtonClient:
        """The hand on its button, which a thread of the service opens beside all else."""
        path = os.path.join(self.directory, "run", "button.sock")
        deadline = time.monotonic() + START_S
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._finger is None:
            self._finger = FakeButtonClient(path)
        return self._finger

    @property
    def pid(self) -> int:
        """The service's process."""
        return self._running().pid

    def start(self, wait: bool = True, within_s: float = START_S) -> None:
        """Start it; with `wait` until it says READY=1. Raises RuntimeError with its last words."""
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = os.path.join(self.directory, "notify")
        if os.path.exists(address):
            os.unlink(address)
        self._manager.bind(address)
        plantd = [sys.executable, "-m", "plantd", "run", "--config", self.config_path]
        state = os.path.join(self.directory, "state")
        environment = dict(os.environ, NOTIFY_SOCKET=address, STATE_DIRECTORY=state)
        with open(self.journal_path, "ab") as journal:
            self._process = subprocess.Popen(
                self._launcher + plantd, stderr=journal, env=environment
            )
        if wait:
            self.wait_for("READY=1", within_s)

    def wait_for(self, word: str, timeout_s: float) -> str:
        """Return the first notification from now on that has `word` in it."""
        assert self._manager is not None
        self._manager.settimeout(LOOK_S)
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                message = self._manager.recv(4096).decode("utf-8")
            except socket.timeout:
                if time.monotonic() < deadline and self._running().poll() is None:
                    continue
                raise RuntimeError(
                    "plantd did not say {}:\n{}".format(word, self.journal())
                ) from None
            self.notified.append(message)
            if word in message:
                return message

    def stop(self) -> int:
        """End it as systemd does; return its exit code."""
        process = self._running()
        if process.poll() is None:
            process.terminate()
        return self.wait()

    def wait(self, timeout_s: float = STOP_S) -> int:
        """Return the exit code of a service that ends by itself."""
        try:
            return self._running().wait(timeout_s)
        finally:
            self.close()

    def journal(self) -> str:
        """Return what it wrote to standard error."""
        with open(self.journal_path, encoding="utf-8", errors="replace") as source:
            return source.read()

    def close(self) -> None:
        """Kill what is still there; may be called twice."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError("plantd was not started")
        return self._process

    def __enter__(self) -> "RunningService":
        self.start()
        return self
