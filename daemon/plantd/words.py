"""How answers and their reasons are put into words. Pure, and loads nothing.

What is fixed here: no answer ever says that a plant may be eaten, and the words fit the answer:
what looks like no plant is not called one.
"""

from typing import Dict, Mapping, Sequence, Tuple

DO_NOT_EAT = "do not eat it, do not taste it"
TREAT_AS_POISONOUS = "treat it as poisonous"
REASONS = {
    "engine_fault": "the engine failed",
    "poor_picture": "the picture is too poor",
    "no_plant": "no plant in the picture",
    "another_plant": "it is none of the plants it knows",
    "not_a_known_plant": "it does not look like a plant it knows",
    "deadly_look_alike": "what kills or maims looks the same",
    "heads_disagree": "the two heads disagree",
    "low_confidence": "not confident enough",
    "edible_off": "verdict.edible is off",
}
FAULTS = {
    "too_small": "too small",
    "too_dark": "too dark",
    "blown_out": "too bright",
    "covered": "without contrast (lens covered?)",
    "blurred": "blurred",
}
# Rule of an unsure answer -> its sentence; see `sentence` for what stands in braces.
UNSURE: Dict[str, str] = {
    "engine_fault": "The engine failed, nothing is known about this plant.",
    "poor_picture": "The picture is {faults}: {advice}.",
    "no_plant": "No plant in the picture: point at one plant.",
    "another_plant": "A plant, but none of those it knows. Treat it as poisonous.",
    "not_a_known_plant": "It does not look like a plant it knows. Treat it as poisonous.",
    "deadly_look_alike": (
        "Looks {most}like {name}, but it may be {deadly}, which can kill or maim: "
        "a photograph cannot decide. Treat it as poisonous."
    ),
    "heads_disagree": "The two heads disagree. Treat it as poisonous.",
    "low_confidence": "Not confident enough which plant it is. Treat it as poisonous.",
    "edible_off": "Looks like {name}. This box only warns and names: nothing is called edible.",
}
GROUP = "{group}; which one is unclear{some}. Treat it as poisonous."
GROUPED = ("heads_disagree", "low_confidence")
ANSWERED: Dict[Tuple[str, str], str] = {
    ("poisonous", "named"): "Poisonous: looks like {name}. Do not eat it, do not taste it.",
    ("poisonous", "other"): (
        "Poisonous by its looks, though most like {name}. Do not eat it, do not taste it."
    ),
    ("poisonous", "strange"): (
        "Poisonous by its looks, and none of the plants it knows. Do not eat it, do not taste it."
    ),
    ("edible", "named"): (
        "Looks like {name}, an edible species: check every look-alike, a photograph proves nothing."
    ),
}


def either(names: Sequence[str]) -> str:
    """Return "a, b or c"."""
    return " or ".join(part for part in (", ".join(names[:-1]), "".join(names[-1:])) if part)


def short_name(name: str) -> str:
    """Return a look-alike's name without what stands in brackets behind it."""
    return name.split(" (")[0]


def capitalised(text: str) -> str:
    """Return a sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def sentence(answer: str, rule: str, kind: str, words: Mapping[str, str]) -> str:
    """Return an answer as one sentence, or two.

    Args:
        kind: of a poisonous answer: named, other (its best species is not poisonous), strange.
        words: name, deadly, most, faults, advice, group, some; all of them texts.
    """
    if answer != "unsure":
        return ANSWERED[answer, kind].format(**words)
    if words["group"] and rule in GROUPED:
        return capitalised(GROUP.format(**words))
    return UNSURE[rule].format(**words)
