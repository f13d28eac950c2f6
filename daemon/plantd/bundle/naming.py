"""How an answer names what it saw: in words, by the bundle's species.yaml. Pure.

How this works: what looks like no plant or another one is not said to show any of the known plants,
so it gets neither their names nor their cautions; they are only the nearest. Where one of several
candidates is meant and they share a genus, or else a family, that is what can be said.
"""

from typing import Mapping, NamedTuple, Optional, Sequence, Tuple

from plantd import words
from plantd.answers import POISONOUS, Rule
from plantd.bundle.species import LookAlike, Species
from plantd.heads import Candidate, Prediction
from plantd.quality import ADVICE
from plantd.verdict import Decision, Thresholds, names_species
from plantd.wire import Group

# A species below this share of the probability is not worth a warning about its look-alikes.
LOOK_ALIKE_P = 0.05
LOOK_ALIKES_MAX = 6
LIKELY = 3
# More candidates than these share nothing that is worth saying.
GROUP_MAX = 5


class Naming(NamedTuple):
    """The words of one answer, with the names of wire.Verdict.

    Attributes:
        sentence: the whole answer in one sentence or two.
        names: label -> what it is called in texts.
        is_named: whether the picture may be said to show the species; else they are the nearest.
        look_alikes: names of the dangerous plants this could be mistaken for.
        deadly_look_alikes: those that keep it from being called edible.
        caution: one line about the best species, or about the poisonous one that is suspected
            instead of it; may be empty.
    """

    sentence: str = ""
    names: Mapping[str, str] = {}
    is_named: bool = True
    group: Optional[Group] = None
    look_alikes: Tuple[str, ...] = ()
    deadly_look_alikes: Tuple[LookAlike, ...] = ()
    caution: str = ""


def naming_of(
    decision: Decision,
    prediction: Optional[Prediction],
    facts: Mapping[str, Species],
    thresholds: Thresholds,
) -> Naming:
    """Return how the answer is named; `prediction` is None when no engine looked at the picture."""
    names = {label: species.name for label, species in facts.items()}
    if prediction is None or not names_species(decision, prediction):
        said = _sentence(decision, prediction, "strange", ("", ""), (), None, thresholds)
        return Naming(said, names, is_named=False)
    best, suspect = prediction.best, suspect_of(decision, prediction.species)
    group = group_of(prediction.species, facts, thresholds.species_p)
    deadly = deadly_look_alikes(decision, prediction.species, facts)
    kind = "named"
    told: Optional[Candidate] = best
    if decision.answer == POISONOUS and not best.poisonous:
        kind, told = ("suspected", suspect) if suspect else ("other", None)
    called = names[best.label], names[suspect.label] if suspect else ""
    return Naming(
        _sentence(decision, prediction, kind, called, deadly, group, thresholds),
        names,
        group=group,
        look_alikes=look_alikes(prediction.species, facts),
        deadly_look_alikes=deadly,
        caution=facts[told.label].caution if told else "",
    )


def suspect_of(decision: Decision, species: Sequence[Candidate]) -> Optional[Candidate]:
    """Return the poisonous plant that a warning may be about, though another one is likelier."""
    if decision.answer != POISONOUS:
        return None
    place = words.place_of_suspect((each.poisonous, each.p) for each in species)
    return None if place is None else species[place]


def group_of(
    species: Sequence[Candidate], facts: Mapping[str, Species], species_p: float
) -> Optional[Group]:
    """Return what the candidates that reach `species_p` together share; None where one is enough.

    Source: iNaturalist names a species above a score only, and below it the common ancestor.
    """
    candidates, p = [], 0.0
    for candidate in species[:GROUP_MAX]:
        candidates.append(candidate)
        p += candidate.p
        if p >= species_p:
            break
    if len(candidates) < 2 or p < species_p:
        return None
    known = [facts[candidate.label] for candidate in candidates]
    for rank, taxa in (
        ("genus", {each.genus for each in known}),
        ("family", {each.family for each in known}),
    ):
        taxon = taxa.pop() if len(taxa) == 1 else None
        if taxon is not None:
            bad = any(candidate.poisonous for candidate in candidates)
            return Group(taxon.words, rank, taxon.scientific_name, p, bad)
    return None


def look_alikes(species: Sequence[Candidate], facts: Mapping[str, Species]) -> Tuple[str, ...]:
    """Return the dangerous plants that the likely species could be mistaken for.

    Poisonous candidates themselves come first, then the look-alikes of each, the deadly ones before
    the others.
    """
    likely = [c for c in species[:LIKELY] if c.p >= LOOK_ALIKE_P]
    names = [facts[c.label].name for c in likely if c.poisonous]
    for known in (facts[candidate.label] for candidate in likely):
        names.extend(each.name for each in known.deadly_look_alikes + known.look_alikes)
    once = {words.short_name(name).lower(): name for name in reversed(names)}
    return tuple(name for name in dict.fromkeys(names) if name in once.values())[:LOOK_ALIKES_MAX]


def deadly_look_alikes(
    decision: Decision, species: Sequence[Candidate], facts: Mapping[str, Species]
) -> Tuple[LookAlike, ...]:
    """Return what keeps the best species, or in a burst one close to it, from being edible."""
    if Rule.DEADLY_LOOK_ALIKE not in decision.reasons:
        return ()
    known = (facts[candidate.label].deadly_look_alikes for candidate in species)
    return next((found for found in known if found), ())


def _sentence(
    decision: Decision,
    prediction: Optional[Prediction],
    kind: str,
    called: Tuple[str, str],
    deadly: Sequence[LookAlike],
    group: Optional[Group],
    thresholds: Thresholds,
) -> str:
    faults = decision.picture_faults
    is_clear = prediction is not None and prediction.best.p >= thresholds.species_p
    return words.sentence(
        decision.answer,
        decision.rule,
        kind,
        {
            "name": called[0],
            "suspect": called[1],
            "most": "" if is_clear else words.MOST,
            "deadly": words.either([words.short_name(each.name) for each in deadly]),
            "faults": ", ".join(words.FAULTS[fault] for fault in faults),
            "advice": ADVICE[faults[0]] if faults else "",
            "group": group.words if group else "",
            "some": words.SOME_POISONOUS if group and group.has_poisonous else "",
        },
    )
