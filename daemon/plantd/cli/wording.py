"""How answers are put into words. Pure.

What is fixed here: no answer ever says that a plant may be eaten; "edible" is always followed by
the plants it could be mistaken for; what is uncalibrated says so; and the three answers differ in
their words, not only in their colour.
"""

from typing import Any, Dict, List, Sequence

Json = Dict[str, Any]

POISONOUS = "poisonous"
EDIBLE = "edible"
UNSURE = "unsure"

HEADLINES = {
    POISONOUS: "POISONOUS: do not eat it, do not taste it",
    EDIBLE: "edible species by its looks: check every look-alike below",
    UNSURE: "UNSURE: treat it as poisonous",
}
SHORT = {POISONOUS: "POISONOUS !!", EDIBLE: "edible", UNSURE: "UNSURE ?"}
COLOURS = {POISONOUS: "red", EDIBLE: "green", UNSURE: "yellow"}
REASONS = {
    "heads_disagree": "the two heads disagree",
    "low_confidence": "not confident enough",
    "not_a_known_plant": "it does not look like a plant it knows",
    "poor_picture": "the picture is too poor",
    "engine_fault": "the engine failed",
}
FAULTS = {
    "too_small": "too small",
    "too_dark": "too dark",
    "blown_out": "too bright",
    "covered": "without contrast (lens covered?)",
    "blurred": "blurred",
}
UNCALIBRATED = "uncalibrated: the thresholds are provisional, no error rate is promised"
NO_LOOK_ALIKES = "none is listed for it, which proves nothing"


def headline(verdict: Json) -> str:
    """Return the answer in one line, with the reasons of an unsure one."""
    answer = str(verdict.get("verdict"))
    words = HEADLINES.get(answer, answer)
    reasons = reasons_of(verdict)
    return "{} ({})".format(words, "; ".join(reasons)) if reasons else words


def reasons_of(verdict: Json) -> List[str]:
    """Return the reasons of an unsure answer in words, the picture's faults among them."""
    found = []
    for reason in verdict.get("reasons") or ():
        words = REASONS.get(reason, reason)
        faults = [FAULTS.get(fault, fault) for fault in verdict.get("picture_faults") or ()]
        if reason == "poor_picture" and faults:
            words = "{}: {}".format(words, ", ".join(faults))
        found.append(words)
    return found


def short(verdict: Json) -> str:
    """Return the answer as a table's cell; a star says uncalibrated."""
    answer = str(verdict.get("verdict"))
    star = "" if verdict.get("calibrated") else " *"
    return SHORT.get(answer, answer) + star


def needs_look_alikes(verdict: Json) -> bool:
    """Return whether the look-alikes belong under the answer: always under "edible"."""
    return verdict.get("verdict") == EDIBLE or bool(verdict.get("look_alikes"))


def look_alikes(verdict: Json) -> str:
    """Return the plants it could be mistaken for."""
    return ", ".join(verdict.get("look_alikes") or ()) or NO_LOOK_ALIKES


def plain(label: Any) -> str:
    """Return a label as a person writes it."""
    return str(label).replace("_", " ")


def species_of(verdict: Json) -> Sequence[Json]:
    """Return the species, most probable first."""
    return [entry for entry in verdict.get("species") or () if isinstance(entry, dict)]


def share(p: Any) -> str:
    """Return a probability as text."""
    return "{:.2f}".format(p) if isinstance(p, (int, float)) else "-"


def when(moment: Json) -> str:
    """Return the wall time; a question mark says that nobody vouches for it."""
    wall = str(moment.get("wall") or "").replace("T", " ").replace("Z", "")
    return wall + ("" if moment.get("clock") == "synchronised" else "?")


def warning(entry: Json) -> str:
    """Return the mark of a poisonous species. The others get none: it would look like a leave."""
    return " (poisonous)" if entry.get("poisonous") else ""
