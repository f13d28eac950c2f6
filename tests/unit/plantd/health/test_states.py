"""The state of the whole is that of its worst part; changes are told once."""

import pytest

from plantd.health.states import ComponentState, ComponentStates, State


@pytest.fixture
def told():
    return []


@pytest.fixture
def states(told):
    made = ComponentStates()
    made.listen(told.append)
    return made


def test_nothing_known_is_healthy(states):
    assert states.worst().state == State.HEALTHY
    assert states.degraded() == []


def test_the_worst_part_comes_first(states):
    states.set("record", State.DEGRADED, "disk full")
    states.set("engine", State.FAILED, "no plan")
    states.set("camera", State.RECOVERING, "unplugged")
    assert [each.part for each in states.all()] == ["engine", "camera", "record"]
    assert states.worst() == ComponentState("engine", State.FAILED, "no plan")


def test_each_degraded_part_has_a_sentence(states):
    states.set("record", State.DEGRADED, "disk full")
    states.set("camera", State.HEALTHY)
    states.set("button", State.DEGRADED)
    assert states.degraded() == ["button: DEGRADED", "record: disk full"]


def test_a_change_is_told_once(states, told):
    states.set("camera", State.FAILED, "unplugged")
    states.set("camera", State.FAILED, "unplugged")
    states.set("camera", State.HEALTHY)
    assert told == [
        ComponentState("camera", State.FAILED, "unplugged"),
        ComponentState("camera", State.HEALTHY),
    ]


def test_a_part_that_starts_healthy_is_no_news(states, told):
    states.set("camera", State.HEALTHY)
    assert told == []


def test_a_listener_with_a_bug_harms_neither_the_thread_that_sets_nor_the_next_one(told, caplog):
    states = ComponentStates()
    states.listen(lambda state: 1 / 0)
    states.listen(told.append)
    states.set("record", State.DEGRADED, "disk full")
    assert told == [ComponentState("record", State.DEGRADED, "disk full")]
    assert "who is told of states met a bug" in caplog.text
    assert "ZeroDivisionError" in caplog.text
