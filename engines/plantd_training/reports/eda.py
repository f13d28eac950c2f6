"""What is in a folder of photographs, before anything is trained on it: one report.

Counts by label and flag, sizes, brightness, unreadable files, exact and near duplicates, and leaks
between splits. `survey` looks, `report` tells.
"""

from collections import Counter
from typing import Dict, List, NamedTuple, Tuple

import numpy as np

from plantd import picture
from plantd.errors import NotFoundError, PictureError
from plantd_calibration.data.photo_lists import PhotoList
from plantd_calibration.data.photos import SPLITS, Photo
from plantd_import.pages import plots
from plantd_import.pages.page import KeyFigure, Page
from plantd_training.data import near_duplicates
from plantd_training.data.near_duplicates import Pair
from plantd_training.data.pictures import pixels_of
from plantd_training.data.splits import leaks
from plantd_training.reports.contact_sheets import sheet, small

SHEET_COLUMNS = 12
PAIRS_SHOWN = 30


class PhotoFacts(NamedTuple):
    """One readable photograph.

    Attributes:
        brightness: mean grey level, 0 to 255.
        small: (side, side, 3) uint8 BGR.
        difference_hash: (bits,) bool; near duplicates differ in few of them.
    """

    photo: Photo
    width_px: int
    height_px: int
    brightness: float
    small: np.ndarray
    difference_hash: np.ndarray


class Survey(NamedTuple):
    """What was found; pairs and groups name places in `looks`.

    Attributes:
        unreadable: path and the reason.
        groups_apart: groups of the manifest that lie in more than one split.
        elsewhere: rows of the manifest about files of other folders.
    """

    looks: List[PhotoFacts]
    unreadable: List[Tuple[str, str]]
    exact: List[List[int]]
    near: List[Pair]
    groups_apart: Dict[str, List[str]]
    elsewhere: int = 0

    @property
    def near_apart(self) -> List[Pair]:
        """Near duplicates whose photographs lie in different splits."""
        return near_duplicates.pairs_apart(self.near, [look.photo.split for look in self.looks])


def survey(listed: PhotoList) -> Survey:
    """Return what is in the photographs of a list; each is read once."""
    looks: List[PhotoFacts] = []
    unreadable = [(str(path), "listed, but there is no such file") for path in listed.missing]
    contents = []
    for photo in listed.photos:
        try:
            looks.append(look_at(photo))
        except (NotFoundError, PictureError) as error:
            unreadable.append((str(photo.path), str(error)))
            continue
        contents.append(photo.path.read_bytes())
    return Survey(
        looks,
        unreadable,
        near_duplicates.exact_groups(contents),
        near_duplicates.near_pairs([look.difference_hash for look in looks]),
        leaks(listed.photos),
        listed.elsewhere,
    )


def report(found: Survey, title: str) -> Page:
    """Return the survey as one page."""
    page = Page(title)
    page.key_figures(_key_figures(found))
    _tell_unreadable(page, found)
    _tell_doubles(page, found)
    _tell_counts(page, found)
    _tell_pictures(page, found)
    if not found.looks:
        return page
    page.heading("One photograph of each label")
    first = {look.photo.label: look for look in reversed(found.looks)}
    labelled = sorted(first.items())
    page.pictures([(look.small, label) for label, look in labelled])
    page.heading("Contact sheet")
    spread = found.looks[:: max(1, len(found.looks) // (SHEET_COLUMNS * 10))]
    page.pictures([(sheet([look.small for look in spread], SHEET_COLUMNS), "every label in turn")])
    return page


def counts(found: Survey) -> Dict[str, Counter]:
    """Return how many photographs each label has, by split; "" where nothing is split."""
    counted: Dict[str, Counter] = {}
    for look in found.looks:
        counted.setdefault(look.photo.label, Counter())[look.photo.split] += 1
    return counted


def look_at(photo: Photo) -> PhotoFacts:
    """Return one photograph's facts; raise PictureError or NotFoundError naming the file."""
    pixels = pixels_of(photo)
    brightness = float(picture.thumbnail_grey(pixels).mean())
    hashed = near_duplicates.difference_hash(pixels)
    return PhotoFacts(photo, pixels.shape[1], pixels.shape[0], brightness, small(pixels), hashed)


def _key_figures(found: Survey) -> List[KeyFigure]:
    wrong = (
        ("files that cannot be read", len(found.unreadable)),
        ("near duplicates in different splits", len(found.near_apart)),
        ("groups in more than one split", len(found.groups_apart)),
        ("sets of files with the same bytes", len(found.exact)),
    )
    labels = len(counts(found))
    return [
        KeyFigure("photographs", str(len(found.looks)), "of {} labels".format(labels)),
        *(KeyFigure(name, str(n), bad=n > 0) for name, n in wrong),
    ]


def _tell_unreadable(page: Page, found: Survey) -> None:
    page.heading("Unreadable files")
    page.paragraph("{} unreadable.".format(len(found.unreadable)), bad=bool(found.unreadable))
    page.table(("file", "why"), found.unreadable)


def _tell_counts(page: Page, found: Survey) -> None:
    page.heading("Counts")
    poisonous = {look.photo.label: look.photo.poisonous for look in found.looks}
    counted = counts(found)
    splits = [s for s in (*SPLITS, "") if any(s in one for one in counted.values())]
    rows = [
        (
            label,
            "poisonous" if poisonous[label] else "",
            sum(one.values()),
            *(one[s] for s in splits),
        )
        for label, one in sorted(counted.items())
    ]
    flags = Counter(look.photo.poisonous for look in found.looks)
    page.paragraph(
        "{} photographs of {} labels: {} poisonous, {} not.".format(
            len(found.looks), len(counted), flags[True], flags[False]
        )
    )
    if found.elsewhere:
        page.paragraph("{} rows are about files of other folders.".format(found.elsewhere))
    page.table(("label", "flag", "photographs", *(s or "not split" for s in splits)), rows)
    names = sorted(counted)
    sizes = [sum(counted[name].values()) for name in names]
    marked = [poisonous[name] for name in names]
    if names:
        page.plot(plots.bars("Photographs a label", names, sizes, marked), "counts")
    sources = Counter(look.photo.source or "not stated" for look in found.looks)
    page.table(("source", "photographs"), sources.most_common())


def _tell_pictures(page: Page, found: Survey) -> None:
    page.heading("Sizes and brightness")
    sides = {
        "shorter side": [min(look.width_px, look.height_px) for look in found.looks],
        "longer side": [max(look.width_px, look.height_px) for look in found.looks],
    }
    page.plot(plots.histogram("Sides", "px", sides), "sides")
    light = {
        name: [look.brightness for look in found.looks if look.photo.poisonous == flag]
        for name, flag in (("poisonous", True), ("not poisonous", False))
    }
    page.plot(plots.histogram("Brightness", "mean grey level", light), "brightness")


def _tell_doubles(page: Page, found: Survey) -> None:
    page.heading("Duplicates and leaks")
    page.paragraph("{} sets of files with the same bytes.".format(len(found.exact)))
    paths = [look.photo.path for look in found.looks]
    page.table(("same bytes",), [(", ".join(str(paths[p]) for p in g),) for g in found.exact])
    apart = found.near_apart
    page.paragraph(
        "{} pairs of near duplicates, {} of them in different splits.".format(
            len(found.near), len(apart)
        ),
        bad=bool(apart),
    )
    page.paragraph(
        "{} groups of the manifest lie in more than one split.".format(len(found.groups_apart)),
        bad=bool(found.groups_apart),
    )
    for pair in (apart or found.near)[:PAIRS_SHOWN]:
        one, other = found.looks[pair.first], found.looks[pair.second]
        shown = [
            (look.small, "{} {}".format(look.photo.split, look.photo.path.name))
            for look in (one, other)
        ]
        page.pictures(shown)
