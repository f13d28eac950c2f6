"""What is to be shown, in words and by a shape; how it is drawn says `drawing`. Pure.

What is fixed here: no scene says that a plant may be eaten; what is edible by its looks never
stands without its look-alikes; the answer stands on every page of a scene. What a verdict says is
taken from `texts.spoken`. Errors and remedies are English in every language.
"""

from typing import Any, List, Mapping, NamedTuple, Tuple

from plantd import words
from plantd.answers import EDIBLE, UNSURE
from plantd.health.states import State
from plantd.light.interface import Pattern
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import Texts
from plantd.texts.spoken import spoken

Json = Mapping[str, Any]

STARTING, WAITING, LOOKING = "starting", "waiting", "looking"
FAULT, OFFER, DARK = "fault", "offer", "dark"
# The display itself: while it fails nobody reads of it here.
PART = "display"


class Scene(NamedTuple):
    """One thing to be shown.

    Attributes:
        shape: an answer, or STARTING, WAITING, LOOKING, FAULT, OFFER; DARK is an empty picture.
        head: what stands in large letters on every page.
        paragraphs: each begins a page of its own.
    """

    shape: str
    head: str = ""
    paragraphs: Tuple[str, ...] = ()


NOTHING = Scene(DARK)


def verdict_scene(verdict: Json, texts: Texts) -> Scene:
    """Return an answer as it is shown."""
    answer = str(verdict.get("verdict"))
    answer = answer if answer in words.HEADS else UNSURE
    text = spoken(verdict, texts)
    # The head says it already; "by its looks" or another word behind it stays.
    for said in (texts.say(words.HEADS[answer]) + mark + " " for mark in ".:"):
        if answer != EDIBLE and text.startswith(said):
            text = words.capitalised(text[len(said) :])
    return Scene(answer, texts.say(words.HEADS[answer]), (text,))


def resting_scene(pattern: Pattern, health: Health, texts: Texts, stick: str = "") -> Scene:
    """Return what is shown while nothing happens.

    Args:
        pattern: what the light shows: STARTING, READY, NO_CAMERA, FAULT or OFFER.
        stick: what was told last of a stick.
    """
    say = texts.say
    if pattern == Pattern.STARTING:
        return Scene(STARTING, say("Starting"), (say("One moment."),))
    if pattern == Pattern.OFFER:
        return Scene(OFFER, say("New model"), (say("A long press takes it."), stick))
    if pattern in (Pattern.FAULT, Pattern.NO_CAMERA):
        return fault_scene(pattern == Pattern.NO_CAMERA, health, texts)
    return Scene(
        WAITING,
        say("Ready"),
        (say("Press the button of the box in front of one plant."), *_troubles(health)),
    )


def fault_scene(is_camera: bool, health: Health, texts: Texts) -> Scene:
    """Return what is shown where the box, or one press, cannot answer."""
    say = texts.say
    told = _troubles(health) or [say("The journal says what it is: journalctl -u plantd")]
    return Scene(FAULT, say("No camera") if is_camera else say("Fault"), tuple(told))


def looking_scene(pattern: Pattern, texts: Texts) -> Scene:
    """Return what is shown while a press is answered, or one came too soon (BUSY)."""
    say = texts.say
    told = say("Hold still.") if pattern == Pattern.ACKNOWLEDGED else say("One moment.")
    return Scene(LOOKING, say("Looking"), (told,))


def refused_scene(stick: str, texts: Texts) -> Scene:
    """Return what is shown of a stick that offers nothing that is taken."""
    return Scene(FAULT, texts.say("Refused"), (stick,))


def _troubles(health: Health) -> List[str]:
    """Return a sentence with what helps for each part that is not well, the worst first."""
    parts = health.to_json()["parts"]
    order = [state.value for state in State]
    bad = [(part, each) for part, each in parts.items() if part != PART]
    bad.sort(key=lambda each: -order.index(each[1]["state"]) if each[1]["state"] in order else 0)
    return ["{}: {}".format(part, each["detail"] or each["state"]) for part, each in bad]
