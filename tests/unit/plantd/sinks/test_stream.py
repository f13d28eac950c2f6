"""The event stream: bounded, from any thread, nobody waited for."""

import asyncio
import json
import threading
from typing import Any, Callable, Coroutine, List, Optional

from support.verdict_json import verdict_json

from plantd.sinks.stream import EventStream, Line, Listener

LONG_ENOUGH_S = 20.0


def run(work: "Coroutine[Any, Any, Any]") -> Any:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def take(listener: Listener, count: int) -> List[Any]:
    lines = [await listener.next_line(LONG_ENOUGH_S) for _ in range(count)]
    return [None if line is None else json.loads(line.data.decode()) for line in lines]


def states(*names: str) -> "List[dict[str, Any]]":
    return [{"schema": 1, "type": "state", "state": name} for name in names]


def test_listeners_get_what_is_sent_from_now_on() -> None:
    async def story() -> None:
        stream = EventStream()
        stream.send(states("before")[0])
        first, second = stream.listen(), stream.listen()
        for event in states("one", "two"):
            stream.send(event)
        assert await take(first, 2) == states("one", "two")
        assert await take(second, 2) == states("one", "two")

    run(story())


def test_events_cross_from_another_thread() -> None:
    async def story() -> None:
        stream = EventStream(1000)
        listener = stream.listen()
        sender = threading.Thread(
            target=lambda: [stream.send(verdict_json(seq)) for seq in range(500)]
        )
        sender.start()
        assert [event["seq"] for event in await take(listener, 500)] == list(range(500))
        sender.join(LONG_ENOUGH_S)

    run(story())


def test_a_slow_listener_gets_a_gap_and_then_the_newest() -> None:
    async def story() -> None:
        stream = EventStream(3)
        listener = stream.listen()
        for seq in range(10):
            stream.send(verdict_json(seq))
        gap, *rest = await take(listener, 4)
        assert gap == {"schema": 1, "type": "gap", "dropped": 7}
        assert [event["seq"] for event in rest] == [7, 8, 9]
        assert stream.dropped == 7

    run(story())


def test_a_gap_is_told_once() -> None:
    async def story() -> None:
        stream = EventStream(1)
        listener = stream.listen()
        for seq in range(3):
            stream.send(verdict_json(seq))
        assert [event["type"] for event in await take(listener, 2)] == ["gap", "verdict"]
        stream.send(verdict_json(3))
        assert [event["type"] for event in await take(listener, 1)] == ["verdict"]

    run(story())


def test_a_listener_chooses_its_types() -> None:
    async def story() -> None:
        stream = EventStream()
        listener = stream.listen(frozenset({"verdict"}))
        stream.send(states("one")[0])
        stream.send(verdict_json(1))
        assert [event["type"] for event in await take(listener, 1)] == ["verdict"]

    run(story())


def test_an_event_changed_after_sending_stays_as_it_was() -> None:
    async def story() -> None:
        stream = EventStream()
        listener = stream.listen()
        event = verdict_json(1)
        stream.send(event)
        event["verdict"] = "edible"
        assert (await take(listener, 1))[0]["verdict"] == "unsure"

    run(story())


def test_waiting_ends_with_none_when_nothing_comes() -> None:
    async def story() -> Optional[Line]:
        return await EventStream().listen().next_line(0.01)

    assert run(story()) is None


def test_old_wakeups_do_not_look_like_silence() -> None:
    async def story() -> None:
        stream = EventStream()
        listener = stream.listen()
        stream.send(verdict_json(1))
        assert await take(listener, 1)
        asyncio.get_event_loop().call_later(0.02, stream.send, verdict_json(2))
        assert (await take(listener, 1))[0]["seq"] == 2

    run(story())


def test_closing_ends_listeners_after_what_they_hold() -> None:
    async def story() -> None:
        stream = EventStream()
        listener = stream.listen()
        stream.send(verdict_json(1))
        stream.close()
        assert not listener.ended
        assert [event and event["seq"] for event in await take(listener, 2)] == [1, None]
        assert listener.ended
        assert stream.listen().ended

    run(story())


def test_closing_wakes_a_listener_that_waits() -> None:
    async def story() -> None:
        stream = EventStream()
        listener = stream.listen()
        asyncio.get_event_loop().call_later(0.01, stream.close)
        assert await listener.next_line(LONG_ENOUGH_S) is None

    run(story())


def test_a_listener_that_left_costs_nothing() -> None:
    async def story() -> None:
        stream = EventStream(1)
        listener = stream.listen()
        stream.leave(listener)
        stream.leave(listener)
        for seq in range(5):
            stream.send(verdict_json(seq))
        assert (stream.dropped, stream.listeners) == (0, 0)

    run(story())


def test_a_listener_whose_loop_is_gone_is_no_error() -> None:
    stream = EventStream(2)
    listen: Callable[[], Coroutine[Any, Any, None]]

    async def listen() -> None:
        stream.listen()

    run(listen())
    for seq in range(5):
        stream.send(verdict_json(seq))
    assert stream.dropped == 3


def test_recent_verdicts_are_kept_to_a_bound() -> None:
    stream = EventStream(3)
    for seq in range(1, 6):
        stream.send(verdict_json(seq))
        stream.send(states("x")[0])
    assert [line.seq for line in stream.recent(0)] == [3, 4, 5]
    assert [line.seq for line in stream.recent(4)] == [5]
