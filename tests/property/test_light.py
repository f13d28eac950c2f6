"""Light and display come back to how the box is, whatever happens in whichever order."""

from concurrent.futures import Future
from typing import Any, Dict, List, Optional

from hypothesis import given
from hypothesis import strategies as st
from support.verdict_json import verdict_json

from plantd.errors import CameraError, EngineError
from plantd.health.states import ComponentStates, State
from plantd.light.heard import HeardLight
from plantd.light.interface import PATTERN_OF_ANSWER, Pattern
from plantd.light.none import NoOutput
from plantd.light.player import LightPlayer
from plantd.light.precedence import MOMENTARY
from plantd.notifiers.display.schedule import Schedule
from plantd.service.notify import Notifier
from plantd.service.press_thread import show_outcome
from plantd.service.status_line import StatusDisplay
from plantd.texts.catalogue import english

ANSWER_S, LONG_S = 8.0, 20.0
HEADS = {
    Pattern.STARTING: "Starting",
    Pattern.READY: "Ready",
    Pattern.OFFER: "New model",
    Pattern.NO_CAMERA: "No camera",
    Pattern.FAULT: "Fault",
}
EVENTS = {
    "a press": lambda box: box.press(),
    "a press too soon": lambda box: box.press_too_soon(),
    **{
        "answer " + answer: lambda box, answer=answer: box.answer(answer)
        for answer in PATTERN_OF_ANSWER
    },
    "a press too soon while the answer comes": lambda box: box.press_while_answered(),
    "a press without a camera": lambda box: box.fail(CameraError("no frame for 5 s")),
    "a press without an engine": lambda box: box.fail(EngineError("the engine failed")),
    "the camera is lost": lambda box: box.set("camera", State.FAILED),
    "the camera recovers": lambda box: box.set("camera", State.RECOVERING),
    "the camera is well": lambda box: box.set("camera", State.HEALTHY),
    "the engine fails": lambda box: box.set("engine", State.FAILED),
    "the engine is well": lambda box: box.set("engine", State.HEALTHY),
    "the record fails": lambda box: box.set("record", State.DEGRADED),
    "a stick offers": lambda box: box.stick_shows(Pattern.OFFER),
    "a stick installs": lambda box: box.stick_shows(Pattern.STARTING),
    "a stick is gone": lambda box: box.stick_shows(None),
    "a stick is refused": lambda box: box.refuse(),
    "a long press repeats": lambda box: box.repeat(),
    "a second": lambda box: box.wait(1.0),
    "as long as an answer": lambda box: box.wait(ANSWER_S),
}


class Box:
    """A light that a display hears, the parts' states, and a clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seen: List[Pattern] = []
        self.waiting = 0
        self.stick: Optional[Pattern] = None
        self.states = ComponentStates()
        self.display = Schedule(english(), LONG_S, 0.0)
        player = LightPlayer(NoOutput(), ANSWER_S, lambda: self.now)
        self.light = HeardLight(player, self.hear)
        self.last: Optional[str] = None
        self.news = 0
        self.standing: Optional[Pattern] = None
        self.stands_until = 0.0
        status = StatusDisplay(self.states, str, self.light, Notifier({}), lambda: self.stick)
        self.states.listen(status.state_changed)
        status.show_ready()

    def hear(self, pattern: Pattern) -> None:
        self.tell({"type": "light", "pattern": pattern.value})

    def tell(self, event: Dict[str, Any]) -> None:
        self.display.take(event, self.now)

    def press(self) -> None:
        if not self.waiting:
            self.waiting = 1
            self.acknowledge()

    def acknowledge(self) -> None:
        self.standing = None
        self.light.show(Pattern.ACKNOWLEDGED)

    def press_too_soon(self) -> None:
        self.acknowledge()
        self.light.show(Pattern.BUSY)

    def press_while_answered(self) -> None:
        """It came too soon; the answer is there before that is shown."""
        if self.waiting:
            self.acknowledge()
            self.answer("poisonous")
            self.light.show(Pattern.BUSY)

    def answer(self, answer: str) -> None:
        if self.waiting:
            self.waiting, self.last = 0, answer
            self.tell(verdict_json(1, verdict=answer))
            self.stand(answer)

    def fail(self, error: Exception) -> None:
        if self.waiting:
            self.waiting = 0
            done: "Future[Any]" = Future()
            done.set_exception(error)
            self.standing = None
            show_outcome(self.light, done)

    def set(self, part: str, state: State) -> None:
        detail = "" if state == State.HEALTHY else "it fails"
        self.states.set(part, state, detail)
        self.tell({"type": "state", "part": part, "state": state.value, "detail": detail})

    def stick_shows(self, pattern: Optional[Pattern]) -> None:
        self.stick, self.news = pattern, self.news + 1
        self.states.set("stick", State.HEALTHY)
        self.states.set("stick", State.HEALTHY, "{}: {}".format(self.news, pattern))

    def refuse(self) -> None:
        self.stick_shows(None)
        self.light.show(Pattern.REFUSED)

    def repeat(self) -> None:
        if self.last is not None:
            self.stand(self.last)

    def stand(self, answer: str) -> None:
        self.standing, self.stands_until = PATTERN_OF_ANSWER[answer], self.now + ANSWER_S
        self.light.show(self.standing)

    def wait(self, for_s: float) -> None:
        self.now += for_s

    def is_how(self) -> Pattern:
        """How the box is, as README says of the light."""
        of = {each.part: each.state for each in self.states.all()}
        if of.get("engine") == State.FAILED:
            return Pattern.FAULT
        if of.get("camera") in (State.RECOVERING, State.FAILED):
            return Pattern.NO_CAMERA
        return self.stick or Pattern.READY


@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=30))
def test_after_any_order_of_events_light_and_display_say_how_the_box_is(order: List[str]) -> None:
    box = Box()
    for event in order:
        EVENTS[event](box)
        if box.standing and box.now < box.stands_until:
            assert box.light.showing() == box.standing, event
            assert box.display.moment(box.now).scene.shape == box.standing.value, event
        if box.light.showing() not in MOMENTARY:
            assert box.light.showing() == box.is_how(), event
        if box.display.moment(box.now).scene.head == "Ready":
            assert box.is_how() == Pattern.READY, event
    if box.waiting:
        box.fail(CameraError("no frame for 5 s"))
    box.wait(LONG_S)
    assert box.light.showing() == box.is_how()
    assert box.display.moment(box.now).scene.head == HEADS[box.is_how()]
