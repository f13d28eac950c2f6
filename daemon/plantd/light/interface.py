"""The contract every light keeps (tests/contract/test_light_contract.py)."""

from abc import abstractmethod
from enum import Enum

from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd.system.lifetime import Openable


class Pattern(Enum):
    """What the light can say. How each looks is the driver's table, told in light/README.md.

    NO_CAMERA and FAULT say how the box is, PRESS_NO_CAMERA and PRESS_FAULT why one press has no
    answer: they look the same and end as an answer does.
    """

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    ACKNOWLEDGED = "acknowledged"
    BUSY = "busy"
    POISONOUS = "poisonous"
    EDIBLE = "edible"
    UNSURE = "unsure"
    NO_CAMERA = "no_camera"
    FAULT = "fault"
    PRESS_NO_CAMERA = "press_no_camera"
    PRESS_FAULT = "press_fault"
    OFFER = "offer"
    REFUSED = "refused"


PATTERN_OF_ANSWER = {
    POISONOUS: Pattern.POISONOUS,
    EDIBLE: Pattern.EDIBLE,
    UNSURE: Pattern.UNSURE,
}
ANSWERS = tuple(PATTERN_OF_ANSWER.values())


class Light(Openable):
    """Shows one pattern at a time. `show()` is safe from any thread and returns at once."""

    @abstractmethod
    def open(self) -> None:
        """Take the lines. Raises UnavailableError naming the line and what helps."""

    @abstractmethod
    def show(self, pattern: Pattern) -> None:
        """Begin to show `pattern` within 50 ms, until the next call. Never blocks, never raises.

        What goes before what says `plantd.light.precedence`.

        The answers (POISONOUS, EDIBLE, UNSURE), PRESS_NO_CAMERA, PRESS_FAULT, REFUSED and BUSY
        end by themselves after the configured time and fall back to the pattern shown before
        ACKNOWLEDGED, or asked for since.
        """

    @abstractmethod
    def showing(self) -> Pattern:
        """Return the pattern shown now."""

    @abstractmethod
    def close(self) -> None:
        """Dark, and give the lines back; may be called twice."""
