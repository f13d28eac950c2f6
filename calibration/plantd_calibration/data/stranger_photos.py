"""Strangers: photographs of plants outside the labels and of no plants, and who may see which.

How this works. A folder of strangers has a manifest.csv. Each photograph belongs to a kin: the
genus of a plant, the kind of a thing. A division, one YAML file beside the recipe, writes down what
is kept apart, so that what is reported on shares no kin with what was learned from, and no source
where the photographs allow it:

    kept_sources   nothing of these sources is learned
    reported       nothing of these kins is learned; their photographs are what is reported on
    singly         sources whose labels are a kin each, such as one photograph a kind

    part       kin reported    source kept
    reported   yes             either
    aside      no              yes: neither learned nor reported
    learned    no              no

Learned kins are dealt into folds by a hash: a network that knows none of a kin reads it.
"""

import hashlib
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence

from plantd.errors import ConfigError, PictureError
from plantd_calibration.data.photo_lists import FLAGS, manifest_of, rows_of
from plantd_calibration.data.yaml_file import read_tree

PLANT, THING, EXTRA = "plant", "thing", "extra70"
KINDS = (PLANT, THING, EXTRA)
COLUMNS = ("file", "kind", "label", "poisonous")
LEARNED, REPORTED, ASIDE = "learned", "reported", "aside"


class Stranger(NamedTuple):
    """One photograph of a strangers' folder.

    Attributes:
        kind: plant, thing, or extra70: one more of the known labels.
        label: what it shows.
        poisonous: None where nobody knows; False for things.
        source: who published it; empty when unknown.
        group: near-duplicates share one.
    """

    path: Path
    kind: str
    label: str
    poisonous: Optional[bool]
    source: str
    group: str


class Division(NamedTuple):
    """What is kept apart; see the module."""

    kept_sources: FrozenSet[str]
    reported: FrozenSet[str]
    singly: FrozenSet[str]


def read_strangers(folder: Path) -> List[Stranger]:
    """Return the photographs of a strangers' folder, by path.

    Raises NotFoundError without a manifest.csv or any photograph in it, PictureError naming every
    row that is not understood.
    """
    manifest = manifest_of(folder, "strangers", COLUMNS)
    rows = rows_of(manifest)
    missing = sorted(set(COLUMNS) - set(rows[0] if rows else ()))
    if missing or not rows:
        raise PictureError("{} lacks the columns {}".format(manifest, ", ".join(missing)))
    problems: List[str] = []
    found = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(_stranger(row, folder))
        except PictureError as error:
            problems.append("{}, row {}: {}".format(manifest, number, error))
    if problems:
        raise PictureError("\n".join(problems[:10]))
    return sorted(found, key=lambda one: str(one.path))


def read_division(path: Path) -> Division:
    """Return the division in a file; raise ConfigError with every key that is missing or wrong."""
    return division_from_tree(read_tree(path, "division of strangers"), str(path))


def division_from_tree(tree: Any, where: str) -> Division:
    """Return the division that plain values say; raise ConfigError with everything wrong."""
    problems = _division_problems(tree)
    if problems:
        raise ConfigError(["{}: {}".format(where, problem) for problem in problems])
    return Division(*(frozenset(tree[name]) for name in Division._fields))


def tree_from_division(division: Division) -> Dict[str, List[str]]:
    """Return the division as plain values."""
    return {name: sorted(value) for name, value in division._asdict().items()}


def kin_of(one: Stranger, division: Division) -> str:
    """Return what a stranger belongs to: its genus, or the kind of thing."""
    if one.kind == PLANT:
        return one.label.split("_")[0]
    return one.label if one.source in division.singly else one.label.split(":")[0]


def part_of(one: Stranger, division: Division) -> str:
    """Return learned, reported or aside."""
    if kin_of(one, division) in division.reported:
        return REPORTED
    return ASIDE if one.source in division.kept_sources else LEARNED


def in_part(
    strangers: Sequence[Stranger], division: Division, part: str, kind: Optional[str] = None
) -> List[Stranger]:
    """Return the plants and things of one part.

    Near-duplicates of what is reported on are never learned: their whole group is aside.
    """
    chosen = [one for one in strangers if one.kind != EXTRA and kind in (None, one.kind)]
    shown = {one.group for one in strangers if _is_reported(one, division)}
    parts = [(one, part_of(one, division)) for one in chosen]
    told = [(one, ASIDE if p == LEARNED and one.group in shown else p) for one, p in parts]
    return [one for one, p in told if p == part]


def fold_of(one: Stranger, division: Division, folds: int) -> int:
    """Return the fold of a stranger's kin: by a hash, so no list has to be kept."""
    named = "{}/".format(kin_of(one, division)).encode()
    return int(hashlib.sha256(named).hexdigest(), 16) % folds


def is_poisonous(one: Stranger) -> bool:
    """Return whether it is known to be poisonous."""
    return one.poisonous is True


def _is_reported(one: Stranger, division: Division) -> bool:
    return one.kind != EXTRA and part_of(one, division) == REPORTED


def _stranger(row: Mapping[str, Optional[str]], folder: Path) -> Stranger:
    file, kind, label = row["file"] or "", row["kind"] or "", row["label"] or ""
    if kind not in KINDS:
        raise PictureError(
            "{}: the kind is {!r}; expected one of {}".format(file, kind, ", ".join(KINDS))
        )
    path = folder / file
    if not file or not label or not path.is_file():
        raise PictureError("{!r} of {!r} is not a photograph in {}".format(file, label, folder))
    return Stranger(
        path=path,
        kind=kind,
        label=label,
        poisonous=_flag(row, kind),
        source=row.get("source_repo") or "",
        group=row.get("group") or file,
    )


def _flag(row: Mapping[str, Optional[str]], kind: str) -> Optional[bool]:
    told = (row["poisonous"] or "").strip().lower()
    if not told:
        return False if kind == THING else None
    if told not in FLAGS:
        raise PictureError(
            "{}: the column poisonous says {!r}; expected 1, 0 or nothing".format(row["file"], told)
        )
    return FLAGS[told]


def _division_problems(tree: Any) -> List[str]:
    if not isinstance(tree, dict):
        return ["expected the keys {}".format(", ".join(Division._fields))]
    known = Division._fields
    found = ["{}: no such key".format(name) for name in sorted(set(map(str, tree)) - set(known))]
    for name in known:
        value = tree.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            found.append("{}: {!r}; expected a list of names".format(name, value))
    return found
