"""What is to be shown at which time: pages turn, answers end, a display that rests goes dark. Pure.

How this works: the light's patterns say what happens, verdicts and the parts' states what there is
to say about it; all of them come in any order. Which goes before which is what the light does
(`plantd.light.precedence`). `moment` says what is due now and for how long.
"""

from typing import Any, Dict, NamedTuple, Optional

from plantd.light.interface import ANSWERS, PATTERN_OF_ANSWER, Pattern
from plantd.light.precedence import Turn, turn
from plantd.notifiers.display.scene import (
    NOTHING,
    PART,
    Scene,
    fault_scene,
    looking_scene,
    refused_scene,
    resting_scene,
    verdict_scene,
)
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import Texts

# Long enough to read four lines of twenty letters.
PAGE_S = 5.0
CLASSIFY = "classify"
STICK = "stick"
Event = Dict[str, Any]


class Moment(NamedTuple):
    """What is due.

    Attributes:
        page: counted on from 0; the picture takes it modulo its pages.
        for_s: when to ask again, in seconds; a display that is away is missed by then.
        is_new: a press began: whoever shows it makes sure that the display lives.
    """

    scene: Scene
    page: int
    for_s: float
    is_new: bool = False


class Schedule:
    """Takes what happens, says what is due. Times are monotonic seconds, handed in."""

    def __init__(self, texts: Texts, answer_s: float, dark_after_s: float) -> None:
        """Args: the language; how long an answer stays; when rest goes dark, 0 is never."""
        self.texts = texts
        self._answer_s = answer_s
        self._dark_after_s = dark_after_s
        self._health = Health()
        self._resting = Pattern.STARTING
        self._last: Event = {}
        self._stick = ""
        self._pattern: Optional[Pattern] = None
        self._shown: Optional[Scene] = None
        self._ends_s: Optional[float] = None
        self._since_s = 0.0
        self._is_new = False

    def take(self, event: Event, now: float) -> bool:
        """Take a verdict, a part's state or a light's pattern; return whether one is due now."""
        self._settle(now)
        kind = event.get("type")
        if kind == "verdict":
            if event.get("trigger") != CLASSIFY:
                self._last = event
                self._answer(now)
                return True
        elif kind == "state":
            self._health.take(event)
            if event.get("part") == STICK:
                self._stick = str(event.get("detail"))
            return event.get("part") != PART and self._wake(now)
        elif kind == "light":
            return self._follow(Pattern(event["pattern"]), now)
        return False

    def moment(self, now: float) -> Moment:
        """Return what is due."""
        self._settle(now)
        since = now - self._since_s
        if self._shown is None and self._dark_after_s and since >= self._dark_after_s:
            return Moment(NOTHING, 0, PAGE_S)
        scene = self._shown or self._at_rest()
        page = int(since // PAGE_S)
        until = [(page + 1) * PAGE_S - since]
        if self._ends_s is not None:
            until.append(self._ends_s - now)
        elif self._shown is None and self._dark_after_s:
            until.append(self._dark_after_s - since)
        return Moment(scene, page, max(0.01, min(until)), self._is_new)

    def note_renewal(self) -> None:
        """The display was made sure of, for the press that began."""
        self._is_new = False

    def _follow(self, pattern: Pattern, now: float) -> bool:
        if pattern in ANSWERS:
            return self._again(pattern, now)
        when = turn(pattern, self._pattern or self._resting)
        if when == Turn.NEVER:
            return False
        if pattern in (Pattern.ACKNOWLEDGED, Pattern.BUSY):
            self._show(pattern, looking_scene(pattern, self.texts), now)
            self._is_new = True
            return True
        if pattern == Pattern.REFUSED:
            self._show(pattern, refused_scene(self._stick, self.texts), now)
            return True
        if pattern in (Pattern.PRESS_NO_CAMERA, Pattern.PRESS_FAULT):
            is_camera = pattern == Pattern.PRESS_NO_CAMERA
            self._show(pattern, fault_scene(is_camera, self._health, self.texts), now)
            return True
        was, self._resting = self._resting, pattern
        if when == Turn.AT_ONCE:
            self._rest(now)
        return was != pattern or when == Turn.AT_ONCE

    def _again(self, pattern: Pattern, now: float) -> bool:
        """A long press repeats the last answer; that of a press stands there already."""
        last = PATTERN_OF_ANSWER.get(str(self._last.get("verdict")))
        if pattern == self._pattern or pattern != last:
            return False
        self._answer(now)
        return True

    def _answer(self, now: float) -> None:
        scene = self._scene_of_last()
        self._show(PATTERN_OF_ANSWER[scene.shape], scene, now)

    def _scene_of_last(self) -> Scene:
        return verdict_scene(self._last, self.texts)

    def _show(self, pattern: Pattern, scene: Scene, now: float) -> None:
        self._pattern, self._shown = pattern, scene
        self._since_s, self._ends_s = now, now + self._answer_s

    def _settle(self, now: float) -> None:
        """What has ended gives way to what there is at rest."""
        if self._ends_s is not None and now >= self._ends_s:
            self._rest(self._ends_s)

    def _at_rest(self) -> Scene:
        return resting_scene(self._resting, self._health, self.texts, self._stick)

    def _rest(self, now: float) -> None:
        self._pattern = self._shown = self._ends_s = None
        self._since_s = now

    def _wake(self, now: float) -> bool:
        """A part has changed: a dark display tells of it; an answer stays."""
        if self._shown is None:
            self._since_s = now
        return self._shown is None
