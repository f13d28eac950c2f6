"""Clients that send garbage, too much, nothing, or half: each gets its end, the service goes on."""

import json
import socket
import struct
from typing import Iterator

import pytest
from support.served_api import ServedApi, answer_of, read_all
from support.verdict_json import JPEG

SHORT_S = 0.2


@pytest.fixture
def served() -> Iterator[ServedApi]:
    with ServedApi(max_body_mb=1) as api:
        yield api
        assert api.client.get("/v1/status")["state"] == "HEALTHY"


@pytest.fixture
def impatient() -> Iterator[ServedApi]:
    with ServedApi(max_body_mb=1, request_timeout_s=SHORT_S) as api:
        yield api
        assert api.client.get("/v1/status")["state"] == "HEALTHY"


def head(length: str) -> bytes:
    return "POST /v1/classify HTTP/1.1\r\nHost: x\r\n{}\r\n\r\n".format(length).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET /v1/status HTTP/9.9\r\n\r\n",
        b"GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /v1/status HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20000 + b"\r\n\r\n",
        b"GET /" + b"y" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    ],
)
def test_garbage_is_answered_400_in_json(served: ServedApi, data: bytes) -> None:
    status, body = served.ask_raw(data)
    assert status == 400
    assert json.loads(body.decode())["error"]["code"] == "bad_request"


def test_a_body_of_1_gb_is_refused_by_its_announcement(served: ServedApi) -> None:
    status, body = served.ask_raw(head("Content-Length: 1000000000"))
    assert status == 413
    assert json.loads(body.decode())["error"]["code"] == "too_large"


def test_a_chunked_body_is_refused_as_soon_as_it_is_too_large(served: ServedApi) -> None:
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with served.connected() as raw:
        raw.sendall(head("Transfer-Encoding: chunked"))
        for _ in range(17):
            raw.sendall(chunk)
        status, body = answer_of(read_all(raw))
    assert status == 413
    assert "larger than 1 MB" in json.loads(body.decode())["error"]["message"]
    assert served.appliance.classified == []


def test_a_chunked_body_within_the_limit_is_taken(served: ServedApi) -> None:
    size = "{:x}\r\n".format(len(JPEG)).encode()
    request = head("Transfer-Encoding: chunked\r\nConnection: close")
    status, _ = served.ask_raw(request + size + JPEG + b"\r\n0\r\n\r\n")
    assert status == 200
    assert served.appliance.classified == [JPEG]


def test_broken_chunks_are_answered(served: ServedApi) -> None:
    status, body = served.ask_raw(head("Transfer-Encoding: chunked") + b"zz\r\nhello\r\n")
    assert status == 400
    assert json.loads(body.decode())["error"]["code"] == "bad_request"


def test_a_compressed_body_is_refused_unopened(served: ServedApi) -> None:
    request = head("Content-Encoding: gzip\r\nContent-Length: 5") + b"\x1f\x8b\x08\x00\x00"
    status, body = served.ask_raw(request)
    assert status == 400
    assert "compressed" in json.loads(body.decode())["error"]["message"]


def test_one_who_sends_nothing_is_told_and_closed(impatient: ServedApi) -> None:
    status, body = impatient.ask_raw(b"")
    assert status == 408
    assert json.loads(body.decode())["error"]["code"] == "slow_client"


def test_half_a_request_is_told_and_closed(impatient: ServedApi) -> None:
    status, body = impatient.ask_raw(b"GET /v1/status HTTP/1.1\r\nHos")
    assert status == 408
    assert "no whole request" in json.loads(body.decode())["error"]["message"]


def test_half_a_body_is_told_and_closed(impatient: ServedApi) -> None:
    status, body = impatient.ask_raw(head("Content-Length: 1000") + JPEG)
    assert status == 408
    assert "did not arrive" in json.loads(body.decode())["error"]["message"]
    assert impatient.appliance.classified == []


def test_an_idle_connection_ends_after_its_answers(impatient: ServedApi) -> None:
    with impatient.connected() as raw:
        raw.sendall(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        status, _ = answer_of(read_all(raw))
    assert status == 200


def test_one_who_hangs_up_in_his_body_costs_nothing(
    served: ServedApi, caplog: pytest.LogCaptureFixture
) -> None:
    with served.connected() as raw:
        raw.sendall(head("Content-Length: 1000") + JPEG)
    assert served.client.get("/v1/status")["state"] == "HEALTHY"
    assert served.appliance.classified == []
    assert "bug" not in caplog.text


def test_a_press_is_finished_for_one_who_hung_up(served: ServedApi) -> None:
    served.appliance.gate.clear()
    with served.connected() as raw:
        raw.sendall(b"POST /v1/capture HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert served.appliance.captures_begun.wait(20)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    served.appliance.gate.set()
    assert served.appliance.captures_done.wait(20)


def test_an_answer_that_takes_too_long_is_told(impatient: ServedApi) -> None:
    impatient.appliance.gate.clear()
    request = b"POST /v1/capture HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    status, body = impatient.ask_raw(request)
    assert status == 504
    assert json.loads(body.decode())["error"]["code"] == "slow_answer"
    impatient.appliance.gate.set()
    assert impatient.appliance.captures_done.wait(20)


def test_one_connection_too_many_is_refused_and_the_next_taken() -> None:
    with ServedApi(max_connections=2) as served:
        first, second = served.connected(), served.connected()
        status, body = served.ask_raw(b"")
        assert status == 503
        assert json.loads(body.decode())["error"]["code"] == "crowded"
        for raw in (first, second):
            raw.sendall(b"GET /v1/status HTTP/1.0\r\n\r\n")
            assert answer_of(read_all(raw))[0] == 200
            raw.close()
        assert served.client.get("/v1/status")["state"] == "HEALTHY"


def test_connections_that_say_nothing_lock_nobody_out() -> None:
    with ServedApi(max_connections=2, silent_s=0.0) as served:
        silent = [served.connected() for _ in range(4)]
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        for raw in silent:
            raw.close()


def test_more_bodies_than_memory_is_set_aside_for_are_refused_before_they_are_read() -> None:
    with ServedApi(max_body_mb=1) as served:
        head = "POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n".format(1 << 20)
        held = [served.connected() for _ in range(2)]
        for raw in held:
            raw.sendall(head.encode() + b"\xff\xd8")
        status, body = served.ask_raw(head.encode().replace(b"Host", b"Connection: close\r\nHost"))
        assert (status, json.loads(body.decode())["error"]["code"]) == (409, "busy")
        for raw in held:
            raw.close()


def test_requests_without_end_behind_a_stream_are_hung_up_on() -> None:
    with ServedApi() as served, served.connected() as raw:
        raw.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(1)
        assert bytes_taken(raw, b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n" * 1000) < 16 << 20


def bytes_taken(raw: socket.socket, piece: bytes) -> int:
    """Return how much is taken until the other end hangs up or reads no more; 64 MiB at most."""
    raw.settimeout(1.0)
    taken = 0
    while taken < 64 << 20:
        try:
            taken += raw.send(piece)
        except OSError:
            break
    return taken
