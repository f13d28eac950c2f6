"""The watchdog is pinged only while every watched thread answers."""

import pytest

from plantd.health.watchdog import Watchdog


@pytest.fixture
def pings():
    return []


@pytest.fixture
def watchdog(pings):
    return Watchdog(lambda: pings.append("ping"))


def test_with_nobody_to_watch_the_loop_alone_is_enough(watchdog, pings):
    assert watchdog.tick()
    assert watchdog.tick()
    assert len(pings) == 2


def test_a_thread_that_answers_keeps_the_pings_coming(watchdog, pings):
    watchdog.watch("inference", lambda answer: answer())
    assert all(watchdog.tick() for _ in range(5))
    assert len(pings) == 5


def test_a_thread_that_hangs_stops_the_pings(watchdog, pings):
    watchdog.watch("press", lambda answer: answer())
    watchdog.watch("inference", lambda answer: None)
    watchdog.tick()
    assert not watchdog.tick()
    assert watchdog.silent() == ["inference"]
    assert len(pings) == 1


def test_a_late_answer_lets_the_pings_go_on(watchdog, pings):
    tokens = []
    watchdog.watch("inference", tokens.append)
    watchdog.tick()
    assert not watchdog.tick()
    tokens.pop()()
    assert watchdog.tick()
    assert len(pings) == 2


def test_a_silent_thread_is_not_asked_again_and_again(watchdog):
    tokens = []
    watchdog.watch("inference", tokens.append)
    for _ in range(4):
        watchdog.tick()
    assert len(tokens) == 1


def test_an_excused_thread_may_be_silent_for_a_while(watchdog, pings):
    tokens = []
    watchdog.watch("inference", tokens.append)
    watchdog.watch("press", lambda answer: answer())
    watchdog.tick()
    with watchdog.excused("inference"):
        assert watchdog.tick()
        assert watchdog.tick()
    assert len(tokens) == 1
    assert not watchdog.tick()
    assert watchdog.silent() == ["inference"]
    tokens.pop()()
    assert watchdog.tick()


def test_an_excuse_holds_for_one_thread_only(watchdog):
    watchdog.watch("press", lambda answer: None)
    watchdog.tick()
    with watchdog.excused("inference"):
        assert not watchdog.tick()
