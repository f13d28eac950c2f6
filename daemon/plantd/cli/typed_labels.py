"""What a person types as a label. Pure.

How this works: a label or a name counts whatever its case, with spaces or underscores; else the one
plant whose name contains the words. Two plants that do are told, none is guessed.
"""

from typing import Any, Dict, List, Mapping, Sequence

from plantd.errors import UsageError
from plantd.messages import did_you_mean
from plantd.sinks.recording.labels import ANOTHER_PLANT, NO_PLANT
from plantd.words import name_of

Json = Dict[str, Any]
# What stands beside a model's own plants.
OTHERS: Mapping[str, str] = {ANOTHER_PLANT: "another plant", NO_PLANT: "no plant"}
SHORT = {"p": ANOTHER_PLANT, "n": NO_PLANT}
_TOLD = 5


def names_from_model(model: Json) -> Dict[str, str]:
    """Return label -> name of everything that may be said, from `model` of /v1/hello."""
    plants = {str(each["label"]): name_of(each) for each in model.get("species") or ()}
    return {**plants, **OTHERS}


def label_from_text(text: str, names: Mapping[str, str], offered: Sequence[str] = ()) -> str:
    """Return the label that a person means.

    Args:
        names: label -> name.
        offered: the labels that were offered by number, from 1 on.

    Raises UsageError where nothing or more than one thing may be meant.
    """
    wanted = _plain(text)
    if wanted in SHORT:
        return SHORT[wanted]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(offered):
        return offered[int(wanted) - 1]
    same = [label for label, name in names.items() if wanted in (_plain(label), _plain(name))]
    if same:
        return same[0]
    found = [label for label, name in names.items() if wanted and wanted in _plain(name)]
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(names[label] for label in found[:_TOLD])
        more = ", ..." if len(found) > _TOLD else ""
        raise UsageError("{!r} may be {}{}; type more of it".format(text, told, more))
    hint = did_you_mean(wanted, [_plain(name) for name in names.values()])
    raise UsageError(
        "{!r} is not a plant of this model{}; '?' lists them, and p says another plant".format(
            text, hint.rstrip("?")
        )
    )


def lines_of(names: Mapping[str, str]) -> List[str]:
    """Return all that may be said, one a line, in alphabetic order."""
    return ["  {}".format(name) for name in sorted(names.values(), key=str.lower)]


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").lower().split())
