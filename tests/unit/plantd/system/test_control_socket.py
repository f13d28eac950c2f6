"""The fakes' control sockets, against clients that misbehave."""

import array
import os
import socket
import threading
from pathlib import Path
from typing import Iterator

import pytest

from plantd.errors import UnavailableError
from plantd.system.control_socket import MAX_BYTES, ControlSocket, ask


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlSocket]:
    there = ControlSocket(str(tmp_path / "control.sock"))
    yield there
    there.close()


def answer_one(control: ControlSocket, text: str) -> threading.Thread:
    def answer() -> None:
        request = control.receive(wait=True)
        assert request is not None
        request.answer(text + request.text)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_request_is_answered(control: ControlSocket) -> None:
    thread = answer_one(control, "seen: ")
    assert ask(control.path, "history", timeout_s=10.0) == "seen: history"
    thread.join()


def test_one_who_wants_no_answer_gets_none(control: ControlSocket) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.sendto(b"press", control.path)
    request = control.receive()
    assert request is not None
    assert request.back is None
    request.answer("ok")


def test_one_who_has_gone_is_nobodys_trouble(control: ControlSocket) -> None:
    with pytest.raises(UnavailableError, match="nobody answered"):
        ask(control.path, "press", timeout_s=0.05)
    request = control.receive()
    assert request is not None
    request.answer("ok")


def test_no_descriptor_is_kept_however_many_are_sent(control: ControlSocket) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        before = open_files()
        for _ in range(5):
            ends = array.array("i", [client.fileno()] * 50)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, ends)
            client.sendmsg([b"x"], [rights], 0, control.path)
            request = control.receive()
            assert request is not None
            request.answer("ok")
        assert open_files() == before


def test_garbage_and_long_messages_are_text(control: ControlSocket) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.sendto(b"\xff\xfe\x00", control.path)
        client.sendto(b"a" * MAX_BYTES, control.path)
    garbage, long = control.receive(), control.receive()
    assert garbage is not None
    assert long is not None
    assert "\ufffd" in garbage.text
    assert len(long.text) == MAX_BYTES


def test_nothing_to_receive_is_none(control: ControlSocket) -> None:
    assert control.receive() is None


def test_waiting_ends_when_it_is_told_to(control: ControlSocket) -> None:
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(control.receive(wait=True)))
    waiting.start()
    control.stop_waiting()
    waiting.join(10.0)
    assert answers == [None]


def test_closing_twice_removes_the_socket_once(control: ControlSocket) -> None:
    control.close()
    control.close()
    assert not os.path.exists(control.path)
