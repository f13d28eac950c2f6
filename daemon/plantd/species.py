"""What is known about each plant: species.yaml of the bundle."""

from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from plantd.errors import BundleError


class LookAlike(NamedTuple):
    """A dangerous plant that could be mistaken for another, and how to tell them apart."""

    name: str
    tell_apart: str


class Species(NamedTuple):
    """One label's facts.

    Attributes:
        poisonous: True where any botanical source says so, whatever the training data's flag.
        partly_toxic: some parts or states (raw, unripe, old) are toxic although others are eaten.
        edible: what is eaten at all; empty for a poisonous plant.
        caution: one line; never the words "safe to eat".
        sources: title and year of what the entry rests on.
    """

    label: str
    scientific_name: str
    poisonous: bool
    partly_toxic: bool
    edible: str
    caution: str
    look_alikes: Tuple[LookAlike, ...]
    sources: Tuple[str, ...]


def species_from_tree(tree: Any, labels: Sequence[str]) -> Mapping[str, Species]:
    """Return the facts by label; raise BundleError naming every label that is missing or wrong."""
    entries = tree.get("species") if isinstance(tree, dict) else None
    if not isinstance(entries, dict):
        raise BundleError("species.yaml has no section 'species'; expected one entry a label")
    problems = ["no entry for " + label for label in labels if label not in entries]
    problems += ["{} is not a label".format(name) for name in entries if name not in labels]
    known: Dict[str, Species] = {}
    for label in labels:
        if label in entries:
            known[label] = _species(label, entries[label], problems)
    if problems:
        raise BundleError("species.yaml: " + "; ".join(problems))
    return known


def _species(label: str, entry: Any, problems: List[str]) -> Species:
    if not isinstance(entry, dict):
        problems.append("{} is {!r}; expected a section".format(label, entry))
        entry = {}
    for key in ("scientific_name", "caution"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            problems.append("{}.{} is missing".format(label, key))
    if not isinstance(entry.get("poisonous"), bool):
        problems.append(
            "{}.poisonous is {!r}; expected true or false".format(label, entry.get("poisonous"))
        )
    return Species(
        label=label,
        scientific_name=str(entry.get("scientific_name", "")),
        poisonous=entry.get("poisonous") is not False,
        partly_toxic=bool(entry.get("partly_toxic", False)),
        edible=str(entry.get("edible") or ""),
        caution=str(entry.get("caution", "")),
        look_alikes=_look_alikes(label, entry.get("look_alikes") or [], problems),
        sources=tuple(str(source) for source in entry.get("sources") or []),
    )


def _look_alikes(label: str, entries: Any, problems: List[str]) -> Tuple[LookAlike, ...]:
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        named = isinstance(entry, dict) and entry.get("name") and entry.get("tell_apart")
        if not named:
            problems.append(
                "{}.look_alikes has {!r}; expected name and tell_apart".format(label, entry)
            )
            continue
        found.append(LookAlike(str(entry["name"]), str(entry["tell_apart"])))
    return tuple(found)
