"""The end of the service: asked for from any thread at any time; the first code counts."""

import asyncio
import threading
from typing import Callable

import pytest

from plantd.errors import EX_SOFTWARE
from plantd.health.states import ComponentStates
from plantd.light.interface import Pattern
from plantd.service.exit_request import ExitRequest, end_after_engine_fault, end_between_presses


@pytest.fixture
def request_() -> ExitRequest:
    return ExitRequest()


def waited(request: ExitRequest, then: Callable[[], None] = lambda: None) -> int:
    async def wait() -> int:
        request.open()
        then()
        await asyncio.wait_for(request.wait(), 20.0)
        return request.exit_code

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(wait())
    finally:
        loop.close()


def test_an_end_that_was_asked_for_before_the_start_is_not_forgotten(request_: ExitRequest) -> None:
    request_.ask(EX_SOFTWARE)
    assert waited(request_) == EX_SOFTWARE


def test_any_thread_may_ask(request_: ExitRequest) -> None:
    thread = threading.Thread(target=request_.ask, args=(EX_SOFTWARE,))
    assert waited(request_, thread.start) == EX_SOFTWARE
    thread.join()


def test_an_end_counts_against_the_model_only_where_the_model_may_be_why(
    request_: ExitRequest,
) -> None:
    request_.ask(EX_SOFTWARE)
    assert not request_.blames_model
    end_after_engine_fault(ComponentStates(), request_, "CUDA error 700")
    assert request_.blames_model


def test_sigterm_after_a_fault_leaves_the_code_of_the_fault(request_: ExitRequest) -> None:
    request_.ask(EX_SOFTWARE)
    request_.ask()
    assert waited(request_) == EX_SOFTWARE


@pytest.mark.parametrize(
    ("busy", "shown", "ends"),
    [
        (False, Pattern.READY, True),
        (False, Pattern.NO_CAMERA, True),
        (True, Pattern.READY, False),
        (True, Pattern.ACKNOWLEDGED, False),
        (False, Pattern.POISONOUS, False),
        (False, Pattern.UNSURE, False),
    ],
)
def test_between_presses_is_when_no_answer_stands_on_the_light_either(
    request_: ExitRequest, busy: bool, shown: Pattern, ends: bool
) -> None:
    end_between_presses(lambda: busy, lambda: shown, request_, "memory grows", False)
    assert request_.exit_code == (EX_SOFTWARE if ends else 0)
