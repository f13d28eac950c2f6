"""Photographs whose answer is known: what they show, is it poisonous, what belongs together."""

import csv
import hashlib
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple

from plantd.errors import NotFoundError, PictureError

MANIFEST = "manifest.csv"
COLUMNS = ("file", "class", "poisonous", "split")
SUFFIXES = (".jpg", ".jpeg", ".png")
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class OnDisk(Protocol):
    """What lies in a file; a photograph of the training's is one too."""

    @property
    def path(self) -> Path:
        """Of the file."""


class Photo(NamedTuple):
    """One photograph.

    Attributes:
        label: the species; empty where it is none of the model's.
        poisonous: by the source of the data.
        split: train, val or test; empty for pictures of other things.
        group: near-duplicates share one; it counts once in a bound.
        kind: what it shows where it is none of the model's species and a list says so.
    """

    path: Path
    label: str
    poisonous: bool
    split: str
    group: str
    kind: str = ""


def read_photos(folder: Path) -> List[Photo]:
    """Return the labelled photographs of a folder with a manifest.csv, by path.

    The columns are file, class, poisonous, split and, where known, group; `file` may begin with the
    folder's own name. Rows about files of other folders are left out.
    Raises NotFoundError when there is no such folder or photograph, PictureError for a manifest
    that lacks columns, labels one group twice or does not say whether a plant is poisonous.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise NotFoundError(
            "there is no {}; expected a list of photographs with the columns {}".format(
                manifest, ", ".join(COLUMNS)
            )
        )
    rows = rows_of(manifest)
    missing = sorted(set(COLUMNS) - set(rows[0] if rows else ()))
    if missing:
        raise PictureError("{} lacks the columns {}".format(manifest, ", ".join(missing)))
    photos = [photo for photo in (_photo(row, folder) for row in rows) if photo is not None]
    if not photos:
        raise NotFoundError("{} lists no photograph that lies in {}".format(manifest, folder))
    _check_groups(photos, manifest)
    return sorted(photos, key=lambda photo: str(photo.path))


def read_pictures(folder: Path, data: Optional[Path] = None) -> List[Photo]:
    """Return every picture below a folder as a photograph of nothing the model knows, by path.

    Args:
        data: the labelled photographs; where their manifest.csv lists these pictures too, its
            class says what kind each one is.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise NotFoundError("there are no pictures in {}; expected .jpg or .png".format(folder))
    listed = rows_of(data / MANIFEST) if data is not None and (data / MANIFEST).is_file() else []
    kinds = {row["file"]: row.get("class", "") for row in listed if row.get("file")}
    named = [(path, str(path.relative_to(folder))) for path in paths]
    name = folder.resolve().name
    return [
        Photo(path, "", False, "", inside, kinds.get("{}/{}".format(name, inside), ""))
        for path, inside in named
    ]


def in_split(photos: Sequence[Photo], split: str) -> List[Photo]:
    """Return the photographs of one split; raise NotFoundError when there are none."""
    chosen = [photo for photo in photos if photo.split == split]
    if not chosen:
        raise NotFoundError("no photograph is in the split {}".format(split))
    return chosen


def halves(photos: Sequence[Photo], seed: int) -> Tuple[List[Photo], List[Photo]]:
    """Return two halves of whole groups, of every kind as many in each.

    A kind is a species and whether it is poisonous, or what a list calls a stranger. Within a kind
    the hash of seed and group decides: no order of the photographs matters.
    """
    groups: Dict[str, List[Photo]] = {}
    for photo in sorted(photos):
        groups.setdefault(photo.group, []).append(photo)

    def place(name: str) -> Tuple[bool, str, str, str]:
        first = groups[name][0]
        return (first.poisonous, first.label, first.kind, _rank(name, seed))

    dealt = sorted(groups, key=place)
    first, second = (
        sorted(photo for name in names for photo in groups[name])
        for names in (dealt[::2], dealt[1::2])
    )
    return first, second


def digests(photos: Sequence[OnDisk]) -> List[str]:
    """Return each photograph's sha256."""
    return [hashlib.sha256(photo.path.read_bytes()).hexdigest() for photo in photos]


def fingerprint(photos: Sequence[OnDisk]) -> str:
    """Return the sha256 over "name sha256" lines of photographs, in their order."""
    digest = hashlib.sha256()
    for photo, content in zip(photos, digests(photos)):
        digest.update("{} {}\n".format(photo.path.name, content).encode())
    return digest.hexdigest()


def _rank(group: str, seed: int) -> str:
    return hashlib.sha256("{} {}".format(seed, group).encode()).hexdigest()


def path_of(file: str, folder: Path) -> Path:
    """Return where a `file` of the manifest lies; it may begin with the folder's own name."""
    first, _, rest = file.partition("/")
    return folder / (rest if first == folder.resolve().name else file)


def flag_of(row: Mapping[str, Optional[str]]) -> bool:
    """Return whether a row of a manifest calls its plant poisonous.

    Raises PictureError for anything but FLAGS: what was not understood must not count as edible.
    """
    told = (row["poisonous"] or "").strip().lower()
    if told not in FLAGS:
        raise PictureError(
            "{}: the column poisonous says {!r}; expected 1 or 0".format(
                row["file"], row["poisonous"]
            )
        )
    return FLAGS[told]


def rows_of(manifest: Path) -> List[Dict[str, str]]:
    """Return the rows of a manifest by column; spreadsheets begin it with a byte order mark."""
    with manifest.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _photo(row: Dict[str, str], folder: Path) -> Optional[Photo]:
    path = path_of(row["file"], folder)
    if not path.is_file():
        return None
    return Photo(
        path=path,
        label=row["class"],
        poisonous=flag_of(row),
        split=row["split"],
        group=row.get("group") or row["file"],
    )


def _check_groups(photos: Sequence[Photo], manifest: Path) -> None:
    """A group in two splits would be trained on and tested with."""
    splits: Dict[str, str] = {}
    for photo in photos:
        if splits.setdefault(photo.group, photo.split) != photo.split:
            raise PictureError(
                "{}: the group {} of {} lies in the splits {} and {}; near-duplicates belong in "
                "one".format(
                    manifest, photo.group, photo.path.name, splits[photo.group], photo.split
                )
            )
