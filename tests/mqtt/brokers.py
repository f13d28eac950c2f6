"""A real mosquitto of one's own, its certificates, and what a subscriber of it hears."""

import os
import queue
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Sequence

from paho.mqtt import client as paho
from running import free_port

from plantd.system.lifetime import Closable

LONG_ENOUGH_S = 60.0
LOOK_S = 0.05


def _version() -> List[Any]:
    """paho-mqtt 2 asks for it, 1.6 knows none."""
    versions = getattr(paho, "CallbackAPIVersion", None)
    return [] if versions is None else [versions.VERSION2]


class Heard(NamedTuple):
    """One message of the broker's."""

    topic: str
    payload: bytes
    retained: bool


class Broker(Closable):
    """mosquitto on a free port of this machine, which it keeps over its restarts."""

    def __init__(self, folder: Path, lines: Sequence[str] = ("allow_anonymous true",)) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: "Optional[subprocess.Popen[bytes]]" = None
        listener = "listener {} 127.0.0.1".format(self.port)
        # Root would become "mosquitto", who may not read a test's folder.
        user = ["user root"] if os.getuid() == 0 else []
        (folder / "mosquitto.conf").write_text("\n".join([*user, listener, *lines]) + "\n")

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with open(str(self._folder / "mosquitto.log"), "ab") as log:
            self._process = subprocess.Popen(
                ["/usr/sbin/mosquitto", "-v", "-c", str(self._folder / "mosquitto.conf")],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + LONG_ENOUGH_S
        while True:
            assert self._process.poll() is None, self.log()
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline, self.log()
            time.sleep(LOOK_S)

    def log(self) -> str:
        """Return what it wrote."""
        return (self._folder / "mosquitto.log").read_text()

    def kill(self) -> None:
        """Kill it: it says goodbye to nobody."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def close(self) -> None:
        """See Closable."""
        self.kill()


class Listener(Closable):
    """Hears what is published, from the moment it was made."""

    def __init__(self, broker: Broker, topic: str = "#") -> None:
        self._heard: "queue.Queue[Heard]" = queue.Queue()
        subscribed: "queue.Queue[bool]" = queue.Queue()
        self._client: Any = paho.Client(*_version())
        self._client.on_message = lambda _client, _data, message: self._heard.put(
            Heard(message.topic, message.payload, bool(message.retain))
        )
        self._client.on_subscribe = lambda *_: subscribed.put(True)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        self._client.subscribe(topic, 1)
        subscribed.get(timeout=LONG_ENOUGH_S)

    def next(self, topic_end: str = "") -> Heard:
        """Return the next message whose topic ends so; others are passed over."""
        while True:
            found = self._heard.get(timeout=LONG_ENOUGH_S)
            if found.topic.endswith(topic_end):
                return found

    def so_far(self) -> List[Heard]:
        """Return all that was heard and not asked for yet."""
        found = []
        while not self._heard.empty():
            found.append(self._heard.get())
        return found

    def close(self) -> None:
        """See Closable."""
        self._client.disconnect()
        self._client.loop_stop()


class Certificates:
    """An authority, a broker's certificate for localhost, and a box's, in a folder."""

    def __init__(self, folder: Path, name: str = "localhost") -> None:
        self._folder = folder
        self.ca = self._path("ca.pem")
        self._openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=an authority", "-keyout", self._path("ca.key"), "-out", self.ca),
        )
        self.broker_cert, self.broker_key = self._signed("broker", name)
        self.box_cert, self.box_key = self._signed("box", "a-box")

    def _signed(self, who: str, name: str) -> List[str]:
        key, request, cert = (self._path(who + end) for end in (".key", ".csr", ".pem"))
        extension = Path(self._path(who + ".ext"))
        extension.write_text("subjectAltName=DNS:{}\n".format(name))
        self._openssl(
            *("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name),
            *("-keyout", key, "-out", request),
        )
        self._openssl(
            *("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._path("ca.key")),
            *("-CAcreateserial", "-days", "2", "-extfile", str(extension), "-out", cert),
        )
        return [cert, key]

    def _path(self, name: str) -> str:
        return str(self._folder / name)

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert done.returncode == 0, done.stdout.decode()
