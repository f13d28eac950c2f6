"""Why a verdict is what it is, in plain words, from its rule and its numbers. Pure."""

from typing import Any, Dict, List, Optional

from plantd.cli import wording

Json = Dict[str, Any]

Numbers = Dict[str, str]

RULES: Dict[str, str] = {
    "poison_head": (
        "The poison head gave {poison} for poisonous; from {poison_p} on the answer is poisonous, "
        "whatever the other head says."
    ),
    "poisonous_species": (
        "The poisonous species together have {mass} of the species head's probability; from "
        "{poisonous_mass} on the answer is poisonous, although the poison head gave only {poison}."
    ),
    "poor_picture": (
        "The picture is {faults}, so it is not looked at for anything edible. Sharpness was "
        "{sharpness}, brightness {brightness}, contrast {contrast}. Come closer, hold still, mind "
        "the light, and press again."
    ),
    "not_a_known_plant": (
        "The network's energy is {energy}; plants it knows reach {energy_min} or more. It may be "
        "a plant outside the ones it learned, or no plant at all."
    ),
    "heads_disagree": (
        "One head is low enough for edible and the other is not: the poison head gave {poison} "
        "(edible needs less than {edible_poison_p}), the poisonous species together {mass} "
        "(edible needs less than {edible_poisonous_mass})."
    ),
    "low_confidence": (
        "Edible needs a poison head below {edible_poison_p} (it gave {poison}), poisonous species "
        "below {edible_poisonous_mass} together (they have {mass}), and an edible species of at "
        "least {species_p} (the best is {best} with {best_p})."
    ),
    "edible": (
        "Both heads are low enough: the poison head gave {poison} (edible needs less than "
        "{edible_poison_p}), the poisonous species together {mass} (less than "
        "{edible_poisonous_mass}). The best species is {best} with {best_p} (at least "
        "{species_p}), and the picture is good enough. That is the look of one photograph, not "
        "proof."
    ),
    "engine_fault": (
        "The engine gave no usable numbers, so nothing is known about this plant. plantd-cli "
        "status says what is wrong with it."
    ),
}
UNKNOWN_RULE = "The rule that decided is called {rule}; this program does not know it."
# What these rules say rests on a threshold.
WITHOUT_THRESHOLDS = ("engine_fault", "poor_picture")


def explanation(verdict: Json, model: Optional[Json] = None) -> List[str]:
    """Return sentences that say why; the loaded `model` has the thresholds, if it was this one."""
    thresholds = (model or {}).get("thresholds") if _title(model) == verdict.get("model") else None
    numbers = _numbers(verdict, thresholds or {})
    rule = str(verdict.get("rule"))
    sentences = ["#{}: {}.".format(verdict.get("seq"), wording.headline(verdict))]
    sentences.append(RULES.get(rule, UNKNOWN_RULE).format(**numbers))
    others = wording.reasons_of(verdict)[1:]
    if others:
        sentences.append("Also: {}.".format("; ".join(others)))
    if wording.needs_look_alikes(verdict):
        sentences.append("It could be mistaken for: {}.".format(wording.look_alikes(verdict)))
    if verdict.get("caution"):
        sentences.append(str(verdict["caution"]))
    if not verdict.get("calibrated"):
        sentences.append(wording.UNCALIBRATED[0].upper() + wording.UNCALIBRATED[1:] + ".")
    if not thresholds and rule in RULES and rule not in WITHOUT_THRESHOLDS:
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
    frame = verdict.get("frame") or {}
    faults = [wording.FAULTS.get(name, name) for name in verdict.get("picture_faults") or ()]
    limits = ("poison_p", "poisonous_mass", "edible_poison_p", "edible_poisonous_mass", "species_p")
    return {
        "rule": str(verdict.get("rule")),
        "poison": _number((verdict.get("poison") or {}).get("p")),
        "mass": _number(verdict.get("poisonous_mass")),
        "energy": _number(verdict.get("energy"), "{:.2f}"),
        "energy_min": _number(thresholds.get("energy"), "{:.2f}"),
        "best": wording.plain(best.get("label", "none")),
        "best_p": _number(best.get("p")),
        "faults": ", ".join(faults) or "poor",
        "sharpness": _number(frame.get("sharpness"), "{:.1f}"),
        "brightness": _number(frame.get("brightness"), "{:.1f}"),
        "contrast": _number(frame.get("contrast"), "{:.1f}"),
        **{name: _number(thresholds.get(name)) for name in limits},
    }


def _number(value: Any, form: str = "{:.3f}") -> str:
    return form.format(value) if isinstance(value, (int, float)) else "(unknown)"
