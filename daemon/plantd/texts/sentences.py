"""A verdict's answer in a person's language, from its JSON: recorded ones are told too. Pure.

The English sentence is the one that was recorded. In another language it is made again from what
the verdict says, by the same rules as `plantd.bundle.naming`; the plants' names are the bundle's.
"""

from typing import Any, Dict, List, Mapping, Optional

from plantd import words
from plantd.answers import POISONOUS, rule_from_name
from plantd.quality import ADVICE
from plantd.texts.catalogue import ENGLISH, Say, Texts

Json = Mapping[str, Any]


def sentence_of(verdict: Json, texts: Texts) -> str:
    """Return the whole answer; in English where an older version's lacks what is asked."""
    recorded = str(verdict.get("sentence") or "")
    if texts.language == ENGLISH or not recorded:
        return recorded
    template = _template(verdict)
    if template is None or texts.say(template) == template:
        return recorded
    told = texts.say(template).format(**_words(verdict, texts.say))
    return words.capitalised(told)


def reasons_of(verdict: Json, texts: Texts) -> List[str]:
    """Return the reasons of an unsure answer in words."""
    return [reason_in_words(each, texts) for each in verdict.get("reasons") or ()]


def place_of(verdict: Json, texts: Texts) -> str:
    """Return where and when it was judged for; empty where nobody gave a place."""
    place = verdict.get("place") or {}
    regions = regions_of(place, texts)
    if not regions:
        return ""
    say = texts.say
    told = say("Judged for %(regions)s: that only raises caution.")
    if place.get("month") is not None:
        told = say("Judged for %(regions)s, northern month %(month)s: it only raises caution.")
    named = words.either(regions, say("or"))
    return told % {"regions": named, "month": place.get("month")}


def regions_of(place: Json, texts: Texts) -> List[str]:
    """Return the names of a place's regions; that of another version as it is called."""
    return [texts.say(str(region)) for region in place.get("regions") or ()]


def reason_in_words(name: Any, texts: Texts) -> str:
    """Return one reason in words; that of another version as it is called."""
    rule = rule_from_name(name)
    return texts.say(words.REASONS[rule]) if rule in words.REASONS else str(name)


def advice_of(verdict: Json, texts: Texts) -> List[str]:
    """Return what helps against each fault of the picture."""
    faults = verdict.get("picture_faults") or ()
    return [words.capitalised(texts.say(ADVICE.get(fault, ""))) for fault in faults]


def _template(verdict: Json) -> Optional[str]:
    answer, rule = str(verdict.get("verdict")), rule_from_name(verdict.get("rule"))
    return words.template(answer, rule, _kind(verdict), bool(verdict.get("group")))


def _kind(verdict: Json) -> str:
    best = _best(verdict)
    if not best:
        return "strange"
    if verdict.get("verdict") != POISONOUS or best.get("poisonous"):
        return "named"
    return "suspected" if words.suspect_among(verdict.get("species") or ()) else "other"


def _best(verdict: Json) -> Dict[str, Any]:
    species = verdict.get("species") or [{}]
    return dict(species[0])


def _words(verdict: Json, say: Say) -> Dict[str, str]:
    best, group = _best(verdict), verdict.get("group") or {}
    faults = [str(fault) for fault in verdict.get("picture_faults") or ()]
    deadly = verdict.get("deadly_look_alikes") or ()
    clear = float(best.get("p") or 0.0) >= float(_threshold(verdict))
    return {
        "name": words.name_of(best),
        "suspect": words.name_of(words.suspect_among(verdict.get("species") or ()) or {}),
        "most": "" if clear else say(words.MOST),
        "deadly": words.either(
            [words.short_name(str(each.get("name"))) for each in deadly], say("or")
        ),
        "faults": ", ".join(say(words.FAULTS.get(fault, fault)) for fault in faults),
        "advice": say(ADVICE.get(faults[0], "")) if faults else "",
        "group": str(group.get("words") or ""),
        "some": say(words.SOME_POISONOUS) if group.get("has_poisonous") else "",
    }


def _threshold(verdict: Json) -> float:
    thresholds = verdict.get("thresholds") or {}
    return float(thresholds.get("species_p") or 0.0)
