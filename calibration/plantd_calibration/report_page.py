"""The findings of a calibration as one HTML page."""

from typing import List, Sequence

from plantd_calibration.curves import Curve, svg_from_curves
from plantd_calibration.findings import Findings, share
from plantd_calibration.outcomes import Point
from plantd_calibration.page import Page
from plantd_calibration.temperature import Reliability


def page(found: Findings) -> Page:
    """Return the report."""
    made = Page("Calibration of {}".format(found.title))
    _guarantee(made, found)
    _answers(made, found)
    _curve(made, found)
    _poisonous(made, found)
    _heads(made, found)
    _strangers(made, found)
    _pictures(made, found)
    return made


def _guarantee(made: Page, found: Findings) -> None:
    g = found.guarantee
    made.heading("What is promised")
    made.paragraph(
        "At most {:.2f} % of truly poisonous plants are called edible, at {:g} % confidence. "
        "{} independent poisonous photographs (groups of near-duplicates) stand behind it: {}. "
        "Truly poisonous is what the data's flag or species.yaml calls so.".format(
            100 * g.bound, 100 * g.confidence, g.n, found.names[0]
        )
    )
    made.paragraph(
        "The promise is about plants of these kinds, photographed as these were. It says nothing "
        "about a plant the network does not know, and nothing about one plant: the next one may be "
        "the exception.",
        bad=True,
    )
    last = found.tested[-1]
    made.paragraph(
        "{} step(s) of the thresholds were looked at; the last one, {}, had {} misses and {}. "
        "Fingerprint of the fitting photographs: {}.".format(
            len(found.tested),
            last.step,
            last.misses,
            "passed" if last.passed else "failed",
            found.data_fingerprint,
        )
    )
    rows = [
        (name, value) for name, value in found.thresholds._asdict().items() if name != "quality"
    ]
    made.table(("threshold", "value"), rows)


def _answers(made: Page, found: Findings) -> None:
    made.heading("What it answers, on photographs that decided nothing")
    made.table(
        ("photographs", "n", "edible", "poisonous", "unsure"),
        [
            (o.name, o.n, share(o.edible), share(o.poisonous), share(o.unsure))
            for o in found.outcomes
        ],
    )
    made.paragraph("Poisonous groups called edible: {}.".format(share(found.missed)))
    made.table(
        ("aim", "", "seen", "reached"),
        [(a.what, a.aim, share(a.seen), "yes" if a.reached else "NO") for a in found.aims],
    )
    made.paragraph(
        "In brackets: per cent, with the exact 95 % interval. Unknown plants and pictures of no "
        "plant were halved by seed {}: one half chose the thresholds, this is the other.".format(
            found.seed
        )
    )


def _curve(made: Page, found: Findings) -> None:
    made.heading("What a looser promise would buy")
    for title, points in (
        ("With the limits on strangers", found.limited),
        ("As if strangers did not matter", found.unlimited),
    ):
        made.paragraph(title)
        made.add(
            svg_from_curves(
                [
                    Curve(
                        "edible plants called edible", [(p.bound, p.answered.share) for p in points]
                    ),
                    Curve(
                        "unknown plants called edible", [(p.bound, p.unknown.share) for p in points]
                    ),
                    Curve("no plants called edible", [(p.bound, p.negative.share) for p in points]),
                    Curve("poisonous called edible", [(p.bound, p.missed.share) for p in points]),
                ],
                ("proven bound of poisonous plants called edible", "share"),
            )
        )
        made.table(
            ("bound", "edible answered", "poisonous missed", "unknown", "no plants"),
            [_row(point) for point in points],
        )


def _row(p: Point) -> Sequence[object]:
    return (p.bound, share(p.answered), share(p.missed), share(p.unknown), share(p.negative))


def _poisonous(made: Page, found: Findings) -> None:
    made.heading("Every poisonous photograph of " + found.names[1])
    made.table(
        (
            "photograph",
            "plant",
            "answer",
            "rule",
            "poison head",
            "poisonous species",
            "best species",
            "its p",
            "standout",
        ),
        [tuple(one) for one in found.called],
    )


def _heads(made: Page, found: Findings) -> None:
    made.heading("How far probabilities can be believed")
    rows = []
    for head in found.heads:
        for name, (before, after) in zip(found.names, (head.fitting, head.report)):
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
        made.add(svg_from_curves(_reliability(head.report), labels))
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
        curves.append(Curve(name, [(b.confidence, b.accuracy) for b in one.bins]))
    return curves


def _strangers(made: Page, found: Findings) -> None:
    made.heading("Not a known plant")
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
        ),
        [(s.name, "yes" if s.on_device else "no", *s[2:]) for s in found.separations],
    )


def _pictures(made: Page, found: Findings) -> None:
    study = found.study
    made.heading("Poor pictures")
    made.paragraph(
        "Photographs made worse on purpose. As they are, {:.1f} % are named right and {:.1f} % "
        "of all are refused.".format(100 * study.clean_top1, 100 * study.clean_refused)
    )
    made.table(("limit", "value"), list(study.limits._asdict().items()))
    made.table(
        ("fault", "strength", "n", "named right", "refused", "refused as this"),
        [tuple(step) for step in study.steps],
    )
