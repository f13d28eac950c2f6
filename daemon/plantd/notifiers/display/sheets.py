"""What is to stand on paper at which time: on e-ink, which is slow and forgets nothing. Pure.

How this works: what is due is what would be on a display that shines (`schedule`), but for this. No
page turns, and nothing goes dark. While a press is answered the last picture stays: the answer is
there before a picture of "Looking" would be. Pictures follow each other no faster than `refresh_s`;
what a press or a stick is told, and what takes its place once it is old, does not wait, and neither
does what follows the start. The latest is shown, those between never.
"""

from typing import NamedTuple, Optional

from plantd.light.interface import Pattern
from plantd.notifiers.display.scene import LOOKING, STARTING, Scene, verdict_sheet
from plantd.notifiers.display.schedule import Moment, Schedule
from plantd.texts.catalogue import Texts

# After that long without an answer a press has failed: the answer to an earlier one must not stay.
LOOK_S = 10.0
# As long as nothing happens nothing is due.
IDLE_S = 3600.0


class Sheet(NamedTuple):
    """What stands on paper.

    Attributes:
        told: how many presses and sticks were told something until then.
        passes: it is of now, or of the start: what follows it does not wait.
    """

    scene: Scene
    told: int
    passes: bool


class Sheets(Schedule):
    """A schedule for paper; see Schedule. A moment's page counts what was told."""

    def __init__(self, texts: Texts, answer_s: float, refresh_s: float) -> None:
        """Args: the language; how long an answer stays; from one picture to the next."""
        super().__init__(texts, answer_s, 0.0)
        self._refresh_s = refresh_s
        self._given: Optional[Sheet] = None
        self._given_s = 0.0
        self._told = 0

    def moment(self, now: float) -> Moment:
        """See Schedule; what it returns is taken for shown from then on."""
        scene = super().moment(now).scene
        until_s = IDLE_S if self._ends_s is None else self._ends_s - now
        given = self._given
        if given is not None:
            waits_s = self._waits_s(given, scene, now)
            if waits_s > 0:
                return Moment(given.scene, given.told, max(0.01, min(waits_s, until_s)))
        looks = scene.shape == LOOKING
        due = Sheet(
            self._at_rest() if looks else scene,
            self._told,
            scene.shape == STARTING or not (looks or self._shown is None),
        )
        if due != given:
            self._given, self._given_s = due, now
        return Moment(due.scene, due.told, max(0.01, until_s))

    def _waits_s(self, given: Sheet, scene: Scene, now: float) -> float:
        """Return how long what is given stays before a scene takes its place."""
        if scene.shape == LOOKING:
            return self._since_s + LOOK_S - now
        if given.passes or self._shown is not None:
            return 0.0
        return self._given_s + self._refresh_s - now

    def _scene_of_last(self) -> Scene:
        return verdict_sheet(self._last, self.texts)

    def _show(self, pattern: Pattern, scene: Scene, now: float) -> None:
        super()._show(pattern, scene, now)
        self._told += scene.shape != LOOKING
