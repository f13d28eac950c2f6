"""The client: what a user reads when nobody answers, or somebody else does."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Iterator

import pytest
from support.as_nobody import call_as_nobody
from support.served_api import ServedApi

from plantd.api.client import Client
from plantd.api.codes import CODES, code_from_error, error_from_code
from plantd.errors import PlantdError, UnavailableError, UsageError

LONG_ENOUGH_S = 20.0


@pytest.fixture
def path() -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix="plantd-")
    yield Path(folder) / "plantd.sock"
    shutil.rmtree(folder)


def answering(path: Path, answer: bytes) -> threading.Thread:
    """Answer the first connection with these bytes, and close."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen(1)

    def serve() -> None:
        with listening:
            connected, _ = listening.accept()
            with connected:
                connected.recv(65536)
                connected.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_no_socket_says_that_the_service_does_not_run(path: Path) -> None:
    with pytest.raises(UnavailableError, match="no socket.*systemctl status plantd"):
        Client(str(path)).get("/v1/status")


def test_a_leftover_socket_says_that_the_service_ended(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with pytest.raises(UnavailableError, match="nobody answers on .*systemctl status plantd"):
        Client(str(path)).post("/v1/capture")


def test_a_file_in_its_place_is_no_service_that_ended(path: Path) -> None:
    path.write_text("not a socket")
    with pytest.raises(UnavailableError, match="is not a socket; expected plantd.sock"):
        Client(str(path)).get("/v1/status")


def test_a_service_that_hangs_is_told_after_the_timeout(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
        deaf.bind(str(path))
        deaf.listen(1)
        with pytest.raises(UnavailableError, match="did not answer within 0.05 s"):
            Client(str(path), timeout_s=0.05).get("/v1/status")


def test_a_closed_door_names_the_group() -> None:
    with ServedApi() as served:
        os.chmod(served.run_path, 0o755)
        answer = call_as_nobody(served.path, 'get("/v1/status")')
    assert answer.startswith("77 the socket")
    assert "usermod -aG plantd" in answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "broke off"),
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "is not plantd"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "is not plantd"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "broke off"),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\n{}", "answered 502 without a reason"),
    ],
)
def test_somebody_else_on_the_socket_is_told(path: Path, answer: bytes, words: str) -> None:
    thread = answering(path, answer)
    with pytest.raises(UnavailableError, match=words):
        Client(str(path), LONG_ENOUGH_S).get("/v1/status")
    thread.join(LONG_ENOUGH_S)


def test_a_service_that_dies_ends_the_events_with_a_sentence(path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    thread = answering(path, head + b'9\r\n{"n":12}\n\r\n')
    events = Client(str(path), LONG_ENOUGH_S).events()
    assert next(events) == {"n": 12}
    with pytest.raises(UnavailableError, match="broke off"):
        next(events)
    thread.join(LONG_ENOUGH_S)


@pytest.mark.parametrize("code", CODES, ids=lambda code: str(code.code))
def test_every_error_arrives_as_what_it_was(code: "CODES") -> None:
    error = error_from_code(code.code, code.status, "words")
    assert type(error) is code.error
    assert code_from_error(error) == code


def test_an_error_unknown_to_this_client_is_judged_by_its_status() -> None:
    assert type(error_from_code("new", 418, "words")) is UsageError
    assert type(error_from_code("new", 599, "words")) is UnavailableError
    assert isinstance(error_from_code("unknown_call", 404, "words"), PlantdError)


def test_the_client_loads_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; import plantd.api.client\n"
        "print([m for m in ('numpy', 'cv2', 'aiohttp', 'asyncio') if m in sys.modules])"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    printed = subprocess.check_output([sys.executable, "-c", program], env=environment)
    assert printed == b"[]\n"
