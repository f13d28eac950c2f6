"""Boxes as a table: the worst first, and what several of them have in common that they must not."""

from collections import Counter
from typing import Dict, List, Sequence

from plantd.health.states import badness
from plantd.messages import visible
from plantd_fleet.facts import BoxFacts

HEADER = (
    "box",
    "id",
    "state",
    "plantd",
    "model",
    "verdicts",
    "last press",
    "free",
    "heat",
    "detail",
)


def worst_first(boxes: Sequence[BoxFacts]) -> List[BoxFacts]:
    """Return the boxes, those that do not answer before those that answer badly."""
    return sorted(boxes, key=lambda box: (-badness(box.state), box.name))


def row(box: BoxFacts) -> List[str]:
    """Return one row of HEADER."""
    return [
        box.name or box.source,
        box.id or "-",
        box.state,
        box.version or "-",
        box.model or "-",
        "-" if box.verdicts is None else str(box.verdicts),
        " ".join(word for word in (box.pressed, box.answer) if word) or "-",
        "-" if box.free_mb is None else "{:.1f} GB".format(box.free_mb / 1024),
        "-" if box.temperature_c is None else "{:.0f} C".format(box.temperature_c),
        box.detail,
    ]


def table(boxes: Sequence[BoxFacts]) -> List[str]:
    """Return the table as lines of text."""
    rows = [list(HEADER)] + [list(map(visible, row(box))) for box in worst_first(boxes)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(HEADER))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip() for line in rows]


def warnings(boxes: Sequence[BoxFacts]) -> List[str]:
    """Return one sentence for each thing that only shows when boxes are seen together."""
    sources = Counter(box.id for box in boxes if box.id)
    names: Dict[str, List[str]] = {}
    for box in boxes:
        names.setdefault(box.id, []).append(box.name or box.source)
    told = [
        "{} have one identity, {}: an image was copied with its box-id; take the file away on all "
        "but one and restart plantd".format(", ".join(names[each]), each)
        for each, count in sorted(sources.items())
        if count > 1 and len(set(names[each])) > 1
    ]
    versions = sorted({box.version for box in boxes if box.version})
    models = sorted({box.model for box in boxes if box.model})
    for what, found in (("versions of plantd", versions), ("models", models)):
        if len(found) > 1:
            told.append("{} {}: {}".format(len(found), what, ", ".join(found)))
    return told
