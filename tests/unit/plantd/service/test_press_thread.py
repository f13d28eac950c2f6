"""Between the finger and the light: acknowledged at once, answered later, never stuck."""

import queue
import threading
from concurrent.futures import Future

import pytest

from plantd.answers import Rule
from plantd.button.interface import LONG, Button, ButtonStatus, Press
from plantd.errors import BusyError, ButtonError, CameraError, EngineError
from plantd.light.interface import Light, Pattern
from plantd.service.press_thread import PressThread
from plantd.verdict import Decision
from plantd.wire import Moment, Verdict

TIMEOUT_S = 10
MOMENT = Moment("boot", 1.0, "2026-01-01T00:00:00Z", True)


def verdict(answer: str) -> Verdict:
    decision = Decision(answer, Rule.EDIBLE)
    return Verdict(1, MOMENT, "button", None, decision, None, (), "", "m", True, None, ())


class Wire(Button):
    """A button that reports what the test puts on it."""

    def __init__(self):
        self.presses = queue.Queue()
        self.opened = threading.Event()
        self.error = None

    def open(self):
        if self.error is not None:
            raise self.error
        self.opened.set()

    def wait(self, timeout_s):
        try:
            return self.presses.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def wake(self):
        self.presses.put(None)

    def status(self):
        return ButtonStatus(True, "wire", "wire")

    def close(self):
        pass


class RememberedLight(Light):
    """A light that hands every pattern to the test."""

    def __init__(self):
        self.patterns = queue.Queue()

    def open(self):
        pass

    def show(self, pattern):
        self.patterns.put(pattern)

    def showing(self):
        return Pattern.OFF

    def close(self):
        pass

    def next(self):
        return self.patterns.get(timeout=TIMEOUT_S)


class Stage:
    def __init__(self):
        self.button, self.light = Wire(), RememberedLight()
        self.future, self.error, self.long = Future(), None, queue.Queue()
        self.thread = PressThread(self.button, self.light, self.submit, self.long.put)

    def submit(self, press):
        if self.error is not None:
            raise self.error
        return self.future


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.thread.stop(TIMEOUT_S)


def pressed(stage, kind="short"):
    stage.thread.start()
    stage.button.presses.put(Press(1.0, kind))


def test_a_press_is_acknowledged_before_it_is_answered(stage):
    pressed(stage)
    assert stage.light.next() is Pattern.ACKNOWLEDGED
    assert stage.light.patterns.empty()
    stage.future.set_result(verdict("unsure"))
    assert stage.light.next() is Pattern.UNSURE


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ("poisonous", Pattern.POISONOUS),
        ("edible", Pattern.EDIBLE),
        ("unsure", Pattern.UNSURE),
    ],
)
def test_each_answer_has_its_pattern(stage, answer, pattern):
    stage.future.set_result(verdict(answer))
    pressed(stage)
    assert [stage.light.next(), stage.light.next()] == [Pattern.ACKNOWLEDGED, pattern]


@pytest.mark.parametrize(
    ("error", "pattern"),
    [
        (CameraError("unplugged"), Pattern.PRESS_NO_CAMERA),
        (EngineError("broken"), Pattern.PRESS_FAULT),
        (ZeroDivisionError("a bug"), Pattern.PRESS_FAULT),
    ],
)
def test_a_press_that_got_no_answer_shows_why(stage, error, pattern):
    stage.future.set_exception(error)
    pressed(stage)
    assert [stage.light.next(), stage.light.next()] == [Pattern.ACKNOWLEDGED, pattern]


@pytest.mark.parametrize(
    ("error", "pattern"),
    [(BusyError("busy"), Pattern.BUSY), (EngineError("no model"), Pattern.PRESS_FAULT)],
)
def test_a_press_that_is_not_taken_shows_why(stage, error, pattern):
    stage.error = error
    pressed(stage)
    assert [stage.light.next(), stage.light.next()] == [Pattern.ACKNOWLEDGED, pattern]


def test_a_long_press_is_no_request(stage):
    pressed(stage, LONG)
    assert stage.long.get(timeout=TIMEOUT_S) == Press(1.0, LONG)
    assert stage.light.patterns.empty()


def test_calls_run_in_the_thread_while_nobody_presses(stage):
    stage.thread.start()
    names = queue.Queue()
    stage.thread.call_soon(lambda: names.put(threading.current_thread().name))
    assert names.get(timeout=TIMEOUT_S) == "press"


def test_calls_run_while_the_button_cannot_be_opened(stage, caplog):
    stage.button.error = ButtonError("no such chip")
    stage.thread.start()
    names = queue.Queue()
    stage.thread.call_soon(lambda: names.put(threading.current_thread().name))
    assert names.get(timeout=TIMEOUT_S) == "press"
    assert "no such chip" in caplog.text


@pytest.mark.parametrize("error", [None, ButtonError("no such chip")])
def test_that_the_button_was_tried_is_known(stage, error):
    stage.button.error = error
    assert not stage.thread.wait_until_tried(0.0)
    stage.thread.start()
    assert stage.thread.wait_until_tried(TIMEOUT_S)
    assert stage.button.opened.is_set() == (error is None)


def test_a_button_that_comes_back_is_opened(stage):
    stage.button.error = ButtonError("no such chip")
    stage.thread.start()
    stage.button.error = None
    stage.thread.call_soon(lambda: None)
    assert stage.button.opened.wait(TIMEOUT_S)


def test_stopping_ends_the_thread_even_without_a_button(stage):
    stage.button.error = ButtonError("no such chip")
    stage.thread.start()
    stage.thread.stop(TIMEOUT_S)
    assert "press" not in [thread.name for thread in threading.enumerate()]


def test_a_bug_in_one_press_does_not_end_the_thread(stage):
    stage.error = ZeroDivisionError("a bug")
    pressed(stage)
    assert stage.light.next() is Pattern.ACKNOWLEDGED
    stage.error = None
    answered = threading.Event()
    stage.thread.call_soon(answered.set)
    assert answered.wait(TIMEOUT_S)
    stage.button.presses.put(Press(2.0, "short"))
    assert stage.light.next() is Pattern.ACKNOWLEDGED
