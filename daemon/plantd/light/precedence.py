"""Which pattern goes before which: at once, after what is shown of a press, or not at all. Pure.

How this works: `turn` is asked of what is shown and of what is asked for; light and display follow
it alike, each with its own time for an answer.

    asked for                  shown of a press     turn
    of a press                 anything             at once
    a refusal                  anything             never: the press matters more
    that all is well           anything             afterwards: it is what one comes back to
    that something is wrong    anything             at once
    anything                   nothing              at once
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
    if asked in OF_A_PRESS or shown not in OF_A_PRESS:
        return Turn.AT_ONCE
    if asked == Pattern.REFUSED:
        return Turn.NEVER
    return Turn.AFTERWARDS if asked in CALM else Turn.AT_ONCE
