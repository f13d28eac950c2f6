"""Lists of photographs: manifest.csv, a folder per class, or a folder of pictures of nothing known.

How this works: a row of a manifest names a photograph of its own folder, of a neighbouring folder
(other data, listed along), or one that lies nowhere. The first are the photographs; the second are
counted; the third are named, and whoever needs them all is refused: none is forgotten.
"""

import csv
import logging
import os
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from plantd.errors import NotFoundError, PictureError
from plantd.picture_names import is_picture
from plantd_calibration.data.photos import SPLITS, Photo

logger = logging.getLogger(__name__)

MANIFEST = "manifest.csv"
COLUMNS = ("file", "class", "poisonous", "split")
FURTHER_COLUMNS = ("source_repo", "group")
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
PROBLEMS_SHOWN = 10


class PhotoList(NamedTuple):
    """What a folder's list names.

    Attributes:
        photos: that lie in the folder, by path.
        missing: listed, but there is no such file.
        elsewhere: how many rows are about the files of other folders.
    """

    photos: List[Photo]
    missing: List[Path]
    elsewhere: int


def list_photos(folder: Path) -> PhotoList:
    """Return what a folder's list names, and what it leaves out.

    The folder has a manifest.csv (columns file, class, poisonous, split, and where known
    source_repo, group; `file` may begin with the folder's own name), or SPLIT/CLASS/*.jpg, or
    CLASS/*.jpg. Without a manifest nothing is known to be poisonous.
    Raises NotFoundError when there is no folder or no photograph in it, PictureError naming the
    rows of a manifest that cannot be understood.
    """
    if not folder.is_dir():
        raise NotFoundError("there is no folder {}; expected the photographs there".format(folder))
    manifest = folder / MANIFEST
    listed = _from_manifest(manifest) if manifest.exists() else _from_folders(folder)
    if not listed.photos and not listed.missing:
        raise NotFoundError(
            "{} has no photographs; expected {} or CLASS/*.jpg".format(folder, MANIFEST)
        )
    return listed._replace(photos=sorted(listed.photos, key=lambda photo: str(photo.path)))


def read_photos(folder: Path) -> List[Photo]:
    """Return the photographs of a folder as `list_photos` does, all that its list names.

    Raises NotFoundError also where a listed photograph lies nowhere.
    """
    photos, missing, elsewhere = list_photos(folder)
    if missing:
        lines = ["there is no {}, which {} lists".format(p, folder / MANIFEST) for p in missing]
        lines.append("put each there, or take its row out of the list")
        raise NotFoundError(shortened(lines, "missing photographs"))
    if elsewhere:
        logger.info(
            "%s: %d rows are about other folders and left out", folder / MANIFEST, elsewhere
        )
    return photos


def read_flagged_photos(folder: Path) -> List[Photo]:
    """Return the photographs of a folder whose list says which are poisonous, as `read_photos`.

    Raises NotFoundError also where there is no manifest.csv, PictureError where a group lies in two
    splits: it would be trained on and tested with.
    """
    manifest = manifest_of(folder, "photographs", COLUMNS)
    photos = read_photos(folder)
    _check_groups(photos, manifest)
    return photos


def manifest_of(folder: Path, what: str, columns: Sequence[str]) -> Path:
    """Return where the list of a folder lies; raises NotFoundError with its columns without one."""
    manifest = folder / MANIFEST
    if manifest.is_file():
        return manifest
    told = "there is no {}; expected a list of {} with the columns {}"
    raise NotFoundError(told.format(manifest, what, ", ".join(columns)))


def read_pictures(folder: Path, data: Optional[Path] = None) -> List[Photo]:
    """Return every picture below a folder as a photograph of nothing the model knows, by path.

    Args:
        data: the labelled photographs; where their manifest.csv lists these pictures too, its
            class says what kind each one is.
    Raises NotFoundError when there is no picture.
    """
    paths = sorted(_pictures_below(folder))
    if not paths:
        raise NotFoundError("there are no pictures in {}; expected .jpg or .png".format(folder))
    listed = rows_of(data / MANIFEST) if data is not None and (data / MANIFEST).is_file() else []
    kinds = {row["file"]: row.get("class", "") for row in listed if row.get("file")}
    named = [(path, path.relative_to(folder).as_posix()) for path in paths]
    name = folder.resolve().name
    return [
        Photo(path, group=inside, kind=kinds.get("{}/{}".format(name, inside), ""))
        for path, inside in named
    ]


def path_of(file: str, folder: Path) -> Path:
    """Return where a `file` of the manifest lies; it may begin with the folder's own name."""
    first, _, rest = file.partition("/")
    return folder / (rest if first == folder.resolve().name else file)


def flag_of(row: Mapping[str, Optional[str]]) -> bool:
    """Return whether a row of a manifest calls its plant poisonous.

    Raises PictureError for anything but FLAGS: what was not understood must not count as edible.
    """
    seen = (row["poisonous"] or "").strip().lower()
    if seen not in FLAGS:
        raise PictureError(
            "{}: the column poisonous says {!r}; expected 1 or 0".format(
                row["file"], row["poisonous"]
            )
        )
    return FLAGS[seen]


def rows_of(manifest: Path) -> List[Dict[str, str]]:
    """Return the rows of a manifest by column; spreadsheets begin it with a byte order mark.

    Raises PictureError for a file that holds none.
    """
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PictureError(
            "{} cannot be read as a list: {}; save it as CSV in UTF-8".format(manifest, error)
        ) from error


def shortened(lines: Sequence[str], what: str) -> str:
    """Return lines as one text; of many only the first and the last, and how many there are."""
    if len(lines) <= PROBLEMS_SHOWN + 1:
        return "\n".join(lines)
    more = "and {} more {}".format(len(lines) - PROBLEMS_SHOWN, what)
    return "\n".join([*lines[:PROBLEMS_SHOWN], more])


def _from_manifest(manifest: Path) -> PhotoList:
    rows, folder = rows_of(manifest), manifest.parent
    missing = [name for name in COLUMNS if name not in (rows[0] if rows else ())]
    if missing:
        raise PictureError(
            "{} lacks the columns {}; expected {}, and where known {}".format(
                manifest, ", ".join(missing), ", ".join(COLUMNS), ", ".join(FURTHER_COLUMNS)
            )
        )
    problems: List[str] = []
    photos: List[Photo] = []
    elsewhere = 0
    for number, row in enumerate(rows, 2):
        try:
            if _is_elsewhere(row, folder):
                elsewhere += 1
            else:
                photos.append(_photo(row, folder))
        except PictureError as error:
            problems.append("{}, row {}: {}".format(manifest, number, error))
    if problems:
        raise PictureError(shortened(problems, "rows"))
    lost = {photo.path for photo in photos if not os.path.isfile(photo.path)}
    there = [photo for photo in photos if photo.path not in lost]
    return PhotoList(there, sorted(lost), elsewhere)


def _is_elsewhere(row: Dict[str, str], folder: Path) -> bool:
    if not row["file"] or not row["class"] or row["split"] is None:
        raise PictureError("the file, the class or the split is missing")
    path = path_of(row["file"], folder)
    if path != folder / row["file"] or os.path.exists(path):
        return False
    there = folder.resolve().parent / row["file"]
    return os.path.exists(there) or row["split"] not in ("", *SPLITS)


def _photo(row: Dict[str, str], folder: Path) -> Photo:
    if row["split"] not in ("", *SPLITS):
        raise PictureError(
            "{}: the split is {!r}; expected one of {}, or nothing".format(
                row["file"], row["split"], ", ".join(SPLITS)
            )
        )
    return Photo(
        path=path_of(row["file"], folder),
        label=row["class"],
        poisonous=flag_of(row),
        split=row["split"],
        group=row.get("group") or row["file"],
        source=row.get("source_repo") or "",
    )


def _from_folders(folder: Path) -> PhotoList:
    photos = []
    for path in _pictures_below(folder):
        inside = path.relative_to(folder)
        found = _place_of(inside.parts)
        if found:
            photos.append(Photo(path, found[0], split=found[1], group=inside.as_posix()))
    return PhotoList(photos, [], 0)


def _place_of(parts: Tuple[str, ...]) -> Optional[Tuple[str, str]]:
    """Return the label and the split of SPLIT/CLASS/FILE or CLASS/FILE; None for other depths."""
    if len(parts) == 3 and parts[0] in SPLITS:
        return parts[1], parts[0]
    return (parts[0], "") if len(parts) == 2 else None


def _pictures_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if is_picture(*path.relative_to(folder).parts))


def _check_groups(photos: Sequence[Photo], manifest: Path) -> None:
    splits: Dict[str, str] = {}
    for photo in photos:
        if splits.setdefault(photo.group, photo.split) != photo.split:
            raise PictureError(
                "{}: the group {} of {} lies in the splits {} and {}; near-duplicates belong in "
                "one".format(
                    manifest, photo.group, photo.path.name, splits[photo.group], photo.split
                )
            )
