"""GET /v1/events over a real socket: resuming, gaps, slow readers, the end."""

import json
import socket
from typing import Any, Dict, Iterator, List

import pytest
from support.fake_appliance import fault
from support.served_api import LONG_ENOUGH_S, ServedApi, read_all
from support.verdict_json import verdict_json

from plantd.errors import RecordError

Json = Dict[str, Any]


@pytest.fixture
def served() -> Iterator[ServedApi]:
    with ServedApi(heartbeat_s=0.05) as api:
        yield api


def listening(served: ServedApi, **parameters: Any) -> Iterator[Json]:
    """Return an iterator of events whose listener is known to the stream already."""
    events = served.client.events(**parameters)
    first = next(events)
    return chain(first, events)


def chain(first: Json, rest: Iterator[Json]) -> Iterator[Json]:
    yield first
    for event in rest:
        yield event


def take(events: Iterator[Json], count: int) -> List[Json]:
    """Return the next events that are no heartbeats."""
    taken: List[Json] = []
    while len(taken) < count:
        event = next(events)
        if event["type"] != "heartbeat":
            taken.append(event)
    return taken


def seqs(events: List[Json]) -> List[int]:
    return [event["seq"] for event in events]


def test_silence_is_filled_by_heartbeats(served: ServedApi) -> None:
    events = served.client.events()
    assert [next(events)["type"] for _ in range(3)] == ["heartbeat"] * 3


def test_events_come_as_they_are_sent(served: ServedApi) -> None:
    events = listening(served)
    served.stream.send(verdict_json(1))
    served.stream.send({"schema": 1, "type": "state", "part": "camera"})
    assert [event["type"] for event in take(events, 2)] == ["verdict", "state"]


def test_types_are_chosen(served: ServedApi) -> None:
    events = listening(served, types="state,telemetry")
    served.stream.send(verdict_json(1))
    served.stream.send({"schema": 1, "type": "telemetry"})
    assert [event["type"] for event in take(events, 1)] == ["telemetry"]


def test_resuming_reads_the_record_first(served: ServedApi) -> None:
    served.appliance.record(250)
    events = served.client.events(after=3)
    assert seqs(take(events, 247)) == list(range(4, 251))
    served.stream.send(verdict_json(251))
    assert seqs(take(events, 1)) == [251]


def test_resuming_gives_each_verdict_once_and_in_order(served: ServedApi) -> None:
    served.appliance.record(9)
    del served.appliance.recorded[6]
    for seq in range(5, 11):
        served.stream.send(verdict_json(seq, recorded=seq not in (7, 10)))
    events = served.client.events(after=2)
    assert seqs(take(events, 8)) == [3, 4, 5, 6, 7, 8, 9, 10]
    served.stream.send(verdict_json(11))
    assert seqs(take(events, 1)) == [11]


def test_resuming_at_the_end_gives_what_comes(served: ServedApi) -> None:
    served.appliance.record(5)
    events = listening(served, after=5)
    served.stream.send(verdict_json(6))
    assert seqs(take(events, 1)) == [6]


def test_resuming_without_verdicts_repeats_none(served: ServedApi) -> None:
    served.appliance.record(5)
    events = served.client.events(types="state", after=0)
    assert next(events)["type"] == "heartbeat"


def test_resuming_without_a_record_says_that_it_may_miss_some(served: ServedApi) -> None:
    served.appliance.fault = fault(RecordError)
    served.stream.send(verdict_json(4))
    gap, verdict = take(served.client.events(after=0), 2)
    assert (gap["type"], gap["dropped"]) == ("gap", None)
    assert verdict["seq"] == 4


def test_one_who_does_not_read_is_dropped_and_the_others_served() -> None:
    with ServedApi(request_timeout_s=0.3, queue_length=64) as served:
        other = listening(served)
        with served.connected() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            assert slow.recv(16)
            for seq in range(1, 3000):
                served.stream.send(verdict_json(seq, words="x" * 2000))
                if seq % 20 == 0:
                    take(other, 20)
            received = read_to_the_end(slow)
        assert served.stream.dropped > 0
        assert received < 3000 * 2000
        served.stream.send({"schema": 1, "type": "state"})
        while next(other)["type"] != "state":
            continue
        assert served.client.get("/v1/status")["state"] == "HEALTHY"


def read_to_the_end(raw: socket.socket) -> int:
    """Return how much a connection still held before its other end broke it off."""
    raw.settimeout(LONG_ENOUGH_S)
    size = 0
    waiting_for_the_end_without_reading(raw)
    try:
        while True:
            part = raw.recv(1 << 20)
            if not part:
                return size
            size += len(part)
    except ConnectionResetError:
        return size


def waiting_for_the_end_without_reading(raw: socket.socket) -> None:
    import select

    poll = select.poll()
    poll.register(raw, select.POLLHUP | select.POLLERR | select.POLLRDHUP)
    assert poll.poll(LONG_ENOUGH_S * 1000)


def test_a_slow_reader_is_told_its_gap() -> None:
    with ServedApi(queue_length=4) as served:
        events = listening(served)

        async def burst() -> None:
            for seq in range(1, 21):
                served.stream.send(verdict_json(seq))

        served.call(burst())
        gap, *rest = take(events, 5)
        assert (gap["type"], gap["dropped"]) == ("gap", 16)
        assert seqs(rest) == [17, 18, 19, 20]


def test_stopping_ends_the_stream_properly() -> None:
    with ServedApi() as served:
        events = listening(served)
        served.stream.send(verdict_json(1))
        assert seqs(take(events, 1)) == [1]
        served.call(served.server.stop())
        assert [event["type"] for event in events if event["type"] != "heartbeat"] == []


def test_a_listener_that_hung_up_is_forgotten(served: ServedApi) -> None:
    with served.connected() as raw:
        raw.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(16)
    other = listening(served)
    while served.stream.listeners > 1:
        next(other)


def test_the_body_is_one_json_object_a_line(served: ServedApi) -> None:
    with served.connected() as raw:
        raw.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
        assert raw.recv(16)
        served.stream.send(verdict_json(1, words="zwei\nZeilen"))
        served.stream.close()
        head, _, body = read_all(raw).partition(b"\r\n\r\n")
    assert b"application/x-ndjson" in head
    lines = [json.loads(line.decode()) for line in body.splitlines()]
    types = [line["type"] for line in lines if line["type"] != "heartbeat"]
    assert types == ["verdict", "end"]
