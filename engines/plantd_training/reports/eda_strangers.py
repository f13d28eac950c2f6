"""What is in a folder of strangers, and which of them are photographs of test as well.

Kinds, labels, flags, sources and sizes, by the part that the division gives them; unreadable files;
strangers, and more of the known labels, that are a photograph of the test split again, as the same
bytes or as a near duplicate. `survey` looks, `tell` writes it into the report of the data.
"""

from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd.errors import NotFoundError, PictureError
from plantd_calibration.data.photos import Photo, digests
from plantd_calibration.data.stranger_photos import (
    ASIDE,
    EXTRA,
    KINDS,
    LEARNED,
    REPORTED,
    Division,
    Stranger,
    in_part,
)
from plantd_import.pages import plots
from plantd_import.pages.page import KeyFigure, Page
from plantd_training.data import near_duplicates
from plantd_training.reports.eda import PAIRS_SHOWN, PhotoFacts, look_at

TEST = "test"
PARTS = (LEARNED, REPORTED, ASIDE)
FLAG_WORDS: Dict[Optional[bool], str] = {True: "poisonous", False: "not poisonous", None: "unknown"}


class StrangerFacts(NamedTuple):
    """One readable stranger, and the part that it is in."""

    stranger: Stranger
    part: str
    look: PhotoFacts


class Double(NamedTuple):
    """A stranger that is a photograph of test again.

    Attributes:
        bits: in how many the difference hashes differ; None where the bytes are the same.
    """

    seen: StrangerFacts
    known: PhotoFacts
    bits: Optional[int]


class StrangeSurvey(NamedTuple):
    """What was found.

    Attributes:
        unreadable: path and the reason.
        tests: how many photographs of test the strangers were held against.
        doubles: the same bytes first, then the most alike.
    """

    seen: List[StrangerFacts]
    unreadable: List[Tuple[str, str]]
    tests: int
    doubles: List[Double]


def survey(
    strangers: Sequence[Stranger], division: Division, known: Sequence[PhotoFacts]
) -> StrangeSurvey:
    """Return what is in strangers, beside the looks at the data; each stranger is read once."""
    parts = _parts(strangers, division)
    seen: List[StrangerFacts] = []
    unreadable = []
    for one in strangers:
        try:
            look = look_at(Photo(one.path, one.label, bool(one.poisonous), source=one.source))
        except (NotFoundError, PictureError) as error:
            unreadable.append((str(one.path), str(error)))
            continue
        seen.append(StrangerFacts(one, parts[one], look))
    tests = [look for look in known if look.photo.split == TEST]
    return StrangeSurvey(seen, unreadable, len(tests), _doubles(seen, tests))


def tell(page: Page, found: StrangeSurvey) -> None:
    """Write the survey at the end of a report, and what is wrong on its first screen."""
    page.key_figures(
        [
            KeyFigure(
                "strangers", str(len(found.seen)), "of {} labels".format(_labels(found.seen))
            ),
            _wrong("out of distribution, and photographs of test", len(found.doubles)),
            _wrong("out of distribution, unreadable", len(found.unreadable)),
        ]
    )
    _tell_doubles(page, found)
    _tell_counts(page, found.seen)
    page.heading("Out of distribution: unreadable files")
    page.paragraph("{} unreadable.".format(len(found.unreadable)), bad=bool(found.unreadable))
    page.table(("file", "why"), found.unreadable)


def _parts(strangers: Sequence[Stranger], division: Division) -> Dict[Stranger, str]:
    parts = {one: part for part in PARTS for one in in_part(strangers, division, part)}
    return {**parts, **{one: LEARNED for one in strangers if one.kind == EXTRA}}


def _doubles(seen: Sequence[StrangerFacts], tests: Sequence[PhotoFacts]) -> List[Double]:
    known = {sha256: look for look, sha256 in zip(tests, digests([t.photo for t in tests]))}
    contents = digests([one.stranger for one in seen])
    same = [Double(one, known[c], None) for one, c in zip(seen, contents) if c in known]
    pairs = near_duplicates.pairs_between(
        [one.look.difference_hash for one in seen], [look.difference_hash for look in tests]
    )
    identical = {(double.seen.stranger, double.known.photo) for double in same}
    near = [Double(seen[pair.first], tests[pair.second], pair.bits) for pair in pairs]
    return same + [one for one in near if (one.seen.stranger, one.known.photo) not in identical]


def _labels(seen: Sequence[StrangerFacts]) -> int:
    return len({one.stranger.label for one in seen})


def _wrong(name: str, n: int) -> KeyFigure:
    return KeyFigure(name, str(n), bad=n > 0)


def _tell_counts(page: Page, seen: Sequence[StrangerFacts]) -> None:
    page.heading("Out of distribution")
    page.paragraph(
        "Learned ones are trained on, and the thresholds are chosen on their plants and things, "
        "each read by a network that knew none of its kin. Reported ones are kept apart for the "
        "report. Those aside are neither."
    )
    rows = []
    for kind in KINDS:
        for part in PARTS:
            chosen = [s for s in seen if (s.stranger.kind, s.part) == (kind, part)]
            if chosen:
                flags = Counter(one.stranger.poisonous for one in chosen)
                told = (flags[flag] for flag in FLAG_WORDS)
                rows.append((kind, part, _labels(chosen), len(chosen), *told))
    page.table(("kind", "part", "labels", "photographs", *FLAG_WORDS.values()), rows)
    by_source = Counter((one.stranger.source or "not stated", one.part) for one in seen)
    sources = Counter(one.stranger.source or "not stated" for one in seen)
    page.table(
        ("source", "strangers", *PARTS),
        [(name, n, *(by_source[name, p] for p in PARTS)) for name, n in sources.most_common()],
    )
    by_label = Counter((one.stranger.kind, one.stranger.label, one.part) for one in seen)
    page.table(
        ("kind", "label", "part", "photographs"),
        [(*what, n) for what, n in sorted(by_label.items())],
    )
    if seen:
        _plot_sides(page, [one.look for one in seen])


def _plot_sides(page: Page, looks: Sequence[PhotoFacts]) -> None:
    sides = np.asarray([(look.width_px, look.height_px) for look in looks])
    named = {"shorter side": sides.min(axis=1).tolist(), "longer side": sides.max(axis=1).tolist()}
    page.plot(
        plots.histogram("Sides out of distribution", "px", named), "sides out of distribution"
    )


def _tell_doubles(page: Page, found: StrangeSurvey) -> None:
    page.heading("Out of distribution, and photographs of test")
    if not found.tests:
        page.paragraph("No photograph of the data is in test: nothing was compared.", bad=True)
        return
    page.paragraph(
        "{} photographs out of distribution were held against {} of test: {} pairs have the same "
        "bytes, {} more are near duplicates.".format(len(found.seen), found.tests, *counts(found)),
        bad=bool(found.doubles),
    )
    page.table(
        ("photograph", "kind", "part", "photograph of test", "how alike"),
        [
            (
                str(one.seen.stranger.path),
                one.seen.stranger.kind,
                one.seen.part,
                str(one.known.photo.path),
                "same bytes" if one.bits is None else "{} bits apart".format(one.bits),
            )
            for one in found.doubles
        ],
    )
    for one in found.doubles[:PAIRS_SHOWN]:
        page.pictures(
            [
                (one.seen.look.small, "{} {}".format(one.seen.part, one.seen.stranger.path.name)),
                (one.known.small, "{} {}".format(TEST, one.known.photo.path.name)),
            ]
        )


def counts(found: StrangeSurvey) -> Tuple[int, int]:
    """Return how many pairs have the same bytes, and how many more are near duplicates."""
    same = sum(one.bits is None for one in found.doubles)
    return same, len(found.doubles) - same
