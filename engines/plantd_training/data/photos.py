"""Photographs with their labels: from a manifest, or from a folder per class.

`Labels` is the one object from which the heads' outputs, the manifest and the species file take
their order: a label's place is its output's index because there is no second list.
"""

from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from plantd.errors import NotFoundError, PictureError
from plantd.heads import EDIBLE, POISONOUS
from plantd_calibration.data.photos import COLUMNS, MANIFEST, SUFFIXES, flag_of, path_of, rows_of

SPLITS = ("train", "val", "test")
POISON_LABELS = (EDIBLE, POISONOUS)
PROBLEMS_SHOWN = 10


class Labels(NamedTuple):
    """The species in the order of the network's output, and which of them are poisonous."""

    species: Tuple[str, ...]
    poisonous: Tuple[bool, ...]

    def place_of(self, name: str) -> int:
        """Return the place of a species in the output."""
        return self.species.index(name)


class Photo(NamedTuple):
    """One photograph: its file, what it shows, where it comes from, which group it belongs to.

    Attributes:
        path: of the file.
        label: species, or what an unknown plant is.
        poisonous: by the source of the data.
        split: train, val or test; empty while nothing was split.
        source: who published it; empty when unknown.
        group: near-duplicates share one; photographs of a group stay in one split.
    """

    path: Path
    label: str
    poisonous: bool
    split: str = ""
    source: str = ""
    group: str = ""


def read_photos(folder: Path) -> List[Photo]:
    """Return the photographs of a folder, in the order of their paths.

    The folder has a manifest.csv (columns file, class, poisonous, split, and where known
    source_repo, group; `file` may begin with the folder's own name), or SPLIT/CLASS/*.jpg, or
    CLASS/*.jpg. Without a manifest nothing is known to be poisonous.
    Raises NotFoundError when there is no folder or no photograph in it, PictureError naming the
    rows of a manifest that cannot be understood.
    """
    if not folder.is_dir():
        raise NotFoundError("there is no folder {}; expected the photographs there".format(folder))
    manifest = folder / MANIFEST
    photos = _from_manifest(manifest) if manifest.exists() else _from_folders(folder)
    if not photos:
        raise NotFoundError(
            "{} has no photographs; expected {} or CLASS/*.jpg".format(folder, MANIFEST)
        )
    return sorted(photos, key=lambda photo: str(photo.path))


def read_pictures(folder: Path) -> List[Photo]:
    """Return every picture in a folder, at any depth, as of nothing that is known.

    Raises NotFoundError when there is no picture in it.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise NotFoundError("{} has no pictures; expected JPEG or PNG files".format(folder))
    return [Photo(path, path.parent.name, False) for path in paths]


def labels_of(photos: Sequence[Photo]) -> Labels:
    """Return the labels of photographs in alphabetic order; capitals come first.

    Raises PictureError when a species is poisonous in one photograph and not in another.
    """
    flags: Dict[str, bool] = {}
    for photo in photos:
        if flags.setdefault(photo.label, photo.poisonous) != photo.poisonous:
            raise PictureError(
                "{} is poisonous in some rows and not in others, as at {}; "
                "correct the manifest".format(photo.label, photo.path)
            )
    species = tuple(sorted(flags))
    return Labels(species, tuple(flags[name] for name in species))


def in_split(photos: Sequence[Photo], split: str) -> List[Photo]:
    """Return the photographs of one split."""
    return [photo for photo in photos if photo.split == split]


def targets(photos: Sequence[Photo], labels: Labels) -> Tuple[np.ndarray, np.ndarray]:
    """Return (n,) int64 indices into POISON_LABELS, and (n,) into labels.species."""
    poison = [int(photo.poisonous) for photo in photos]
    species = [labels.place_of(photo.label) for photo in photos]
    return np.asarray(poison, np.int64), np.asarray(species, np.int64)


def one_hot(photos: Sequence[Photo], labels: Labels) -> np.ndarray:
    """Return (n, 2 + species) float32: one-hot in POISON_LABELS, then one-hot in the species."""
    poison, species = targets(photos, labels)
    both = np.eye(len(POISON_LABELS))[poison], np.eye(len(labels.species))[species]
    return np.asarray(np.concatenate(both, axis=1), np.float32)


def _from_manifest(manifest: Path) -> List[Photo]:
    rows = rows_of(manifest)
    missing = set(COLUMNS) - set(rows[0] if rows else ())
    if missing:
        raise PictureError(
            "{} lacks the columns {}; expected file,class,poisonous,split[,source_repo,"
            "group]".format(manifest, sorted(missing))
        )
    problems: List[str] = []
    photos = []
    for number, row in enumerate(rows, 2):
        try:
            photos += _listed(row, manifest.parent)
        except PictureError as error:
            problems.append("{}, row {}: {}".format(manifest, number, error))
    if problems:
        raise PictureError(_told(problems))
    return photos


def _listed(row: Dict[str, str], folder: Path) -> List[Photo]:
    """A manifest may list the pictures of neighbouring folders too: those are other data.

    A file that lies nowhere stays listed: it is reported as missing, not forgotten.
    """
    if not row["file"] or not row["class"] or row["split"] is None:
        raise PictureError("the file, the class or the split is missing")
    path = path_of(row["file"], folder)
    other = (folder.resolve().parent / row["file"]).exists() or row["split"] not in ("", *SPLITS)
    if path == folder / row["file"] and not path.exists() and other:
        return []
    if row["split"] not in ("", *SPLITS):
        raise PictureError(
            "{}: the split is {!r}; expected one of {}, or nothing".format(
                row["file"], row["split"], ", ".join(SPLITS)
            )
        )
    return [_photo(row, path)]


def _photo(row: Dict[str, str], path: Path) -> Photo:
    return Photo(
        path=path,
        label=row["class"],
        poisonous=flag_of(row),
        split=row["split"],
        source=row.get("source_repo") or "",
        group=row.get("group") or "",
    )


def _told(problems: List[str]) -> str:
    more = len(problems) - PROBLEMS_SHOWN
    shown = problems[:PROBLEMS_SHOWN] + (["and {} more rows".format(more)] if more > 0 else [])
    return "\n".join(shown)


def _from_folders(folder: Path) -> List[Photo]:
    photos = []
    for path in folder.rglob("*"):
        if path.suffix.lower() not in SUFFIXES:
            continue
        parts = path.relative_to(folder).parts
        if len(parts) == 3 and parts[0] in SPLITS:
            photos.append(Photo(path, parts[1], False, parts[0]))
        elif len(parts) == 2:
            photos.append(Photo(path, parts[0], False))
    return photos
