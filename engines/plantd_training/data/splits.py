"""Splits into train, val and test: groups kept together, seeded, written down as a manifest."""

import csv
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np

from plantd.errors import UsageError
from plantd_calibration.data.photo_lists import MANIFEST, path_of, rows_of
from plantd_calibration.data.photos import SPLITS, Photo
from plantd_calibration.data.whole_files import replacing

COLUMNS = ("file", "class", "poisonous", "split", "source_repo", "group")


def split(photos: Sequence[Photo], shares: Tuple[float, float, float], seed: int) -> List[Photo]:
    """Return the photographs with new splits, label by label.

    A group goes into one split whole; a photograph without a group is its own. Groups are drawn in
    a seeded order and each goes where most is missing, so every split gets its share as nearly as
    the groups allow. A group that holds two labels is drawn with the first one.

    Args:
        shares: of train, val and test; they add up to 1.
    """
    if min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-6:
        raise UsageError("shares {} do not add up to 1".format(shares))
    return [p._replace(split=SPLITS[part]) for p, part in zip(photos, parts(photos, shares, seed))]


def parts(photos: Sequence[Photo], shares: Sequence[float], seed: int) -> List[int]:
    """Return for each photograph which of len(shares) parts it goes to, by the same rules."""
    random = np.random.default_rng(seed)
    chosen: Dict[str, int] = {}
    for groups in _groups_by_label(photos).values():
        chosen.update(_assigned(groups, shares, random))
    return [chosen[_group(photo)] for photo in photos]


def leaks(photos: Sequence[Photo]) -> Dict[str, List[str]]:
    """Return the groups that lie in more than one split, with those splits."""
    seen: Dict[str, List[str]] = {}
    for photo in photos:
        if photo.group and photo.split and photo.split not in seen.setdefault(photo.group, []):
            seen[photo.group].append(photo.split)
    return {group: where for group, where in seen.items() if len(where) > 1}


def write_manifest(photos: Sequence[Photo], folder: Path) -> Path:
    """Write manifest.csv into the folder of the photographs; return its path.

    What an older one has besides, such as a licence, stays; it is replaced whole or not at all.
    """
    path = folder / MANIFEST
    known = {path_of(row["file"], folder): row for row in rows_of(path)} if path.exists() else {}
    extra = [name for name in next(iter(known.values()), {}) if name not in COLUMNS]
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([*COLUMNS, *extra])
        for photo in photos:
            file = photo.path.relative_to(folder).as_posix()
            row = (file, photo.label, int(photo.poisonous), photo.split, photo.source, photo.group)
            old = known.get(photo.path, {})
            writer.writerow([*row, *(old.get(name, "") for name in extra)])
    return path


def _groups_by_label(photos: Sequence[Photo]) -> Dict[str, Dict[str, int]]:
    """Return the size of each group, by the label it came up with first."""
    owner: Dict[str, str] = {}
    sizes: Dict[str, Dict[str, int]] = {}
    for photo in photos:
        label = owner.setdefault(_group(photo), photo.label)
        counted = sizes.setdefault(label, {})
        counted[_group(photo)] = counted.get(_group(photo), 0) + 1
    return sizes


def _assigned(
    groups: Dict[str, int], shares: Sequence[float], random: np.random.Generator
) -> Dict[str, int]:
    wanted = np.asarray(shares) * sum(groups.values())
    names, chosen = sorted(groups), {}
    for place in random.permutation(len(names)):
        name = names[place]
        most = int(np.argmax(np.where(np.asarray(shares) > 0, wanted, -np.inf)))
        chosen[name] = most
        wanted[most] -= groups[name]
    return chosen


def _group(photo: Photo) -> str:
    return photo.group or str(photo.path)
