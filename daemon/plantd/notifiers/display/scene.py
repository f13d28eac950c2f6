"""What is to be shown, in words and by a shape; how it is drawn says `drawing`. Pure.

What is fixed here: no scene says that a plant may be eaten; what is edible by its looks never
stands without its look-alikes; the answer stands on every page of a scene. What a verdict says is
taken from `texts.spoken`. Errors and remedies are English in every language.
"""

import calendar
import time
from typing import Any, Callable, List, Mapping, NamedTuple, Sequence, Tuple

from plantd import words
from plantd.answers import EDIBLE, UNSURE
from plantd.health.states import State
from plantd.light.interface import Pattern
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import Texts
from plantd.texts.spoken import look_alikes_of, spoken

Json = Mapping[str, Any]
Local = Callable[[float], time.struct_time]

STARTING, WAITING, LOOKING = "starting", "waiting", "looking"
FAULT, OFFER, DARK, OFF = "fault", "offer", "dark", "off"
# The display itself: while it fails nobody reads of it here.
PART = "display"


class Scene(NamedTuple):
    """One thing to be shown.

    Attributes:
        shape: an answer, or STARTING, WAITING, LOOKING, FAULT, OFFER, OFF; DARK is an empty
            picture.
        head: what stands in large letters on every page.
        paragraphs: each begins a page of its own.
        footer: on paper alone, which keeps its picture without power: of when it is.
    """

    shape: str
    head: str = ""
    paragraphs: Tuple[str, ...] = ()
    footer: str = ""


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


def verdict_sheet(verdict: Json, texts: Texts, local: Local = time.localtime) -> Scene:
    """Return an answer as it stands on paper: all of it on one picture, and of when it is."""
    scene, look_alikes = verdict_scene(verdict, texts), look_alikes_of(verdict, texts)
    if scene.shape == EDIBLE and look_alikes:
        species: Sequence[Json] = verdict.get("species") or [{}]
        told = texts.say("Looks like %(name)s; a photograph proves nothing.")
        scene = scene._replace(paragraphs=(told % {"name": words.name_of(species[0])}, look_alikes))
    return scene._replace(footer=footer_of(verdict, texts, local))


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


def off_scene(texts: Texts) -> Scene:
    """Return what stands on paper once nobody vouches for it any more."""
    return Scene(OFF, texts.say("Off"), (texts.say("This box is off: a press does nothing."),))


def footer_of(verdict: Json, texts: Texts, local: Local = time.localtime) -> str:
    """Return of when an answer is, for paper; a clock that nobody set tells no time.

    Args:
        local: seconds since 1970 to the time of this place.
    """
    say, wall = texts.say, str(verdict.get("wall"))
    try:
        seconds = calendar.timegm(time.strptime(wall[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        seconds = -1
    if seconds < 0 or verdict.get("clock") != "synchronised":
        return say("Seen at the last press. Another plant: press again.")
    told = say("Seen %(time)s. Another plant: press again.")
    return told % {"time": time.strftime("%Y-%m-%d %H:%M", local(seconds))}


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
