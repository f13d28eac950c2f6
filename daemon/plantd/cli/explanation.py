"""Why a verdict is what it is, in plain words, from its rule and its numbers. Pure."""

from typing import Any, Dict, List, Optional

from plantd.answers import MISPLACED, Rule, rule_from_name
from plantd.cli import wording
from plantd.cli.promises import promises
from plantd.words import FAULTS

Json = Dict[str, Any]

Numbers = Dict[str, str]

RULES: Dict[Rule, str] = {
    Rule.POISON_HEAD: (
        "The poison head gave {poison} for poisonous; from {poison_p} on the answer is poisonous, "
        "whatever the other head says."
    ),
    Rule.POISONOUS_SPECIES: (
        "The poisonous species together have {mass} of the species head's probability; from "
        "{poisonous_mass} on the answer is poisonous, although the poison head gave only {poison}."
    ),
    Rule.POOR_PICTURE: (
        "The picture is {faults}, so it is not looked at for anything edible. {measured}. {advice}."
    ),
    Rule.NOT_A_KNOWN_PLANT: (
        "{known}. It may be a plant outside the ones it learned, or no plant at all."
    ),
    Rule.NO_PLANT: (
        "The species head gives {no_plant} to there being no plant; from {no_plant_limit} on "
        "nothing is said about one. The poison head gave {poison}{weak}. Point at one plant, and "
        "press again."
    ),
    Rule.ANOTHER_PLANT: (
        "The species head gives {another_plant} to its being a plant that this box does not know; "
        "from {another_plant_limit} on nothing is called edible. The poison head gave {poison}."
    ),
    Rule.DEADLY_LOOK_ALIKE: (
        "It looks like {best}, with {best_p}, and these look the same on a photograph: {deadly}. "
        "They kill or maim, so it is never called edible, however sure the network is. {apart}"
    ),
    Rule.EDIBLE_OFF: (
        "All that edible asks for is there: the poison head gave {poison}, the poisonous species "
        "together {mass}, and the best species is {best} with {best_p}. But verdict.edible is off "
        "in the configuration: this box warns and names, and calls nothing edible."
    ),
    Rule.OUT_OF_PLACE: (
        "All that edible asks for is there, with {best} as the best species at {best_p}. But the "
        "model knows no place in {here} where it grows outdoors, so it is more likely something "
        "else. plantd-cli status shows where the box takes itself to be; section place of the "
        "configuration corrects it."
    ),
    Rule.OUT_OF_SEASON: (
        "All that edible asks for is there, with {best} as the best species at {best_p}. But the "
        "model says that it is not above the ground in {month}, so it is more likely something "
        "else. A wrong clock or hemisphere would do that too: plantd-cli status shows both."
    ),
    Rule.HEADS_DISAGREE: (
        "One head is low enough for edible and the other is not: the poison head gave {poison} "
        "(edible needs less than {edible_poison_p}), the poisonous species together {mass} "
        "(edible needs less than {edible_poisonous_mass})."
    ),
    Rule.LOW_CONFIDENCE: (
        "Edible needs a poison head below {edible_poison_p} (it gave {poison}), poisonous species "
        "below {edible_poisonous_mass} together (they have {mass}), and an edible species of at "
        "least {species_p} (the best is {best} with {best_p})."
    ),
    Rule.EDIBLE: (
        "Both heads are low enough: the poison head gave {poison} (edible needs less than "
        "{edible_poison_p}), the poisonous species together {mass} (less than "
        "{edible_poisonous_mass}). The best species is {best} with {best_p} (at least "
        "{species_p}). {known}. The picture is good enough. That is the look of one photograph, "
        "not proof."
    ),
    Rule.ENGINE_FAULT: (
        "The engine gave no usable numbers, so nothing is known about this plant. plantd-cli "
        "status says what is wrong with it."
    ),
}
STRANGER = (
    "Which plant it is, it does not know: the species head gives {another_plant} to its being none "
    "of its own, {no_plant} to there being no plant, and less to each plant."
)
UNKNOWN_RULE = "The rule that decided is called {rule}; this program does not know it."
# What these rules say rests on no threshold.
WITHOUT_THRESHOLDS = (Rule.ENGINE_FAULT, Rule.DEADLY_LOOK_ALIKE, Rule.EDIBLE_OFF, *MISPLACED)
# Fault -> (what was measured, its key in the frame, its limit, at least or at most).
MEASURES = {
    "too_small": (("shorter side in px", "side_px", "side_min_px", "at least"),),
    "too_dark": (
        ("brightness", "brightness", "brightness_min", "at least"),
        ("black share", "dark_share", "dark_share_max", "at most"),
    ),
    "blown_out": (
        ("brightness", "brightness", "brightness_max", "at most"),
        ("white share", "bright_share", "bright_share_max", "at most"),
    ),
    "covered": (
        ("contrast", "contrast", "contrast_min", "at least"),
        ("share without structure", "flat_share", "flat_share_max", "at most"),
    ),
    "blurred": (
        ("sharpness", "sharpness", "sharpness_min", "at least"),
        ("evenness of sharpness", "evenness", "evenness_min", "at least"),
    ),
}
KNOWN = (
    ("energy", "The network's energy is {}; plants it knows reach {} or more"),
    (
        "standout",
        "The best species stands {} above its five next rivals; known plants {} or more",
    ),
)
ADVICE = "Come closer, hold still, mind the light, and press again"


def explanation(verdict: Json, model: Optional[Json] = None) -> List[str]:
    """Return sentences that say why.

    A verdict carries its thresholds; for an older one the loaded `model` has them, if it was this.
    """
    thresholds = verdict.get("thresholds")
    if not thresholds and _title(model) == verdict.get("model"):
        thresholds = (model or {}).get("thresholds")
    numbers = _numbers(verdict, thresholds or {})
    rule = rule_from_name(verdict.get("rule"))
    sentences = ["#{}: {}.".format(verdict.get("seq"), wording.headline(verdict))]
    sentences.append((RULES[rule] if rule else UNKNOWN_RULE).format(**numbers))
    if wording.shows_a_stranger(verdict):
        sentences.append(STRANGER.format(**numbers))
    others = wording.reasons_of(verdict)[1:]
    if others:
        sentences.append("Also: {}.".format("; ".join(others)))
    if wording.needs_look_alikes(verdict):
        sentences.append("It could be mistaken for: {}.".format(wording.look_alikes(verdict)))
    if wording.caution_of(verdict):
        sentences.append(wording.caution_of(verdict))
    if model and _title(model) == verdict.get("model"):
        sentences += promises(model, (verdict.get("engine") or {}).get("precision"))
    if not verdict.get("calibrated"):
        sentences.append(wording.UNCALIBRATED[0].upper() + wording.UNCALIBRATED[1:] + ".")
    if not thresholds and rule and rule not in WITHOUT_THRESHOLDS:
        sentences.append(
            "The thresholds of {} are not at hand: another model is loaded now.".format(
                verdict.get("model")
            )
        )
    return sentences


def _title(model: Optional[Json]) -> str:
    return "{} {}".format(model.get("name"), model.get("version")) if model else ""


def _numbers(verdict: Json, thresholds: Json) -> Numbers:
    best = (list(wording.species_of(verdict)) or [{}])[0]
    faults = [FAULTS.get(name, name) for name in verdict.get("picture_faults") or ()]
    limits = ("poison_p", "poisonous_mass", "edible_poison_p", "edible_poisonous_mass", "species_p")
    return {
        "rule": str(verdict.get("rule")),
        "poison": _number((verdict.get("poison") or {}).get("p")),
        "mass": _number(verdict.get("poisonous_mass")),
        "known": _known(verdict, thresholds),
        "best": wording.name_of(best) if best else "none",
        "no_plant": _number(verdict.get("no_plant")),
        "another_plant": _number(verdict.get("another_plant")),
        "no_plant_limit": _number(thresholds.get("no_plant")),
        "another_plant_limit": _number(thresholds.get("another_plant")),
        "weak": _weak(thresholds),
        "deadly": wording.deadly_names(verdict) or "(unknown)",
        "apart": _apart(verdict),
        "best_p": _number(best.get("p")),
        "here": _here(verdict),
        "month": _month(verdict),
        "faults": ", ".join(faults) or "poor",
        "measured": _measured(verdict, thresholds.get("quality") or {}),
        "advice": _sentence("; ".join(verdict.get("advice") or ()) or ADVICE),
        **{name: _number(thresholds.get(name)) for name in limits},
    }


def _here(verdict: Json) -> str:
    regions = (verdict.get("place") or {}).get("regions") or ()
    return " or ".join(str(region) for region in regions) or "(unknown)"


def _month(verdict: Json) -> str:
    """The month of the northern year; half a year shifted where the press was in the south."""
    month = (verdict.get("place") or {}).get("month")
    return "(unknown)" if month is None else "month {} of the northern year".format(month)


def _weak(thresholds: Json) -> str:
    needed = thresholds.get("poison_no_plant")
    words = ": a warning without a plant needs {} from one of the heads"
    return words.format(_number(needed)) if _is_number(needed) else ""


def _apart(verdict: Json) -> str:
    """How each deadly look-alike is told apart in the hand."""
    told = [
        "{}: {}".format(entry.get("name"), entry.get("tell_apart"))
        for entry in wording.deadly_of(verdict)
    ]
    return "In the hand: {}".format(" ".join(told)) if told else ""


def _known(verdict: Json, thresholds: Json) -> str:
    """What tells a known plant from others, as far as the model asks for it."""
    asked = [
        words.format(_two(verdict.get(name)), _two(thresholds[name]))
        for name, words in KNOWN
        if thresholds.get(name) is not None
    ]
    return ". ".join(asked) or "How a known plant looks is (unknown)"


def _measured(verdict: Json, limits: Json) -> str:
    """What was measured for each fault of the picture, and its limits."""
    frame = dict(verdict.get("frame") or {})
    sides = [frame[side] for side in ("width", "height") if frame.get(side) is not None]
    frame["side_px"] = min(sides) if sides else None
    told = [
        "{} {} ({} {})".format(name, _plain(frame.get(key)), bound, _plain(limits.get(limit)))
        for fault in verdict.get("picture_faults") or ()
        for name, key, limit, bound in MEASURES.get(fault, ())
        # Records of older versions carry neither of what was not measured then.
        if key in frame or limit in limits
    ]
    return _sentence(", ".join(told) or "What was measured is (unknown)")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(value: Any) -> str:
    """A number with as many digits as it has, at most three."""
    return "{:.3f}".format(value).rstrip("0").rstrip(".") if _is_number(value) else "(unknown)"


def _number(value: Any) -> str:
    """A probability; one that three digits would turn into nothing gets six."""
    if not _is_number(value):
        return "(unknown)"
    return "{:.6f}".format(value) if 0 < value < 0.001 else "{:.3f}".format(value)


def _two(value: Any) -> str:
    return "{:.2f}".format(value) if _is_number(value) else "(unknown)"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
