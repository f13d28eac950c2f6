"""What a person may say that a photograph shows, and what somebody said. Pure."""

from typing import Any, List, Mapping, NamedTuple, Optional

from plantd.sinks.recording.labels import ANOTHER_PLANT, NO_PLANT
from plantd.texts.catalogue import Texts
from plantd.words import name_of

Json = Mapping[str, Any]

# Who says it here: whoever knows the token has no name.
BY = "page"


class Choice(NamedTuple):
    """One label, and what it is called."""

    label: str
    name: str


class ShownLabel(NamedTuple):
    """What somebody said last; wall is UTC as "2026-06-01T10:12:03Z"."""

    plant: str
    by: str
    wall: str
    clock_known: bool


def choices(hello: Json, texts: Texts) -> List[Choice]:
    """Return what may be said: no plant and another one first, then the model's by name."""
    species = (hello.get("model") or {}).get("species") or ()
    plants = [Choice(str(each["label"]), name_of(each)) for each in species]
    return [*_others(texts), *sorted(plants, key=lambda each: each.name.lower())]


def said(verdict: Json, texts: Texts) -> Optional[ShownLabel]:
    """Return what somebody said of a verdict; None where nobody did."""
    label = verdict.get("label")
    if not label:
        return None
    others = dict(_others(texts))
    plant = others.get(str(label["label"])) or name_of({"label": label["label"]})
    by = texts.say("on the page") if label["by"] == BY else str(label["by"])
    return ShownLabel(plant, by, str(label["wall"]), label["clock"] == "synchronised")


def _others(texts: Texts) -> List[Choice]:
    return [
        Choice(ANOTHER_PLANT, texts.say("Another plant")),
        Choice(NO_PLANT, texts.say("No plant")),
    ]
