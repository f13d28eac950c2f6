"""A verdict's answer for the ear: short, in the order that matters. Pure.

What is fixed here: the answer comes first, and what to do before any plant's name; no sentence
says that a plant may be eaten, and "edible" never goes without its look-alikes.
"""

from typing import Any, List, Mapping

from plantd import words
from plantd.answers import EDIBLE, MISPLACED, UNSURE, Rule, rule_from_name
from plantd.texts import sentences
from plantd.texts.catalogue import Texts

Json = Mapping[str, Any]

# Unsure, and yet near to a plant that has a name.
_NEAR = (Rule.DEADLY_LOOK_ALIKE, Rule.HEADS_DISAGREE, Rule.LOW_CONFIDENCE, *MISPLACED)
NAMES_SPOKEN = 3


def spoken(verdict: Json, texts: Texts) -> str:
    """Return what is said of a verdict."""
    return " ".join(part for part in _parts(verdict, texts) if part)


def look_alikes_of(verdict: Json, texts: Texts) -> str:
    """Return what is said of the look-alikes of a plant; empty where it has none."""
    names = _names(verdict.get("look_alikes"), texts)
    return texts.say("Check every look-alike: %(names)s.") % {"names": names} if names else ""


def _parts(verdict: Json, texts: Texts) -> List[str]:
    say, answer = texts.say, verdict.get("verdict")
    sentence = sentences.sentence_of(verdict, texts)
    if answer == EDIBLE:
        return [sentence, look_alikes_of(verdict, texts)]
    if answer != UNSURE:
        return [sentence]
    near = list(verdict.get("species") or ())
    if rule_from_name(verdict.get("rule")) not in _NEAR or not near or verdict.get("group"):
        return [say("Unsure") + ".", sentence]
    name = words.name_of(near[0])
    return [
        say("Unsure") + ".",
        say("Treat it as poisonous."),
        say("Nearest: %(name)s.") % {"name": name},
        _same(verdict, texts),
        *_misplaced(verdict, texts),
    ]


def _misplaced(verdict: Json, texts: Texts) -> List[str]:
    reasons = verdict.get("reasons") or ()
    told = [sentences.reason_in_words(x.value, texts) for x in MISPLACED if x.value in reasons]
    return [words.capitalised(each) + "." for each in told]


def _same(verdict: Json, texts: Texts) -> str:
    deadly = [each.get("name") for each in verdict.get("deadly_look_alikes") or ()]
    names = _names(deadly, texts)
    if not names:
        return ""
    return words.capitalised(texts.say("%(names)s looks the same.") % {"names": names})


def _names(names: Any, texts: Texts) -> str:
    short = [words.short_name(str(name)) for name in names or ()]
    return words.either(short[:NAMES_SPOKEN], texts.say("or"))
