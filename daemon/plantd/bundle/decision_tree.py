"""The manifest's section `decision`: thresholds, what they promise, and what was measured.

How this works: a guard, a threshold that keeps strangers from being called edible, is a number or
the word `none`; one that is left out or misspelt would be missed by nobody. Older manifests say
null for the guard that they do without; that is taken while another guard stands.
"""

import math
from typing import Any, Mapping, NamedTuple, Optional, Tuple

from plantd.heads import HeadSpec
from plantd.quality import QualityLimits
from plantd.tree_reader import Tree, TreeReader
from plantd.verdict import ErrorBound, Guarantee, Thresholds, threshold_problems

NONE = "none"
WHERE = "decision."
NEEDED = ("poison_p", "poisonous_mass", "edible_poison_p", "edible_poisonous_mass", "species_p")
LIKENESS = ("energy", "standout")
STRONG = "poison_no_plant"
QUALITY_RANGES = {
    "side_min_px": (1, 4096),
    "sharpness_min": (0, 1e6),
    "brightness_min": (0, 255),
    "brightness_max": (0, 255),
    "dark_share_max": (0, 1),
    "bright_share_max": (0, 1),
    "contrast_min": (0, 255),
    "flat_share_max": (0, 1),
    "evenness_min": (0, 1),
}
# What a bound speaks of.
KNOWN_POISONOUS = "known_poisonous"
ABOUT = (KNOWN_POISONOUS, "poisonous_strangers", "other_plants", "no_plants")
PRECISIONS = ("fp32", "fp16", "int8")
# With so many independent photographs and none of them missed, 95 % confidence reaches 1 %.
RELEASE_PHOTOGRAPHS = 299
RELEASE_BOUND = 0.01
RELEASE_CONFIDENCE = 0.95
MANY = 10**9


class LookAlikeMeasurement(NamedTuple):
    """What was measured of the deadly look-alikes of one label.

    Attributes:
        photographs: independent ones of the look-alikes; edible: of them called edible.
        upper_bound: of the rate, at `confidence`.
    """

    photographs: int
    edible: int
    upper_bound: float
    confidence: float

    @property
    def releases(self) -> bool:
        """Whether it is enough to call the label edible after all."""
        return (
            self.photographs >= RELEASE_PHOTOGRAPHS
            and self.upper_bound <= RELEASE_BOUND
            and self.confidence >= RELEASE_CONFIDENCE
        )


class DecisionSection(NamedTuple):
    """The section as types; see Manifest."""

    thresholds: Thresholds
    guarantee: Optional[Guarantee]
    guarantees: Tuple[ErrorBound, ...]
    deadly_look_alikes: Mapping[str, LookAlikeMeasurement]
    data_fingerprint: str


def decision_from_tree(reader: TreeReader, tree: Tree, species: HeadSpec) -> DecisionSection:
    """Return the section; its problems are the reader's."""
    names = ("thresholds", "guarantee", "guarantees", "deadly_look_alikes", "data_fingerprint")
    reader.known(tree, names, WHERE)
    where = WHERE + "thresholds"
    return DecisionSection(
        _thresholds(reader, reader.section(tree.get("thresholds"), where), where + ".", species),
        _guarantee(reader, tree.get("guarantee")),
        _guarantees(reader, tree.get("guarantees") or []),
        _measurements(reader, tree.get("deadly_look_alikes") or {}, species),
        str(tree.get("data_fingerprint") or ""),
    )


def tree_from_decision(decision: DecisionSection) -> Tree:
    """Return the section as plain dictionaries and lists."""
    measured = decision.deadly_look_alikes.items()
    return {
        "thresholds": tree_from_thresholds(decision.thresholds),
        "guarantee": dict(decision.guarantee._asdict()) if decision.guarantee else None,
        "guarantees": [dict(each._asdict()) for each in decision.guarantees],
        "deadly_look_alikes": {label: dict(each._asdict()) for label, each in measured},
        "data_fingerprint": decision.data_fingerprint,
    }


def tree_from_thresholds(thresholds: Thresholds) -> Tree:
    """Return the thresholds as the manifest has them; what guards nothing says `none`."""
    tree = {name: NONE if value is None else value for name, value in thresholds._asdict().items()}
    return {**tree, "quality": dict(thresholds.quality._asdict())}


def _thresholds(reader: TreeReader, tree: Tree, where: str, species: HeadSpec) -> Thresholds:
    reader.known(tree, Thresholds._fields, where)
    values = {name: reader.value(tree, name, float, where) for name in NEEDED}
    likeness = [_guard(reader, tree, name, where, null=True) for name in LIKENESS]
    _check_likeness(reader, tree, where)
    another_plant, no_plant = (
        _background_guard(reader, tree, name, where, label)
        for name, label in species.background._asdict().items()
    )
    strong = _guard(reader, tree, STRONG, where) if STRONG in tree else None
    thresholds = Thresholds(
        energy=likeness[0],
        quality=_quality(reader, tree, where + "quality"),
        standout=likeness[1],
        no_plant=no_plant,
        another_plant=another_plant,
        poison_no_plant=strong,
        **values,
    )
    reader.problems.extend(threshold_problems(thresholds))
    return thresholds


def _guard(
    reader: TreeReader, tree: Tree, name: str, where: str, null: bool = False
) -> Optional[float]:
    seen = tree.get(name)
    if seen == NONE or (null and name in tree and seen is None):
        return None
    if seen is None or isinstance(seen, (str, bool, list, dict)):
        reader.say(where + name, seen, "a number, or {} to do without this guard".format(NONE))
        return None
    found: Optional[float] = reader.value(tree, name, float, where)
    return found


def _check_likeness(reader: TreeReader, tree: Tree, where: str) -> None:
    given = [tree.get(name) for name in LIKENESS if name in tree]
    if None in given and not any(isinstance(value, (int, float)) for value in given):
        for name in LIKENESS:
            if name in tree and tree[name] is None:
                reader.say(where + name, None, "a number, or {}: no guard stands".format(NONE))


def _background_guard(
    reader: TreeReader, tree: Tree, name: str, where: str, label: Optional[str]
) -> Optional[float]:
    """Needed where the species head has such a label, and senseless where it has none."""
    if label is not None:
        return _guard(reader, tree, name, where)
    if tree.get(name, NONE) != NONE:
        reader.say(
            where + name, tree[name], "{}: heads.species.background names no label".format(NONE)
        )
    return None


def _quality(reader: TreeReader, tree: Tree, where: str) -> QualityLimits:
    given = reader.section(tree.get("quality") or {}, where)
    known = QualityLimits()._asdict()
    reader.known(given, known, where + ".")
    return QualityLimits(
        **{
            key: reader.number(given, key, *QUALITY_RANGES[key], where + ".", kind=type(default))
            for key, default in known.items()
            if key in given
        }
    )


def _guarantee(reader: TreeReader, tree: Any) -> Optional[Guarantee]:
    if tree is None:
        return None
    section, where = reader.section(tree, WHERE + "guarantee"), WHERE + "guarantee."
    reader.known(section, Guarantee._fields, where)
    return Guarantee(
        alpha=reader.number(section, "alpha", 0, 1, where),
        n=reader.number(section, "n", 1, MANY, where, kind=int),
        bound=reader.number(section, "bound", 0, 1, where),
        confidence=reader.number(section, "confidence", 0.5, 1, where),
        method=reader.text(section, "method", where),
    )


def _guarantees(reader: TreeReader, trees: Any) -> Tuple[ErrorBound, ...]:
    if not isinstance(trees, list):
        reader.say(WHERE + "guarantees", trees, "a list of bounds")
        return ()
    found = [_bound(reader, tree, index) for index, tree in enumerate(trees)]
    told = [(each.about, each.precision) for each in found]
    for about, precision in sorted({pair for pair in told if told.count(pair) > 1}):
        reader.say(WHERE + "guarantees", about, "one bound of it for {}".format(precision))
    return tuple(found)


def _bound(reader: TreeReader, tree: Any, index: int) -> ErrorBound:
    name = "{}guarantees[{}]".format(WHERE, index)
    section, where = reader.section(tree, name), name + "."
    reader.known(section, ErrorBound._fields, where)
    n = reader.number(section, "n", 1, MANY, where, kind=int)
    return ErrorBound(
        about=reader.choice(section, "about", ABOUT, where),
        n=n,
        groups=reader.number(section, "groups", 1, n, where, kind=int),
        misses=reader.number(section, "misses", 0, n, where, kind=int),
        upper_bound=reader.number(section, "upper_bound", 0, 1, where),
        confidence=reader.number(section, "confidence", 0.5, 1, where),
        method=reader.text(section, "method", where),
        precision=reader.choice(section, "precision", PRECISIONS, where),
    )


def _measurements(
    reader: TreeReader, tree: Any, species: HeadSpec
) -> Mapping[str, LookAlikeMeasurement]:
    where = WHERE + "deadly_look_alikes"
    section = reader.section(tree, where)
    reader.known(section, species.plants, where + ".")
    return {
        str(label): _measurement(reader, each, "{}.{}".format(where, label))
        for label, each in section.items()
    }


def _measurement(reader: TreeReader, tree: Any, name: str) -> LookAlikeMeasurement:
    section, where = reader.section(tree, name), name + "."
    reader.known(section, LookAlikeMeasurement._fields, where)
    photographs = reader.number(section, "photographs", 1, MANY, where, kind=int)
    found = LookAlikeMeasurement(
        photographs,
        edible=reader.number(section, "edible", 0, photographs, where, kind=int),
        upper_bound=reader.number(section, "upper_bound", 0, 1, where),
        confidence=reader.number(section, "confidence", 0.5, 1, where),
    )
    if not _is_an_upper_bound(found):
        reader.say(
            where + "upper_bound",
            found.upper_bound,
            "no less than {} of {} photographs show at {:g} % confidence".format(
                found.edible, photographs, 100 * found.confidence
            ),
        )
    return found


def _is_an_upper_bound(found: LookAlikeMeasurement) -> bool:
    """Whether so few would be rare enough at that rate; the bound may be rounded to its figures.

    Source: Clopper and Pearson, The use of confidence or fiducial limits, Biometrika 1934.
    """
    n, p = found.photographs, found.upper_bound
    if not 0.0 < p < 1.0:
        return p == 1.0
    least = sum(
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(p)
            + (n - k) * math.log(1.0 - p)
        )
        for k in range(min(found.edible, n) + 1)
    )
    return least <= 1.02 * (1.0 - found.confidence)
