"""Calls off the main loop: what waits takes no more threads than it may."""

import asyncio
import threading
from contextlib import closing
from typing import Any, Coroutine, List

import pytest

from plantd.system.threads import Lane, to_thread

LONG_ENOUGH_S = 30.0


def completed(work: "Coroutine[Any, Any, Any]") -> Any:
    with closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(work)


def test_calls_that_wait_take_no_more_threads_than_their_lane_has() -> None:
    gate = threading.Event()
    begun: List[int] = []

    def waits(number: int) -> int:
        begun.append(number)
        assert gate.wait(LONG_ENOUGH_S)
        return number

    async def main() -> List[int]:
        lane = Lane(2)
        waiting = [
            asyncio.ensure_future(lane.run(lambda number=number: waits(number)))  # type: ignore[misc]
            for number in range(5)
        ]
        # Another call gets a thread meanwhile, and only two of the five have one.
        while len(begun) < 2:
            await to_thread(lambda: None)
        for _ in range(20):
            await to_thread(lambda: None)
        assert len(begun) == 2
        gate.set()
        return list(await asyncio.gather(*waiting))

    assert completed(main()) == [0, 1, 2, 3, 4]


def test_a_call_that_raises_gives_its_place_free() -> None:
    async def main() -> None:
        lane = Lane(1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 // 0)

    completed(main())
