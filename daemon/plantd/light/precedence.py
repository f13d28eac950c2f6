"""Which pattern goes before which: at once, after what is shown of a press, or not at all. Pure.

How this works: `turn` is asked of what is shown and of what is asked for; light and display follow
it alike, each with its own time for an answer.

    asked for                  shown                         turn
    a press, its outcome       anything                      at once
    a press came too soon      the outcome of a press        never: that came meanwhile
    a refusal                  anything of a press           never: the press matters more
    that all is well           anything of a press           afterwards: one comes back to it
    that something is wrong    the outcome of a press        afterwards: a warning stays to its end
    that something is wrong    a press without its outcome   at once
    anything                   nothing of a press            at once
    the end                    anything                      at once
"""

from enum import Enum

from plantd.light.interface import ANSWERS, Pattern

# What a press ends with, its answer or why it has none.
OUTCOMES = (*ANSWERS, Pattern.PRESS_NO_CAMERA, Pattern.PRESS_FAULT)
OF_A_PRESS = (*OUTCOMES, Pattern.ACKNOWLEDGED, Pattern.BUSY)
# What is shown for a moment: nothing of it is what one comes back to.
MOMENTARY = (*OF_A_PRESS, Pattern.REFUSED)
# What of it ends by itself; an acknowledgement waits for its outcome.
PASSING = (*OUTCOMES, Pattern.REFUSED, Pattern.BUSY)
# What asks nobody to do anything at once.
CALM = (Pattern.STARTING, Pattern.READY, Pattern.OFFER)


class Turn(Enum):
    """When a pattern is shown that is asked for now."""

    AT_ONCE = "at once"
    AFTERWARDS = "afterwards"
    NEVER = "never"


def turn(asked: Pattern, shown: Pattern) -> Turn:
    """Return when `asked` is shown, while `shown` is."""
    if asked == Pattern.OFF or shown not in OF_A_PRESS:
        return Turn.AT_ONCE
    if asked in OF_A_PRESS:
        too_soon = asked == Pattern.BUSY and shown in OUTCOMES
        return Turn.NEVER if too_soon else Turn.AT_ONCE
    if asked == Pattern.REFUSED:
        return Turn.NEVER
    return Turn.AFTERWARDS if asked in CALM or shown in OUTCOMES else Turn.AT_ONCE
