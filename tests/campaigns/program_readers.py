"""What other programs and people say to the service: brokers, browsers, decoders, their files."""

import contextlib
import os
import socket
import stat
import threading
from pathlib import Path
from typing import Dict, Iterator, List

from support.loop_thread import LONG_ENOUGH_S
from support.served_api import ServedApi
from support.served_page import ServedPage

from campaigns.reader import Reader, nested
from plantd.api.client import Client
from plantd.config import MqttConfig
from plantd.decoding.child_decoder import ChildDecoder
from plantd.decoding.decode_process import DecodeLimits
from plantd.errors import UnavailableError
from plantd.notifiers.mqtt.connection import Connection
from plantd.notifiers.mqtt.login import password_of, tls_of
from plantd.notifiers.mqtt.topics import Message, topics_of
from plantd.notifiers.queued import NotDelivered
from plantd.page.access import Access
from plantd.page.guard import is_own
from plantd.support.contents import log_tail
from plantd.texts import catalogue

CONNACK, PUBACK, PINGRESP = b"\x20\x02\x00\x00", b"\x40\x02\x00\x01", b"\xd0\x00"
PUBLISH = b"\x30\x08\x00\x03a/bhey"
_STEPS = 4
_STEP_S = 0.01
# Of a broker that is silent.
_PATIENCE_S = 0.2
_GET = b"GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: de-AT;q=0.8, en\r\n\r\n"
_POST = b"POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\ntoken=abc"
_CHUNKS = b"POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
_PO = (
    b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Off"\nmsgstr "Aus"\n'
)
_PEM = b"-----BEGIN CERTIFICATE-----\nMIIBAA==\n-----END CERTIFICATE-----\n"
_CHILD = """#!/bin/sh
printf '{"ready": true}\\n'; head -c 1 >/dev/null; cat %s; exit 0
"""


def _broker(data: bytes, _folder: Path) -> object:
    """A broker that says yes, and then what it likes."""
    with _saying(data) as port:
        config = MqttConfig("127.0.0.1", port, name="box")
        with Connection(config, topics_of(config), _PATIENCE_S) as connection:
            connection.publish(Message("a/b", b"c"))
            for _ in range(_STEPS):
                connection.step(_STEP_S)
            return connection.acknowledged(1)


def _greeting(data: bytes, _folder: Path) -> object:
    """A broker that says what it likes from the beginning."""
    with _saying(data) as port:
        config = MqttConfig("127.0.0.1", port, name="box")
        Connection(config, topics_of(config), _PATIENCE_S).close()


@contextlib.contextmanager
def _saying(data: bytes) -> Iterator[int]:
    """Listen at a port, and say bytes to whoever comes, once that one has spoken."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)

        def say() -> None:
            with contextlib.suppress(OSError), listening.accept()[0] as peer:
                peer.settimeout(LONG_ENOUGH_S)
                peer.recv(4096)
                peer.sendall(data)
                while peer.recv(4096):
                    pass

        saying = threading.Thread(target=say, daemon=True)
        saying.start()
        try:
            yield listening.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            saying.join(LONG_ENOUGH_S)


def _decoder(data: bytes, folder: Path) -> object:
    """What the process that decodes foreign pictures says, if one of them has made it another."""
    said, child = folder / "said", folder / "child"
    said.write_bytes(data)
    child.write_text(_CHILD % said)
    child.chmod(0o755)
    with ChildDecoder(DecodeLimits(seconds=LONG_ENOUGH_S), str(child)) as decoder:
        return decoder.decode(b"a picture")


def _service(data: bytes, folder: Path) -> object:
    """What answers at the service's socket, before the command line."""
    path = str(folder / "s.sock")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(1)

        def say() -> None:
            peer = listening.accept()[0]
            with contextlib.suppress(OSError), peer:
                peer.recv(4096)
                peer.sendall(data)

        saying = threading.Thread(target=say, daemon=True)
        saying.start()
        try:
            return Client(path, LONG_ENOUGH_S).get("/v1/status")
        finally:
            saying.join(LONG_ENOUGH_S)


def _socket(data: bytes, _folder: Path) -> object:
    with ServedApi(max_body_mb=1, request_timeout_s=0.1) as api:
        with contextlib.suppress(ConnectionError, ValueError):  # hung up on, or no answer at all
            status, _ = api.ask_raw(data)
            assert status < 500, status
        return api.client.get("/v1/status")


def _page(data: bytes, _folder: Path) -> object:
    with ServedPage(request_timeout_s=0.1) as page:
        with contextlib.suppress(ConnectionError), socket.create_connection(
            ("127.0.0.1", page.port), LONG_ENOUGH_S
        ) as raw:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            said = raw.recv(65536)
            assert not said.startswith(b"HTTP/1.1 500"), said[:200]
        return page.get("/").status


def _headers(data: bytes, _folder: Path) -> object:
    text = data.decode("latin-1")
    return is_own(text, ("localhost",)), catalogue.chosen(catalogue.AUTO, text)


def _token(data: bytes, folder: Path) -> object:
    path = _private(folder / "token", data)
    access = Access(path, lambda: 0.0)
    access.complaint()
    return access.enter(data.partition(b"\n")[0].decode("utf-8", "replace"))


def _password(data: bytes, folder: Path) -> object:
    return password_of(MqttConfig("x", password_file=_private(folder / "password", data)))


def _certificates(data: bytes, folder: Path) -> object:
    path = _private(folder / "pem", data)
    with contextlib.suppress(NotDelivered):
        tls_of(MqttConfig("x", tls=True, ca_file=path))
    return tls_of(MqttConfig("x", tls=True, cert_file=path))


def _texts(data: bytes, folder: Path) -> object:
    """A language's file of texts, in the place of the German one."""
    path = folder / "de.po"
    path.write_bytes(data)
    before, catalogue.FOLDER = catalogue.FOLDER, str(folder)
    try:
        return catalogue.texts_for_notifier("de").say("Off")
    finally:
        catalogue.FOLDER = before


def _log(data: bytes, folder: Path) -> object:
    (folder / "plantd.ndjson").write_bytes(data)
    return log_tail(str(folder))


def _private(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return str(path)


def _requests() -> List[bytes]:
    asked = (b"/v1/verdicts?after=1&limit=2", _GET), (b"/verdicts/1", _POST)
    return [form.replace(b"{}", path) for path, form in (*asked, (b"/v1/classify", _CHUNKS))]


def _answers() -> List[bytes]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    bad = b"HTTP/1.1 503 No\r\nConnection: close\r\n\r\n" + b'{"error": {"code": "busy"}}'
    return [head + b'{"schema": 1.5}', bad, b"HTTP/1.1 200 OK\r\n\r\n" + nested(), b""]


READERS: Dict[str, Reader] = {
    "broker": Reader(
        lambda: [CONNACK + PUBACK, CONNACK + PINGRESP + PUBLISH, CONNACK],
        _broker,
        (NotDelivered,),
        10,
    ),
    "broker's greeting": Reader(
        lambda: [CONNACK, b"\x20\x02\x00\x05"], _greeting, (NotDelivered,), 10
    ),
    "decoder": Reader(
        lambda: [b'{"shape": [2, 2, 3]}\n', b'{"error": "picture", "message": "torn"}\n', nested()],
        _decoder,
        rounds=10,
    ),
    "answer of the service": Reader(_answers, _service),
    "requests to the socket": Reader(_requests, _socket, rounds=6),
    "requests to the page": Reader(_requests, _page, rounds=4),
    "headers": Reader(lambda: [b"[fe80::1]:80", b"box.local", b"de-AT;q=0.8, en;q=0"], _headers),
    "token": Reader(lambda: [b"correct horse battery\n"], _token),
    "password": Reader(lambda: [b"secret\r\nmore"], _password, (NotDelivered,)),
    "certificates": Reader(lambda: [_PEM], _certificates, (NotDelivered,), 6),
    "texts": Reader(lambda: [_PO], _texts, (UnavailableError,)),
    "log": Reader(lambda: [b'{"type":"verdict"}\n' * 3], _log, ()),
}
