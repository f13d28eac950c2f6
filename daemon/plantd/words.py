"""How answers and their reasons are put into words. Pure, and loads nothing.

What is fixed here: no answer ever says that a plant may be eaten, and the words fit the answer:
what looks like no plant is not called one.
"""

from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Tuple

from plantd.answers import EDIBLE, POISONOUS, STRANGE, UNSURE, Rule

DO_NOT_EAT = "do not eat it, do not taste it"
# Poison ivy and giant hogweed burn the skin, and the box knows neither.
DO_NOT_TOUCH = "do not touch it with bare hands"
UNKNOWN_PLANT = "a plant that this box does not know"
# A poisonous species below this share of the probability is not what a warning is about.
SUSPECTED_P = 0.05
TREAT_AS_POISONOUS = "treat it as poisonous"
# What stands in large letters. Not "edible": that word alone would be a leave to eat.
HEADS = {
    POISONOUS: "Poisonous",
    UNSURE: "Unsure",
    EDIBLE: "Edible species, by its looks",
}
REASONS: Dict[Rule, str] = {
    Rule.ENGINE_FAULT: "the engine failed",
    Rule.POOR_PICTURE: "the picture is too poor",
    Rule.NO_PLANT: "no plant in the picture",
    Rule.ANOTHER_PLANT: "it is " + UNKNOWN_PLANT,
    Rule.NOT_A_KNOWN_PLANT: "it looks like none of the plants that this box knows",
    Rule.DEADLY_LOOK_ALIKE: "what kills or maims looks the same",
    Rule.HEADS_DISAGREE: "the two heads disagree",
    Rule.LOW_CONFIDENCE: "not confident enough",
    Rule.EDIBLE_OFF: "verdict.edible is off",
    Rule.OUT_OF_PLACE: "that plant does not grow here",
    Rule.OUT_OF_SEASON: "that plant is not found in this month",
}
FAULTS = {
    "too_small": "too small",
    "too_dark": "too dark",
    "blown_out": "too bright",
    "covered": "without contrast (lens covered?)",
    "blurred": "blurred",
}
# Rule of an unsure answer -> its sentence; see `sentence` for what stands in braces.
UNSURE_SENTENCES: Dict[Rule, str] = {
    Rule.ENGINE_FAULT: "The engine failed, nothing is known about this plant.",
    Rule.POOR_PICTURE: "The picture is {faults}: {advice}.",
    Rule.NO_PLANT: "No plant in the picture: point at one plant.",
    Rule.ANOTHER_PLANT: "A plant that this box does not know. Treat it as poisonous.",
    Rule.NOT_A_KNOWN_PLANT: (
        "It looks like none of the plants that this box knows. Treat it as poisonous."
    ),
    Rule.DEADLY_LOOK_ALIKE: (
        "Looks {most}like {name}, but it may be {deadly}, which can kill or maim: "
        "a photograph cannot decide. Treat it as poisonous."
    ),
    Rule.HEADS_DISAGREE: "The two heads disagree. Treat it as poisonous.",
    Rule.LOW_CONFIDENCE: "Not confident enough which plant it is. Treat it as poisonous.",
    Rule.EDIBLE_OFF: "Looks like {name}. This box only warns and names: nothing is called edible.",
    Rule.OUT_OF_PLACE: (
        "Looks like {name}, but that is not known to grow in this part of the world. Treat it as "
        "poisonous."
    ),
    Rule.OUT_OF_SEASON: (
        "Looks like {name}, but that is not found above the ground in this month. Treat it as "
        "poisonous."
    ),
}
GROUP = "{group}; which one is unclear{some}. Treat it as poisonous."
SOME_POISONOUS = ", some of them are poisonous"
MOST = "most "
GROUPED = (Rule.HEADS_DISAGREE, Rule.LOW_CONFIDENCE)
ANSWERED: Dict[Tuple[str, str], str] = {
    (POISONOUS, "named"): "Poisonous: looks like {name}. Do not eat it, do not taste it.",
    (POISONOUS, "other"): (
        "Poisonous by its looks, though most like {name}. Do not eat it, do not taste it."
    ),
    (POISONOUS, "suspected"): (
        "Poisonous: it may be {suspect}, though it looks most like {name}. Do not eat it, do not "
        "taste it."
    ),
    (POISONOUS, "strange"): (
        "Poisonous by its looks, and a plant that this box does not know. Do not eat it, do not "
        "taste it, do not touch it with bare hands."
    ),
    (EDIBLE, "named"): (
        "Looks like {name}, an edible species: check every look-alike, a photograph proves nothing."
    ),
}


def place_of_suspect(species: Iterable[Tuple[bool, float]]) -> Optional[int]:
    """Return where the poisonous plant stands that a warning may be about; None for the first.

    Args:
        species: whether each is poisonous and its probability, most probable first.
    """
    bad = next(((place, p) for place, (poisonous, p) in enumerate(species) if poisonous), None)
    return bad[0] if bad and bad[0] and bad[1] >= SUSPECTED_P else None


def suspect_among(species: Sequence[Mapping[str, Any]]) -> Optional[Mapping[str, Any]]:
    """Return the poisonous plant that a warning may be about, though another one is likelier.

    Args:
        species: of a verdict's JSON, most probable first.
    """
    place = place_of_suspect(
        (bool(each.get("poisonous")), float(each.get("p") or 0.0)) for each in species
    )
    return None if place is None else species[place]


def name_of(entry: Mapping[str, Any]) -> str:
    """Return what a species of a verdict is called; older records have only its label."""
    return str(entry.get("name") or str(entry.get("label") or "").replace("_", " "))


def is_strange(verdict: Mapping[str, Any]) -> bool:
    """Return whether an unsure answer is about no plant, or none of the known ones.

    Older records name some species then.
    """
    reasons = verdict.get("reasons") or ()
    return verdict.get("verdict") == UNSURE and any(rule.value in reasons for rule in STRANGE)


def either(names: Sequence[str], word: str = "or") -> str:
    """Return "a, b or c", with another language's word for "or"."""
    parts = (", ".join(names[:-1]), "".join(names[-1:]))
    return " {} ".format(word).join(part for part in parts if part)


def short_name(name: str) -> str:
    """Return a look-alike's name without what stands in brackets behind it."""
    return name.split(" (")[0]


def capitalised(text: str) -> str:
    """Return a sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def sentence(answer: str, rule: Rule, kind: str, words: Mapping[str, str]) -> str:
    """Return an answer as one sentence, or two.

    Args:
        kind: of a poisonous answer: named; where its best species is not poisonous, suspected
            (another one is) or other; strange.
        words: name, suspect, deadly, most, faults, advice, group, some; all of them texts.
    """
    found = template(answer, rule, kind, bool(words["group"]))
    if found is None:
        raise KeyError((answer, rule, kind))
    return capitalised(found.format(**words))


def template(answer: str, rule: Optional[Rule], kind: str, has_group: bool) -> Optional[str]:
    """Return the sentence that `sentence` fills in; None where there is none."""
    if answer != UNSURE:
        return ANSWERED.get((answer, kind))
    if has_group and rule in GROUPED:
        return GROUP
    return None if rule is None else UNSURE_SENTENCES.get(rule)
