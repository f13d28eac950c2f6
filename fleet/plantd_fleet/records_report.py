"""Boxes and their records as one page, in the house's one manner of pages."""

from typing import Any, List, Sequence

from plantd_fleet import boxes as tables
from plantd_fleet.facts import BoxFacts
from plantd_fleet.questions import QUESTIONS, Answer, ask
from plantd_fleet.records import Records
from plantd_import.pages import plots
from plantd_import.pages.page import Cell, KeyFigure, Page

# Rows of a table that a person reads; plantd-fleet query has them all.
ROWS_MAX = 60
# What a column is called here, where its name in the records does not say it.
HEADINGS = {
    "species_p": "score of the plant",
    "poison_p": "score of poison",
    "from_c": "from \u00b0C",
    "median_ms": "median ms",
    "p95_ms": "95 of 100 ms",
    "infer_ms": "network ms",
}
SHARES = ("unsure",)


def page(boxes: Sequence[BoxFacts], records: "Records | None") -> Page:
    """Return the page. Raises NotFoundError where records are named and hold nothing.

    Args:
        boxes: how they are; none: only the records.
        records: None: only the boxes.
    """
    made = Page("Boxes")
    if boxes:
        _tell_boxes(made, boxes)
    if records is not None:
        _tell_records(made, records)
    return made


def _tell_boxes(made: Page, boxes: Sequence[BoxFacts]) -> None:
    bad = [box for box in boxes if box.state != "HEALTHY"]
    made.key_figures(
        [
            KeyFigure("boxes", str(len(boxes))),
            KeyFigure("not as they should be", str(len(bad)), bad=bool(bad)),
        ]
    )
    made.heading("Boxes, the worst first")
    for sentence in tables.warnings(boxes):
        made.paragraph(sentence, bad=True)
    made.table(tables.HEADER, [tables.row(box) for box in tables.worst_first(boxes)])


def _tell_records(made: Page, records: Records) -> None:
    answers = ask(records, "answers")
    presses = sum(row[1] for row in answers.rows)
    made.key_figures([KeyFigure("verdicts", "{:,}".format(presses), _span(answers))])
    _section(made, "Answers by month", "answers", answers)
    months = [row[0] for row in answers.rows]
    if len(months) > 1:
        curves = [
            plots.Curve(name, [(at, row[2 + column]) for at, row in enumerate(answers.rows)])
            for column, name in enumerate(("poisonous", "edible", "unsure"))
        ]
        plot = plots.lines("Answers", ("", "presses"), curves, names=months)
        made.plot(plot, "answers of each month")
    _tell_drift(made, ask(records, "drift"), months)
    _tell_latency(made, ask(records, "latency"))
    for name, title in (
        ("labels", "What people said"),
        ("disagreement", "Two models on the same picture"),
        ("twice", "Numbers given twice"),
    ):
        _section(made, title, name, ask(records, name))
    _section(made, "What was seen", "seen", _newest_first(ask(records, "seen")))


def _newest_first(seen: Answer) -> Answer:
    """Return what was seen in the newest month first, and there what was seen most."""
    month, presses = seen.columns.index("month"), seen.columns.index("presses")
    often = sorted(seen.rows, key=lambda row: -row[presses])
    return seen._replace(rows=sorted(often, key=lambda row: str(row[month]), reverse=True))


def _tell_drift(made: Page, found: Answer, months: List[Any]) -> None:
    _section(made, "Scores by month", "drift", found)
    curves = []
    for model in sorted({row[0] for row in found.rows if row[0]}):
        points = [
            (float(months.index(row[1])), row[3])
            for row in found.rows
            if row[0] == model and row[3] is not None
        ]
        curves.append(plots.Curve(model, points))
    if len(months) > 1 and curves:
        labels = ("", "median score of the plant")
        plot = plots.lines("Drift", labels, curves, names=months)
        made.plot(plot, "the first plant's score by month")


def _tell_latency(made: Page, found: Answer) -> None:
    _section(made, "Latency by temperature", "latency", found)
    if len(found.rows) > 1:
        curves = [
            plots.Curve(name, [(row[0], row[column]) for row in found.rows])
            for column, name in ((2, "median"), (3, "95 of 100"))
        ]
        labels = ("hottest zone, from \u00b0C", "ms from press to answer")
        made.plot(plots.lines("Latency", labels, curves), "latency by temperature")


def _section(made: Page, title: str, name: str, found: Answer) -> None:
    made.heading(title)
    made.paragraph(QUESTIONS[name].about)
    if not found.rows:
        made.paragraph("Nothing of the kind is in the records.")
        return
    header = [HEADINGS.get(column, column.replace("_", " ")) for column in found.columns]
    rows = [[_shown(*cell) for cell in zip(found.columns, row)] for row in found.rows[:ROWS_MAX]]
    made.table(header, rows)
    if len(found.rows) > ROWS_MAX:
        told = "{} of {} rows; plantd-fleet query {} has them all."
        made.paragraph(told.format(ROWS_MAX, len(found.rows), name))


def _shown(column: str, value: Any) -> Any:
    """Return a cell of a column: no more digits than say something."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return value
    if column in SHARES:
        return Cell("{:.0%}".format(value))
    return Cell("{:.0f}".format(value) if column.endswith("_ms") else "{:.2f}".format(value))


def _span(answers: Answer) -> str:
    return "{} to {}".format(answers.rows[0][0], answers.rows[-1][0])
