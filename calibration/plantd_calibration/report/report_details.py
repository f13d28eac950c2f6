"""The report's second half: how far each part of the rule can be believed."""

from typing import List, Sequence

from plantd_calibration.report.findings import Findings, share
from plantd_calibration.stats.temperature import Reliability
from plantd_import.pages import plots
from plantd_import.pages.page import Page
from plantd_import.pages.plots import Curve


def heads(made: Page, found: Findings) -> None:
    """Add both heads: temperatures, calibration errors, reliability diagrams."""
    made.heading("How far probabilities can be believed")
    rows, sets = [], ("the fitting photographs", found.names[1])
    for head in found.heads:
        for name, (before, after) in zip(sets, (head.fitting, head.report)):
            rows.append(
                (
                    head.name,
                    head.temperature,
                    name,
                    before.error,
                    after.error,
                    before.loss,
                    after.loss,
                )
            )
        labels = (head.name + " head: how sure", "how often right")
        title = "Reliability of the {} head".format(head.name)
        made.plot(plots.lines(title, labels, _reliability(head.report)), title)
    made.paragraph(
        "The larger a point, the more photographs of {} stand behind it.".format(found.names[1])
    )
    made.table(
        (
            "head",
            "temperature",
            "photographs",
            "calibration error before",
            "after",
            "loss before",
            "after",
        ),
        rows,
    )


def _reliability(pair: Sequence[Reliability]) -> List[Curve]:
    curves = [Curve("perfect", [(0.0, 0.0), (1.0, 1.0)], dashed=True)]
    for name, one in zip(("before", "after"), pair):
        points = [(b.confidence, b.accuracy) for b in one.bins]
        curves.append(Curve(name, points, counts=[b.n for b in one.bins]))
    return curves


def strangers(made: Page, found: Findings) -> None:
    """Add which scores tell known plants from the rest."""
    made.heading("Out of distribution: unknown plants, and no plants")
    made.paragraph(
        "Area under the ROC curve, known plants against others. The rule uses {}; scores on "
        "features are here for comparison, the device's network has no such output. Non-plants "
        "come from another collection than the plants: a score may know the collection.".format(
            "standout" if found.thresholds.standout is not None else "energy"
        )
    )
    made.table(
        (
            "score",
            "on the device",
            "unknown, tuning half",
            "no plants, tuning half",
            "unknown, other half",
            "no plants, other half",
            "known plants kept where as many out of distribution pass as may, tuning halves",
        ),
        [(s.name, "yes" if s.on_device else "no", *s[2:]) for s in found.separations],
    )


def pictures(made: Page, found: Findings) -> None:
    """Add the limits of a picture, and what they and the rule do to worsened ones."""
    study = found.study
    made.heading("Poor pictures")
    made.paragraph(
        "Edible plants made worse on purpose. As they are, {:.1f} % are named right and {:.1f} % "
        "of all are refused.".format(100 * study.clean_top1, 100 * study.clean_refused)
    )
    made.table(("limit", "value"), list(study.limits._asdict().items()))
    made.table(
        ("way", "strength", "n", "named right", "refused", "refused as this"),
        [tuple(step) for step in study.steps],
    )
    made.paragraph(
        "What the whole rule calls the poisonous photographs of {}, worsened in the same ways. A "
        "poisonous plant may become unsure; it should not become edible.".format(found.names[1])
    )
    made.table(
        ("way", "strength", "called edible", "called poisonous"),
        [(w.way, w.strength, share(w.edible), share(w.poisonous)) for w in found.worsened],
    )
