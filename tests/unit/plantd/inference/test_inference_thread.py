"""One request at a time, one thread that owns the model, and what happens when it fails."""

import threading

import numpy as np
import pytest

from plantd.answers import Rule
from plantd.errors import BusyError, CameraError, EngineError
from plantd.inference.thread import FAULTS_UNTIL_CERTAIN, InferenceThread, Model
from plantd.pipeline import Request
from plantd.verdict import Decision, engine_fault
from plantd.wire import Moment, Verdict

TIMEOUT_S = 10
REQUEST = Request("button", 0.0)
MOMENT = Moment("boot", 1.0, "2026-01-01T00:00:00Z", True)


def verdict(decision=Decision("edible", Rule.EDIBLE)) -> Verdict:
    return Verdict(1, MOMENT, "button", None, decision, None, (), "", "m", True, None, ())


class Story:
    """Stands where the pipeline stands: answers, raises or waits as the test says."""

    engine_fault = "a broken context"

    def __init__(self):
        self.given = verdict()
        self.error = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.entered = threading.Event()
        self.threads = set()

    def answer(self, request):
        self.threads.add(threading.current_thread().name)
        self.entered.set()
        assert self.go_on.wait(TIMEOUT_S)
        if self.error is not None:
            raise self.error
        return self.given


class Stage:
    """An inference thread with everything it calls written down."""

    def __init__(self):
        self.story = Story()
        self.delivered, self.loads, self.faults, self.closed = [], [], [], []
        self.load_error = None
        self.thread = InferenceThread(
            self.load, self.delivered.append, self.loads.append, self.faults.append
        )

    def load(self):
        if self.load_error is not None:
            raise self.load_error
        return Model(self.story, lambda: self.closed.append(threading.current_thread().name))


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.story.go_on.set()
    assert made.thread.stop(TIMEOUT_S)


def started(stage) -> InferenceThread:
    stage.thread.start()
    assert stage.thread.ready.wait(TIMEOUT_S)
    return stage.thread


def test_a_request_is_answered_and_delivered(stage):
    future = started(stage).submit(REQUEST)
    assert future.result(TIMEOUT_S) is stage.story.given
    assert stage.delivered == [stage.story.given]
    assert stage.loads == [None]


def test_the_model_is_used_and_closed_by_its_own_thread(stage):
    started(stage).submit(REQUEST).result(TIMEOUT_S)
    assert stage.thread.stop(TIMEOUT_S)
    assert stage.story.threads == {"inference"}
    assert stage.closed == ["inference"]


def test_a_second_press_is_busy(stage):
    stage.story.go_on.clear()
    first = started(stage).submit(REQUEST)
    with pytest.raises(BusyError, match="another press"):
        stage.thread.submit(REQUEST)
    assert stage.thread.busy
    stage.story.go_on.set()
    first.result(TIMEOUT_S)


def test_after_an_answer_the_next_press_is_taken(stage):
    started(stage).submit(REQUEST).result(TIMEOUT_S)
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S)


def test_a_lost_camera_fails_the_request_and_not_the_thread(stage):
    stage.story.error = CameraError("unplugged")
    future = started(stage).submit(REQUEST)
    with pytest.raises(CameraError, match="unplugged"):
        future.result(TIMEOUT_S)
    stage.story.error = None
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S)


def test_a_bug_fails_the_request_and_not_the_thread(stage, caplog):
    stage.story.error = ZeroDivisionError("a bug")
    future = started(stage).submit(REQUEST)
    with pytest.raises(ZeroDivisionError):
        future.result(TIMEOUT_S)
    stage.story.error = None
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S)
    assert "ended in a bug" in caplog.text


def test_without_a_model_requests_say_why(stage):
    stage.load_error = EngineError("no plan; make engine")
    with pytest.raises(EngineError, match="no plan; make engine"):
        started(stage).submit(REQUEST)
    assert stage.loads == [stage.load_error]
    assert stage.thread.pipeline is None


def test_before_the_model_is_loaded_requests_say_so(stage):
    with pytest.raises(EngineError, match="still being loaded"):
        stage.thread.submit(REQUEST)
    started(stage)


def test_a_reload_mends_a_failed_load(stage):
    stage.load_error = EngineError("no plan")
    started(stage)
    stage.load_error = None
    stage.thread.reload().result(TIMEOUT_S)
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S)


def test_a_reload_that_fails_says_why(stage):
    started(stage)
    stage.load_error = EngineError("damaged")
    with pytest.raises(EngineError, match="damaged"):
        stage.thread.reload().result(TIMEOUT_S)
    assert stage.closed == ["inference"]


def test_an_exchange_closes_the_old_model_and_answers_with_the_new_one(stage):
    started(stage)
    other = Story()
    other.given = verdict(Decision("unsure", Rule.LOW_CONFIDENCE))
    stage.thread.exchange(lambda: Model(other, lambda: None)).result(TIMEOUT_S)
    assert stage.closed == ["inference"]
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S) is other.given
    assert stage.loads == [None, None]


@pytest.mark.parametrize("error", [EngineError("damaged"), ZeroDivisionError("a bug")])
def test_an_exchange_that_fails_brings_the_old_model_back(stage, error):
    def load():
        raise error

    started(stage)
    with pytest.raises(EngineError, match=str(error)):
        stage.thread.exchange(load).result(TIMEOUT_S)
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S) is stage.story.given


def test_after_a_release_requests_are_refused_until_a_reload(stage):
    started(stage).release().result(TIMEOUT_S)
    assert stage.closed == ["inference"]
    with pytest.raises(EngineError, match="still being loaded"):
        stage.thread.submit(REQUEST)
    stage.thread.reload().result(TIMEOUT_S)
    assert stage.thread.submit(REQUEST).result(TIMEOUT_S)


def test_a_request_taken_just_before_a_release_is_refused_too(stage):
    started(stage)
    held = threading.Event()
    stage.thread.call_soon(lambda: held.wait(TIMEOUT_S))
    stage.thread.release()
    future = stage.thread.submit(REQUEST)
    held.set()
    with pytest.raises(EngineError, match="still being loaded"):
        future.result(TIMEOUT_S)
    assert not stage.thread.busy


def test_faults_in_a_row_become_certain(stage):
    stage.story.given = verdict(engine_fault())
    started(stage)
    for _ in range(FAULTS_UNTIL_CERTAIN):
        assert stage.faults == []
        stage.thread.submit(REQUEST).result(TIMEOUT_S)
    assert stage.faults == ["a broken context"]


def test_a_good_answer_ends_the_row_of_faults(stage):
    started(stage)
    for answer in (engine_fault(), engine_fault(), Decision("edible", Rule.EDIBLE), engine_fault()):
        stage.story.given = verdict(answer)
        stage.thread.submit(REQUEST).result(TIMEOUT_S)
    assert stage.faults == []


def test_stopping_lets_the_request_end(stage):
    stage.story.go_on.clear()
    future = started(stage).submit(REQUEST)
    assert stage.story.entered.wait(TIMEOUT_S)
    stopper = threading.Thread(target=stage.thread.stop, args=(TIMEOUT_S,))
    stopper.start()
    stage.story.go_on.set()
    stopper.join(TIMEOUT_S)
    assert future.result(TIMEOUT_S) is stage.story.given


def test_a_stopped_thread_takes_no_requests(stage):
    started(stage)
    assert stage.thread.stop(TIMEOUT_S)
    with pytest.raises(EngineError, match="stopping"):
        stage.thread.submit(REQUEST)


def test_calls_run_in_the_thread(stage):
    names, done = [], threading.Event()

    def call():
        names.append(threading.current_thread().name)
        done.set()

    started(stage).call_soon(call)
    assert done.wait(TIMEOUT_S)
    assert names == ["inference"]


def test_a_bug_in_the_first_load_leaves_a_service_that_says_so(stage):
    stage.load_error = ZeroDivisionError("a bug")
    stage.thread.start()
    assert stage.thread.ready.wait(TIMEOUT_S)
    assert "a bug" in str(stage.loads[0])
    with pytest.raises(EngineError, match="a bug"):
        stage.thread.submit(REQUEST)


def test_a_bug_in_one_job_does_not_end_the_thread(stage):
    thread = started(stage)
    thread.call_soon(lambda: 1 // 0)
    assert thread.submit(REQUEST).result(TIMEOUT_S) == stage.story.given


SENT_IN = Request("classify", 0.0, np.zeros((8, 8, 3), np.uint8))


def test_a_press_waits_behind_a_picture_that_was_sent_in_and_goes_before_the_next(stage):
    thread = started(stage)
    stage.story.go_on.clear()
    first = thread.submit(SENT_IN)
    assert stage.story.entered.wait(TIMEOUT_S)
    press = thread.submit(REQUEST)
    for another in (SENT_IN, REQUEST):
        with pytest.raises(BusyError):
            thread.require_free(another.trigger)
        with pytest.raises(BusyError):
            thread.submit(another)
    stage.story.go_on.set()
    assert press.result(TIMEOUT_S) == first.result(TIMEOUT_S) == stage.story.given
    assert thread.submit(SENT_IN).result(TIMEOUT_S)
