"""How answers are put into words. Pure.

What is fixed here: no answer ever says that a plant may be eaten; "edible" is always followed by
the plants it could be mistaken for; what is uncalibrated says so; and the three answers differ in
their words, not only in their colour.
"""

from typing import Any, Dict, List, Mapping, Optional, Sequence

from plantd.answers import EDIBLE, POISONOUS, UNSURE, Rule, rule_from_name
from plantd.health.trials import trial_sentence
from plantd.words import (
    DO_NOT_EAT,
    DO_NOT_TOUCH,
    FAULTS,
    REASONS,
    TREAT_AS_POISONOUS,
    UNKNOWN_PLANT,
    is_strange,
    short_name,
    suspect_among,
)
from plantd.words import name_of as species_name

Json = Dict[str, Any]

HEADLINES = {
    POISONOUS: "POISONOUS: " + DO_NOT_EAT,
    EDIBLE: "edible species by its looks: check every look-alike below",
    UNSURE: "UNSURE: " + TREAT_AS_POISONOUS,
}
SHORT = {POISONOUS: "POISONOUS !!", EDIBLE: "edible", UNSURE: "UNSURE ?"}
COLOURS = {POISONOUS: "red", EDIBLE: "green", UNSURE: "yellow"}
# Reason of a strange picture -> what stands in the place of a species' name.
STRANGERS: Dict[Rule, str] = {
    Rule.NO_PLANT: "no plant",
    Rule.ANOTHER_PLANT: "another plant",
    Rule.NOT_A_KNOWN_PLANT: "not a plant it knows",
}
# Reasons that only follow from there being none of the known plants in the picture.
FOLLOWING = (
    Rule.NOT_A_KNOWN_PLANT,
    Rule.DEADLY_LOOK_ALIKE,
    Rule.HEADS_DISAGREE,
    Rule.LOW_CONFIDENCE,
)
SPECIES_SHOWN = 3
UNCALIBRATED = "uncalibrated: the thresholds are provisional, no error rate is promised"
NO_LOOK_ALIKES = "none is listed for it, which proves nothing"


def headline(verdict: Json) -> str:
    """Return the answer in a line or two, with the reasons of an unsure one.

    Records of older versions have no sentence: their reasons stand in brackets.
    """
    answer = str(verdict.get("verdict"))
    words = HEADLINES.get(answer, answer)
    reasons = reasons_of(verdict)
    sentence = str(verdict.get("sentence") or "")
    if answer == UNSURE and sentence:
        words = "UNSURE: {}{}".format(sentence[:1].lower(), sentence[1:].rstrip("."))
        others = reasons_of(verdict, _following(verdict))[1:]
        others = [] if rule_from_name(verdict.get("rule")) in STRANGERS else others
        reasons = ["also: " + "; ".join(others)] if others else []
    if shows_a_stranger(verdict):
        words, reasons = "{}, {}".format(words, DO_NOT_TOUCH), [UNKNOWN_PLANT]
    elif answer == POISONOUS and suspicion(verdict):
        reasons = [suspicion(verdict)]
    return "{} ({})".format(words, "; ".join(reasons)) if reasons else words


def suspicion(verdict: Json) -> str:
    """Return which poisonous plant a warning may be about, where another one is likelier."""
    species = species_of(verdict)
    suspect = suspect_among(species)
    if suspect is None:
        return ""
    return "it may be {}, though it looks most like {}".format(
        name_of(dict(suspect)), name_of(species[0])
    )


def shows_a_stranger(verdict: Json) -> bool:
    """Return whether it is a warning of what is none of the known plants."""
    named = verdict.get("species") or not verdict.get("nearest")
    return verdict.get("verdict") == POISONOUS and not named


def reasons_of(verdict: Json, left_out: Sequence[Rule] = ()) -> List[str]:
    """Return the reasons of an unsure answer in words, the picture's faults among them."""
    found = []
    for name in verdict.get("reasons") or ():
        reason = rule_from_name(name)
        if reason in left_out:
            continue
        words = REASONS[reason] if reason in REASONS else str(name)
        faults = [FAULTS.get(fault, fault) for fault in verdict.get("picture_faults") or ()]
        if reason is Rule.POOR_PICTURE and faults:
            words = "{}: {}".format(words, ", ".join(faults))
        found.append(words)
    return found


def _following(verdict: Json) -> Sequence[Rule]:
    """Return the reasons that say nothing more where no known plant is in the picture."""
    names = verdict.get("reasons") or ()
    strange = [rule for rule in (Rule.NO_PLANT, Rule.ANOTHER_PLANT) if rule.value in names]
    return FOLLOWING if strange else ()


def short(verdict: Json) -> str:
    """Return the answer as a table's cell; a star says uncalibrated."""
    answer = str(verdict.get("verdict"))
    star = "" if verdict.get("calibrated") else " *"
    return SHORT.get(answer, answer) + star


def _strange_reasons(verdict: Json) -> List[Rule]:
    names = verdict.get("reasons") or ()
    return [rule for rule in STRANGERS if rule.value in names]


def needs_look_alikes(verdict: Json) -> bool:
    """Return whether the look-alikes belong under the answer: always under "edible"."""
    if verdict.get("verdict") == EDIBLE:
        return True
    return bool(look_alikes_of(verdict)) and bool(look_alikes(verdict))


def look_alikes_of(verdict: Json) -> Sequence[str]:
    """Return their names; what is none of the known plants has none, in older records too."""
    return () if is_strange(verdict) else verdict.get("look_alikes") or ()


def caution_of(verdict: Json) -> str:
    """Return the line about the best species, where the picture shows one."""
    return "" if is_strange(verdict) else str(verdict.get("caution") or "")


def look_alikes(verdict: Json, species_shown: int = 0) -> str:
    """Return the plants it could be mistaken for.

    Those that `deadly` names are not repeated, nor under a warning the species shown already.
    """
    deadly = {entry.get("name") for entry in deadly_of(verdict)}
    warned = species_of(verdict)[:species_shown] if verdict.get("verdict") == POISONOUS else ()
    told = deadly | {name_of(entry) for entry in warned}
    names = [name for name in look_alikes_of(verdict) if name not in told]
    return ", ".join(names) or ("" if deadly else NO_LOOK_ALIKES)


def deadly_of(verdict: Json) -> Sequence[Json]:
    """Return the look-alikes that keep it from being called edible."""
    found = verdict.get("deadly_look_alikes") or ()
    return [entry for entry in found if isinstance(entry, dict)]


def deadly_names(verdict: Json) -> str:
    """Return their names, without what stands in brackets."""
    return ", ".join(short_name(str(entry.get("name"))) for entry in deadly_of(verdict))


def name_of(entry: Json) -> str:
    """Return what a species is called; records of older versions have only its label."""
    return species_name(entry) or "-"


def looks_like(verdict: Json) -> str:
    """Return what the picture may be said to show, in a few words."""
    species = species_of(verdict)
    if species:
        return name_of(species[0])
    if shows_a_stranger(verdict):
        return STRANGERS[Rule.ANOTHER_PLANT]
    return next((STRANGERS[reason] for reason in _strange_reasons(verdict)), "-")


def plain(label: Any) -> str:
    """Return a label as a person writes it."""
    return str(label).replace("_", " ")


def species_of(verdict: Json) -> Sequence[Json]:
    """Return the species that the picture may be said to show, most probable first.

    Older records list species under answers that say it shows none of them.
    """
    if is_strange(verdict):
        return []
    return [entry for entry in verdict.get("species") or () if isinstance(entry, dict)]


def nearest(verdict: Json) -> str:
    """Return the plants it knows that come nearest to one that it does not know."""
    given = verdict.get("nearest") or (verdict.get("species") if is_strange(verdict) else ())
    found = [entry for entry in given or () if isinstance(entry, dict)]
    return ", ".join(name_of(entry) for entry in found[:3])


def labelled(verdict: Json) -> str:
    """Return what a person said that it shows; empty where nobody did."""
    label = verdict.get("label")
    if not label:
        return ""
    return "{}, said {} on {}".format(plain(label["label"]), label["by"], when(label))


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


def trial_line(trial: Optional[Mapping[str, Any]]) -> str:
    """Return how the trial of a model goes, or that one failed; empty without one."""
    if not trial:
        return ""
    return trial_sentence(str(trial.get("model")), str(trial.get("before")), trial)


def update_line(update: Optional[Mapping[str, Any]]) -> str:
    """Return how the trial of a new version goes, or how one ended; empty without one."""
    if not update:
        return ""
    new, before = ("plantd {}".format(update.get(key)) for key in ("version", "before"))
    return trial_sentence(new, before, update)


def place_line(place: Mapping[str, Any]) -> str:
    """Return what is known of the box's place, and by whom."""
    age = duration(place.get("fix_age_s"))
    by = {"gpsd": "by gpsd {} ago".format(age), "configuration": "as configured"}
    season = "the season is not asked for"
    if place.get("season"):
        season = "no season: near the tropics, or nobody vouches for the clock"
        if place.get("month") is not None:
            season = "month {} of the northern year".format(place["month"])
    regions = " or ".join(str(region) for region in place.get("regions") or ())
    told = (by.get(str(place.get("by"))), season, place.get("detail"))
    return ", ".join(str(part) for part in (regions or "no region known", *told) if part)


def duration(seconds: Any) -> str:
    """Return a duration in its two largest units."""
    if not isinstance(seconds, (int, float)):
        return "?"
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (left, "s"))
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join("{} {}".format(count, unit) for count, unit in parts[first : first + 2])
