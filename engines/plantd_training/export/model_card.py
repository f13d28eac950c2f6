"""The model card of a bundle, written from figures and nothing else."""

from pathlib import Path
from typing import Any, List, NamedTuple, Sequence, Tuple

from plantd.bundle.manifest import Manifest
from plantd_calibration.publishing.test_set_log import TestSetUse
from plantd_training.evaluation.provisional_thresholds import Answers


class Table(NamedTuple):
    """Figures under a title."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


class CardContent(NamedTuple):
    """What the card tells beside the manifest.

    Attributes:
        command: remakes the bundle.
        trunk: name and weights of the trunk.
        recipe: how the heads came about, line by line.
        tables: figures of both heads, and of the training.
        val_answers, test_answers: answers of the verdict with the provisional thresholds.
        uses: every use of the test photographs, oldest first.
        counts: photographs by split.
    """

    command: str
    trunk: str
    recipe: Sequence[str]
    tables: Sequence[Table]
    val_answers: Answers
    test_answers: Answers
    uses: Sequence[TestSetUse]
    counts: Sequence[Tuple[str, int]]


LIMITS = Path(__file__).with_name("limits.txt")


def card(manifest: Manifest, story: CardContent) -> str:
    """Return the card as Markdown."""
    parts: List[str] = ["# {}\n".format(manifest.title)]
    parts += [_status(manifest), "Remade from the photographs by\n\n    {}\n".format(story.command)]
    parts += ["## The network\n", _network(manifest, story)]
    parts += ["## Figures\n"]
    for title, header, rows in story.tables:
        parts += [title + "\n", table(header, rows)]
    parts += ["## Answers with the provisional thresholds\n", _answers(story)]
    parts += ["## Every look at the test photographs\n"]
    parts += [table(("date", "model", "seen"), story.uses)]
    parts += ["## Limits\n", LIMITS.read_text(encoding="utf-8")]
    return "\n".join(parts)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table; figures with four digits."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return "{:.4f}".format(value) if isinstance(value, float) else str(value)


def _status(manifest: Manifest) -> str:
    if manifest.guarantee is not None:
        return "Calibrated: at most {:.4f} of poisonous plants called edible.\n".format(
            manifest.guarantee.bound
        )
    return (
        "**uncalibrated**: the thresholds are provisional, fitted so that no poisonous "
        "photograph of val passes as edible. No bound stands behind them.\n"
    )


def _network(manifest: Manifest, story: CardContent) -> str:
    spec = manifest.input
    lines = [
        "trunk: " + story.trunk,
        "input `{}` {} {}, {} by {}, value = (pixel * {} - {}) / {}".format(
            spec.name,
            spec.shape,
            spec.colour,
            spec.rule,
            spec.interpolation,
            spec.scale,
            list(spec.mean),
            list(spec.std),
        ),
        "output `{}`: logits of {}".format(
            manifest.poison.output, ", ".join(manifest.poison.labels)
        ),
        "output `{}`: logits of {} species{}".format(
            manifest.species.output,
            len(manifest.species.plants),
            "".join(", and of " + label for label in manifest.species.background if label),
        ),
        "photographs: " + ", ".join("{} {}".format(n, split) for split, n in story.counts),
        *story.recipe,
    ]
    return "\n".join("- " + line for line in lines) + "\n"


def _answers(story: CardContent) -> str:
    header = ("photographs", "answer edible", "answer poisonous", "answer unsure")
    rows = []
    for split, a in (("val", story.val_answers), ("test", story.test_answers)):
        rows.append((split + ", edible", *a[:3]))
        rows.append((split + ", poisonous", *a[3:]))
    return table(header, rows) + "\nPoisonous is here what the data or `species.yaml` calls so.\n"
