import os
import threading
import time
from typing import Iterator, List, Tuple

import pytest
from support.cameras import PATIENCE_S

from plantd.camera.waiting import FrameWaiters

FOR_EVER = float("inf")


@pytest.fixture
def waiting() -> Iterator[FrameWaiters]:
    found = FrameWaiters()
    yield found
    found.close()


@pytest.fixture
def pipe() -> Iterator[Tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def wait_in_thread(
    waiting: FrameWaiters, found: List[object], deadline_s: float
) -> threading.Thread:
    thread = threading.Thread(
        target=lambda: found.append(waiting.wait_for(lambda: None, deadline_s))
    )
    thread.start()
    return thread


def test_what_is_there_already_is_returned_at_once(waiting: FrameWaiters) -> None:
    assert waiting.wait_for(lambda: "frame", 0.0) == "frame"
    assert not waiting


def test_a_passed_deadline_ends_the_wait_after_one_look(waiting: FrameWaiters) -> None:
    looks: List[int] = []
    assert waiting.wait_for(lambda: looks.append(1), time.monotonic() - 1.0) is None
    assert looks == [1]


def test_a_caller_wakes_a_thread_that_sleeps_for_ever_and_is_woken_at_its_deadline(
    waiting: FrameWaiters,
) -> None:
    found: List[object] = []
    deadline_s = time.monotonic() + 0.2
    caller = wait_in_thread(waiting, found, deadline_s)
    while time.monotonic() < deadline_s:
        assert waiting.sleep((), lambda: FOR_EVER) is not None
    waiting.notify()
    caller.join(PATIENCE_S)
    assert found == [None]


def test_a_descriptor_that_can_be_read_ends_the_sleep(
    waiting: FrameWaiters, pipe: Tuple[int, int]
) -> None:
    os.write(pipe[1], b"x")
    assert waiting.sleep([pipe[0]], lambda: FOR_EVER) == [pipe[0]]


def test_the_sleep_ends_when_it_is_due_and_not_before(waiting: FrameWaiters) -> None:
    due_s = time.monotonic() + 0.05
    assert waiting.sleep((), lambda: due_s) == []
    assert time.monotonic() >= due_s


def test_an_error_in_a_look_leaves_nobody_waiting(waiting: FrameWaiters) -> None:
    def look() -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError):
        waiting.wait_for(look, FOR_EVER)
    assert not waiting


def test_the_end_lets_everybody_go(waiting: FrameWaiters) -> None:
    found: List[object] = []
    callers = [wait_in_thread(waiting, found, FOR_EVER) for _ in range(3)]
    waiting.end()
    waiting.notify()
    for caller in callers:
        caller.join(PATIENCE_S)
    assert found == [None] * 3


def test_more_pokes_than_a_pipe_holds_block_nobody(waiting: FrameWaiters) -> None:
    for _ in range(70000):
        waiting.wait_for(lambda: None, 0.0)
    waiting.sleep((), lambda: FOR_EVER)
