"""What the page shows of one verdict, in a person's language. Pure.

What is fixed here: no answer ever says that a plant may be eaten; what is no plant, or none of the
known ones, shows no species, caution or look-alikes; "edible" is always followed by its
look-alikes; a species that is not poisonous has no mark, which would look like a leave to eat.
"""

from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Tuple

from plantd import words
from plantd.answers import EDIBLE, STRANGE, UNSURE, Rule
from plantd.texts import sentences
from plantd.texts.catalogue import Texts

Json = Mapping[str, Any]


def _names(*rules: Rule) -> FrozenSet[str]:
    return frozenset(rule.value for rule in rules)


HEADS = words.HEADS
# In lists, where the look-alikes follow in the same line.
SHORT_HEADS = {**HEADS, EDIBLE: "Edible species"}
# Reasons that are said in lists where no species is.
TITLES = _names(*STRANGE, Rule.ENGINE_FAULT, Rule.POOR_PICTURE)
SPECIES_SHOWN = 5
NEAREST_SHOWN = 3
NEAREST = "Nearest of the plants it knows, though it shows none of them"
# Below this a species is not worth a line of a phone.
WORTH_SHOWING_P = 0.02


class Plant(NamedTuple):
    """A species that the picture may be said to show, or is nearest to."""

    name: str
    scientific_name: str
    percent: Optional[int]
    poisonous: bool


class LookAlike(NamedTuple):
    """What it could be mistaken for; `tell_apart` is empty where the model does not say."""

    name: str
    tell_apart: str
    deadly: bool


class Shown(NamedTuple):
    """One verdict as the page shows it.

    Attributes:
        head: in large letters; short_head: in lists.
        title: what it looks like, in a few words, for lists.
        rest: further reasons of an unsure answer.
        wall: UTC as "2026-06-01T10:12:03Z"; clock_known: whether somebody vouched for it.
        picture: whether its photograph is kept.
        place: where and when it was judged for, in a sentence; empty where nobody gave a place.
        facts: (title, value) of what it rests on; what comes nearest where it shows none of the
            known plants is among them, and nowhere else.
    """

    seq: int
    answer: str
    head: str
    short_head: str
    sentence: str
    title: str
    rest: List[str]
    advice: List[str]
    species: List[Plant]
    group: str
    look_alikes: List[LookAlike]
    caution: str
    wall: str
    clock_known: bool
    calibrated: bool
    recorded: bool
    picture: bool
    place: str
    facts: List[Tuple[str, str]]


class Known(NamedTuple):
    """What the active model adds to a verdict: see `known_from_hello`."""

    scientific_names: Mapping[str, str] = {}
    tell_apart: Mapping[str, str] = {}


def known_from_hello(hello: Json) -> Known:
    """Return label -> scientific name, and name of a look-alike -> how to tell it apart."""
    species = (hello.get("model") or {}).get("species") or ()
    told: Dict[str, str] = {}
    for entry in species:
        told.update(entry.get("tell_apart") or {})
    return Known({e["label"]: str(e.get("scientific_name") or "") for e in species}, told)


def shown(verdict: Json, texts: Texts, known: Known = Known()) -> Shown:
    """Return what the page shows of a verdict, of an older version's too."""
    answer = str(verdict.get("verdict"))
    answer = answer if answer in HEADS else UNSURE
    strange = words.is_strange(verdict)
    return Shown(
        seq=int(verdict.get("seq") or 0),
        answer=answer,
        head=texts.say(HEADS[answer]),
        short_head=texts.say(SHORT_HEADS[answer]),
        sentence=sentences.sentence_of(verdict, texts),
        title=_title(verdict, texts),
        rest=[] if strange else sentences.reasons_of(verdict, texts)[1:],
        advice=sentences.advice_of(verdict, texts),
        species=[] if strange else plants(verdict.get("species") or (), known),
        group=str((verdict.get("group") or {}).get("words") or ""),
        look_alikes=[] if strange else _look_alikes(verdict, known),
        caution="" if strange else str(verdict.get("caution") or ""),
        wall=str(verdict.get("wall") or ""),
        clock_known=verdict.get("clock") == "synchronised",
        calibrated=bool(verdict.get("calibrated")),
        recorded=verdict.get("recorded") is not False,
        picture=verdict.get("pictures", "kept") == "kept",
        place=sentences.place_of(verdict, texts),
        facts=_facts(verdict, texts),
    )


def plants(entries: Any, known: Known) -> List[Plant]:
    """Return the species of a verdict, the most probable first."""
    return [
        Plant(
            words.name_of(entry),
            known.scientific_names.get(str(entry.get("label")), ""),
            _percent(entry.get("p")),
            bool(entry.get("poisonous")),
        )
        for place, entry in enumerate(list(entries)[:SPECIES_SHOWN])
        if place == 0 or not float(entry.get("p") or 0.0) < WORTH_SHOWING_P
    ]


def _title(verdict: Json, texts: Texts) -> str:
    species = [] if words.is_strange(verdict) else list(verdict.get("species") or ())
    group = verdict.get("group") or {}
    if group.get("words"):
        return words.capitalised(str(group["words"]))
    if species:
        return texts.say("Looks like %(name)s") % {"name": words.name_of(species[0])}
    for reason in verdict.get("reasons") or ():
        if reason in TITLES:
            return words.capitalised(sentences.reason_in_words(reason, texts))
    return texts.say("None of the plants it knows")


def _facts(verdict: Json, texts: Texts) -> List[Tuple[str, str]]:
    engine, poison = verdict.get("engine") or {}, verdict.get("poison") or {}
    nearest = [words.name_of(entry) for entry in list(_nearest(verdict))[:NEAREST_SHOWN]]
    facts = [
        (texts.say("Rule"), verdict.get("rule")),
        (texts.say("Poison head"), poison.get("p")),
        (texts.say("Poisonous species together"), verdict.get("poisonous_mass")),
        (texts.say(NEAREST), ", ".join(nearest)),
        (texts.say("Model"), verdict.get("model")),
        (texts.say("Engine"), " ".join(str(engine.get(k) or "") for k in ("backend", "precision"))),
    ]
    for stage, value in (verdict.get("latency_ms") or {}).items():
        facts.append((str(stage), "{:.1f} ms".format(value)))
    return [(title, str(value)) for title, value in facts if value not in (None, "", " ")]


def _nearest(verdict: Json) -> Any:
    return (
        verdict.get("nearest")
        or (verdict.get("species") if words.is_strange(verdict) else ())
        or ()
    )


def _look_alikes(verdict: Json, known: Known) -> List[LookAlike]:
    """Return the deadly ones first; the others told apart where the active model knows how."""
    deadly = [
        LookAlike(str(each.get("name")), str(each.get("tell_apart") or ""), True)
        for each in verdict.get("deadly_look_alikes") or ()
    ]
    named = {each.name for each in deadly}
    others = [
        LookAlike(str(name), known.tell_apart.get(str(name), ""), False)
        for name in verdict.get("look_alikes") or ()
        if name not in named
    ]
    return deadly + others


def _percent(p: Any) -> Optional[int]:
    return round(100.0 * p) if isinstance(p, (int, float)) else None


def matches(verdict: Json, wanted: str) -> bool:
    """Return whether a verdict is about what somebody searches: a name, a label or a number."""
    if not wanted:
        return True
    sought = wanted.casefold().lstrip("#")
    if str(verdict.get("seq")) == sought:
        return True
    return any(sought in text.casefold() for text in _searched(verdict))


def _searched(verdict: Json) -> Tuple[str, ...]:
    named: Tuple[str, ...] = ()
    if not words.is_strange(verdict):
        for entry in verdict.get("species") or ():
            named += (words.name_of(entry), str(entry.get("label") or ""))
    group = verdict.get("group") or {}
    said = (str(verdict.get("sentence") or ""), str(group.get("words") or ""))
    return named + said + (str(group.get("scientific_name") or ""),)
