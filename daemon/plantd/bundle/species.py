"""What is known about each plant: species.yaml of the bundle."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, TypeVar

from plantd.errors import BundleError
from plantd.place.regions import REGIONS
from plantd.place.surroundings import MONTHS
from plantd.tree_reader import Tree, TreeReader

DEADLY = "deadly_look_alikes"
ENTRY = (
    "scientific_name",
    "common_name",
    "genus",
    "family",
    "poisonous",
    "partly_toxic",
    "edible",
    "caution",
    "look_alikes",
    DEADLY,
    "regions",
    "months",
    "sources",
)
SECTIONS = ("references", "species", "genera", "families")
LOOK_ALIKE = ("name", "tell_apart")
Item = TypeVar("Item", str, int)


class LookAlike(NamedTuple):
    """A dangerous plant that could be mistaken for another, and how to tell them apart."""

    name: str
    tell_apart: str


# What a plant belongs to, as its own entry calls it and as the section that names them all does.
RANKS = (("genus", "genera"), ("family", "families"))


class Taxon(NamedTuple):
    """A genus or family: its scientific name, and what one plant of it is called ("a mallow")."""

    scientific_name: str
    words: str


class Species(NamedTuple):
    """One label's facts.

    Attributes:
        poisonous: True where any botanical source says so, whatever the training data's flag.
        partly_toxic: some parts or states (raw, unripe, old) are toxic although others are eaten.
        edible: what is eaten at all; empty for a poisonous plant.
        caution: one line; never the words "safe to eat".
        sources: title and year of what the entry rests on.
        common_name: for display.
        genus, family: None where unknown, or where the label holds several.
        deadly_look_alikes: what kills or maims and cannot be told from it on a photograph.
        regions: where it grows outdoors, of place.regions.REGIONS; empty says nothing.
        months: 1 to 12 of the northern temperate year, in which what a photograph shows of it is
            above the ground; empty says nothing.
    """

    label: str
    scientific_name: str
    poisonous: bool
    partly_toxic: bool
    edible: str
    caution: str
    look_alikes: Tuple[LookAlike, ...]
    sources: Tuple[str, ...]
    common_name: str = ""
    genus: Optional[Taxon] = None
    family: Optional[Taxon] = None
    deadly_look_alikes: Tuple[LookAlike, ...] = ()
    regions: Tuple[str, ...] = ()
    months: Tuple[int, ...] = ()

    def is_foreign_to(self, regions: Sequence[str]) -> bool:
        """Return whether it is said to grow in none of the regions, some being known."""
        return bool(self.regions and regions) and not set(self.regions).intersection(regions)

    def is_hidden_in(self, month: Optional[int]) -> bool:
        """Return whether it is said not to be found in a month, that being known."""
        return bool(self.months) and month is not None and month not in self.months

    @property
    def name(self) -> str:
        """What it is called in texts."""
        return self.common_name or plain(self.label)

    @property
    def released(self) -> "Species":
        """The same, its deadly look-alikes being no more than look-alikes: they were measured."""
        return self._replace(
            look_alikes=self.deadly_look_alikes + self.look_alikes, deadly_look_alikes=()
        )


def plain(label: str) -> str:
    """Return a label as a person writes it."""
    return label.replace("_", " ")


def species_from_tree(tree: Any, labels: Sequence[str]) -> Mapping[str, Species]:
    """Return the facts by label; raise BundleError naming every label that is missing or wrong."""
    entries = tree.get("species") if isinstance(tree, dict) else None
    if not isinstance(entries, dict):
        raise BundleError("species.yaml has no section 'species'; expected one entry a label")
    reader = TreeReader()
    reader.known(tree, SECTIONS)
    reader.problems += ["no entry for " + label for label in labels if label not in entries]
    reader.problems += ["{} is not a label".format(name) for name in entries if name not in labels]
    sections = {x: reader.section(entries[x], x) for x in labels if x in entries}
    _check_all_or_none(reader, sections)
    ranks = {
        rank: _taxa(reader, tree.get(plural) or {}, plural, rank, sections)
        for rank, plural in RANKS
    }
    known = {label: _species(reader, label, entry, ranks) for label, entry in sections.items()}
    reader.done("species.yaml")
    return known


def _check_all_or_none(reader: TreeReader, sections: Mapping[str, Tree]) -> None:
    """Where one label says what could kill in its place, silence on another is a gap, not a no."""
    if any(DEADLY in entry for entry in sections.values()):
        for label, entry in sections.items():
            if DEADLY not in entry and entry.get("poisonous") is not True:
                reader.problems.append(
                    "{}.{} is missing; expected a list, [] for none".format(label, DEADLY)
                )


def _taxa(
    reader: TreeReader, tree: Any, plural: str, rank: str, sections: Mapping[str, Tree]
) -> Dict[str, Taxon]:
    """Return the taxa that have words; several labels of one taxon need them."""
    words = reader.section(tree, plural)
    used: List[Any] = [entry.get(rank) for entry in sections.values()]
    reader.known(words, {str(name) for name in used if name}, plural + ".")
    for name in sorted({str(name) for name in used if name and used.count(name) > 1}):
        if not isinstance(words.get(name), str) or not words[name].strip():
            reader.problems.append(
                "{}.{} is missing; expected what one plant of it is called".format(plural, name)
            )
    return {str(name): Taxon(str(name), str(text)) for name, text in words.items()}


def _species(
    reader: TreeReader, label: str, entry: Tree, ranks: Mapping[str, Mapping[str, Taxon]]
) -> Species:
    where = label + "."
    reader.known(entry, ENTRY, where)
    for key in ("scientific_name", "caution"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            reader.problems.append("{}{} is missing".format(where, key))
    for key in ("common_name", "genus", "family"):
        if entry.get(key) is not None and not isinstance(entry[key], str):
            reader.say(where + key, entry[key], "text")
    sources = entry.get("sources") or []
    if not isinstance(sources, list):
        reader.say(where + "sources", sources, "a list of titles")
        sources = []
    if not isinstance(entry.get("poisonous"), bool):
        reader.say(where + "poisonous", entry.get("poisonous"), "true or false")
    return Species(
        label=label,
        scientific_name=str(entry.get("scientific_name", "")),
        poisonous=entry.get("poisonous") is not False,
        partly_toxic=bool(entry.get("partly_toxic", False)),
        edible=str(entry.get("edible") or ""),
        caution=str(entry.get("caution", "")),
        look_alikes=_look_alikes(reader, where + "look_alikes", entry.get("look_alikes")),
        sources=tuple(str(source) for source in sources),
        common_name=str(entry.get("common_name") or ""),
        genus=ranks["genus"].get(str(entry.get("genus"))),
        family=ranks["family"].get(str(entry.get("family"))),
        deadly_look_alikes=_look_alikes(reader, where + DEADLY, entry.get(DEADLY)),
        regions=_some_of(reader, where + "regions", entry, REGIONS),
        months=_some_of(reader, where + "months", entry, MONTHS),
    )


def _some_of(
    reader: TreeReader, where: str, entry: Tree, known: Sequence[Item]
) -> Tuple[Item, ...]:
    """Return a list's values in the order of `known`; none are left out without a word."""
    key = where.rpartition(".")[2]
    if key not in entry:
        return ()
    given = entry[key]
    # 1 == True: a list of months must not hold a truth.
    good = isinstance(given, list) and all(x in known and not isinstance(x, bool) for x in given)
    if not good or not given:
        some = ", ".join(str(each) for each in known)
        reader.say(where, given, "a list of one or more of " + some + "; or no such key")
        return ()
    return tuple(each for each in known if each in given)


def _look_alikes(reader: TreeReader, where: str, entries: Any) -> Tuple[LookAlike, ...]:
    found = []
    given = [] if entries is None else entries
    for entry in given if isinstance(given, list) else [given]:
        texts = [entry.get(key) for key in LOOK_ALIKE] if isinstance(entry, dict) else []
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            reader.problems.append("{} has {!r}; expected name and tell_apart".format(where, entry))
            continue
        found.append(LookAlike(str(entry["name"]), str(entry["tell_apart"])))
    return tuple(found)
