"""What a bundle's card says of an evaluation; the rest of the card stays as it is. Pure."""

import math
from functools import partial
from typing import Any, List, NamedTuple, Tuple

from plantd import bundle
from plantd.bundle.manifest import Manifest
from plantd_calibration.publishing.card_sections import CONFIDENCE, LIMITS, LOOKS, with_section
from plantd_training.evaluation.measures import Share
from plantd_training.evaluation.report import SHARE_HEADER, Evaluation, caution, row
from plantd_training.evaluation.verdict_table import HEADER
from plantd_training.export.model_card import table

HEADING = "## Evaluation on {}"
NOTHING = "-"
FROM = {
    "val": "frozen on val, where it misses no poisonous photograph",
    "the bundle": "the one that the bundle keeps",
    "the command line": "given on the command line",
}


class Told(NamedTuple):
    """What the section is written from.

    Attributes:
        manifest: of the bundle that was evaluated.
        command: repeats it.
    """

    one: Evaluation
    manifest: Manifest
    command: str


def card_with(text: str, told: Told) -> str:
    """Return a card that tells of the evaluation; older words about its split are replaced."""
    heading = HEADING.format(told.one.split)
    return with_section(text, heading, _section(told), (CONFIDENCE, LOOKS, LIMITS))


def _section(told: Told) -> str:
    one, manifest = told.one, told.manifest
    parts = [
        "{} photographs, by model.onnx with sha256 {}..., at the temperatures poison {:g} and "
        "species {:g}. Repeat it by\n\n    {}\n".format(
            len(one.photos),
            manifest.files[bundle.MODEL][:12],
            manifest.poison.temperature,
            manifest.species.temperature,
            told.command,
        ),
        *_seen_before(one),
        *_answers(one),
        "Species\n",
        table(("", *SHARE_HEADER), _species_rows(one)),
        _poison_told(one),
        table(("", *SHARE_HEADER), _poison_rows(one)),
        _missed(one),
        *_strangers(one),
    ]
    return "\n".join(parts)


def _seen_before(one: Evaluation) -> List[str]:
    """Return what a reader must know of figures that flatter."""
    if caution(one):
        return ["**Caution**: {}.\n".format(caution(one))]
    if one.split != "train":
        return []
    return ["Photographs of train are what networks learn from: these figures flatter.\n"]


def _answers(one: Evaluation) -> List[str]:
    if not one.rows:
        return []
    rows = [
        (each.what, each.n, *map(partial(_of, each.n), each[2:5]), each.learned)
        for each in one.rows
    ]
    return ["Answers\n", table(HEADER, rows)]


def _of(n: int, count: int) -> str:
    return "{} ({:.1f} %)".format(count, 100.0 * count / n) if n else "0"


def _species_rows(one: Evaluation) -> List[Tuple[Any, ...]]:
    return [
        _counted("top-1", one.species.top1),
        _counted("top-5", one.species.top5),
        _figure("macro F1", one.species.macro_f1),
        _figure("calibration error", one.species.calibration_error),
    ]


def _poison_told(one: Evaluation) -> str:
    told = "Poison head alone, at the threshold {:.6g}: {}".format(
        one.poison.threshold, FROM[one.threshold_from]
    )
    if one.split == one.threshold_from:
        told += "; that is these photographs, so the recall here proves nothing"
    return told + "\n"


def _poison_rows(one: Evaluation) -> List[Tuple[Any, ...]]:
    return [
        _counted("recall", one.poison.recall),
        _counted("edible passed", one.poison.edible_passed),
        _figure("precision", one.poison.precision),
        _figure("F1", one.poison.f1),
        _figure("calibration error", one.poison.calibration_error),
    ]


def _missed(one: Evaluation) -> str:
    """Return every missed poisonous photograph, the least suspected first."""
    told = "Poisonous photographs that it misses: {} of {}".format(
        len(one.poison.missed), one.poison.recall.n
    )
    if not one.poison.missed:
        return told + ".\n"
    missed = [one.photos[place] for place in one.poison.missed]
    lines = ["- `{}` ({})".format(_line(p.path.name), _line(p.label)) for p in missed]
    return told + ", the least suspected first:\n\n" + "\n".join(lines) + "\n"


def _strangers(one: Evaluation) -> List[str]:
    if not one.others:
        return []
    rows = []
    for name, found in one.others.items():
        rows.append(_counted(name + ": called poisonous", found.called_poisonous))
        rows.append(_counted(name + ": sure of a species", found.sure))
    return ["Pictures of nothing it knows\n", table(("", *SHARE_HEADER), rows)]


def _counted(name: str, share: Share) -> Tuple[Any, ...]:
    return (name, *(_cell(value) for value in row(share)))


def _figure(name: str, value: float) -> Tuple[Any, ...]:
    """Return a row of a figure that has no interval."""
    return (name, _cell(value), *[NOTHING] * (len(SHARE_HEADER) - 1))


def _cell(value: float) -> Any:
    return NOTHING if math.isnan(value) else value


def _line(name: str) -> str:
    """Return a name that can end neither its line nor its code span."""
    return " ".join(name.replace("`", "'").split())
