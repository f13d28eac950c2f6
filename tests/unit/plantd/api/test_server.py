"""The API's life: start, stop, start again."""

import os
import shutil
import socket
import threading
from typing import List

import pytest
from support.fake_appliance import FakeAppliance
from support.served_api import LONG_ENOUGH_S, ServedApi

from plantd.api.client import Client
from plantd.api.server import ApiServer
from plantd.errors import UnavailableError

REQUEST = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_press_under_way_is_answered_while_stopping() -> None:
    with ServedApi() as served:
        served.appliance.gate.clear()
        answers: List[int] = []
        client = threading.Thread(
            target=lambda: answers.append(served.client.post("/v1/capture")["seq"])
        )
        client.start()
        assert served.appliance.captures_begun.wait(LONG_ENOUGH_S)
        stopping = served.begin(served.server.stop(LONG_ENOUGH_S))
        served.appliance.gate.set()
        stopping.result(LONG_ENOUGH_S)
        client.join(LONG_ENOUGH_S)
        assert answers == [7]


def test_stopping_does_not_wait_for_ever_for_a_press() -> None:
    with ServedApi() as served:
        served.appliance.gate.clear()
        with served.connected() as raw:
            raw.sendall(b"POST /v1/capture HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            assert served.appliance.captures_begun.wait(LONG_ENOUGH_S)
            served.call(served.server.stop(0.05))
        served.appliance.gate.set()
        assert served.appliance.captures_done.wait(LONG_ENOUGH_S)


def test_after_stopping_nobody_answers_and_no_file_is_left() -> None:
    with ServedApi() as served:
        served.call(served.server.stop())
        served.call(served.server.stop())
        with pytest.raises(UnavailableError, match="no socket"):
            served.client.get("/v1/status")


def test_an_idle_connection_does_not_hold_up_stopping() -> None:
    with ServedApi() as served, served.connected() as idle:
        idle.sendall(REQUEST)
        assert received(idle)
        served.call(served.server.stop())
        assert idle.recv(1) == b""


def test_a_second_server_is_refused_and_the_first_goes_on() -> None:
    with ServedApi() as served:
        second = ApiServer(FakeAppliance(), served.stream, served.config)
        with pytest.raises(UnavailableError, match="another plantd answers on"):
            served.call(second.start())
        served.call(second.stop())
        assert served.client.get("/v1/status")["state"] == "HEALTHY"


def test_another_server_takes_over_after_the_first() -> None:
    with ServedApi() as served:
        served.call(served.server.stop())
        appliance = FakeAppliance()
        appliance.record(3)
        second = ApiServer(appliance, served.stream, served.config)
        served.call(second.start())
        found = Client(served.path, LONG_ENOUGH_S).get("/v1/verdicts")["verdicts"]
        assert len(found) == 3
        served.call(second.stop())


def test_many_clients_at_once_are_all_answered() -> None:
    with ServedApi() as served:
        states: List[str] = []

        def ask() -> None:
            for _ in range(10):
                states.append(served.client.get("/v1/status")["state"])

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONG_ENOUGH_S)
        assert states == ["HEALTHY"] * 160


def test_several_requests_on_one_connection() -> None:
    with ServedApi() as served, served.connected() as raw:
        for _ in range(3):
            raw.sendall(REQUEST)
            assert received(raw).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("taken", ["file deleted", "file moved", "folder deleted", "replaced"])
def test_a_socket_that_was_taken_away_is_bound_again_and_open_connections_go_on(taken: str) -> None:
    with ServedApi() as served, served.connected() as before:
        before.sendall(REQUEST)
        assert received(before)
        if taken == "folder deleted":
            shutil.rmtree(served.run_path)
        elif taken == "file moved":
            os.rename(served.path, served.path + ".moved")
        else:
            os.unlink(served.path)
        if taken == "replaced":
            leave_a_dead_socket(served.path)
        assert served.call(served.server.keep_bound())
        assert not served.call(served.server.keep_bound())
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        before.sendall(REQUEST)
        assert received(before).startswith(b"HTTP/1.1 200 OK")


def test_a_socket_whose_place_is_taken_is_tried_again_until_it_is_free() -> None:
    with ServedApi() as served:
        os.unlink(served.path)
        os.mkdir(served.path)
        for _ in range(2):
            with pytest.raises(UnavailableError, match="is not a socket"):
                served.call(served.server.keep_bound())
        os.rmdir(served.path)
        assert served.call(served.server.keep_bound())
        assert served.client.get("/v1/status")["state"] == "HEALTHY"


def leave_a_dead_socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(path)


def received(raw: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"}"):
        data += raw.recv(65536)
    return data
