"""The findings of a calibration as one HTML page."""

from typing import Dict, List, Sequence

from plantd_calibration.report import report_details
from plantd_calibration.report.findings import Findings, share
from plantd_calibration.report.outcomes import POISONOUS_PLANTS, Called
from plantd_calibration.report.trade_off import Point
from plantd_calibration.stats.bounds import Rate
from plantd_import.pages import plots
from plantd_import.pages.page import KeyFigure, Page
from plantd_import.pages.plots import Curve


def page(found: Findings, pictures: Dict[str, bytes], told: str = "") -> Page:
    """Return the report.

    Args:
        pictures: JPEG bytes of the poisonous photographs that are called edible, by file name.
        told: what is seen on them.
    """
    made = Page("Calibration of {}".format(found.title))
    made.key_figures(_key_figures(found))
    if found.caution:
        made.paragraph("Caution: {}.".format(found.caution), bad=True)
    _strangers(made, found, pictures, told)
    _show_missed(made, found, pictures)
    _answers(made, found)
    _guarantee(made, found)
    _trade_off(made, found)
    _poisonous(made, found, pictures)
    report_details.heads(made, found)
    report_details.strangers(made, found)
    report_details.pictures(made, found)
    return made


def _key_figures(found: Findings) -> List[KeyFigure]:
    """Return what matters most: what is promised, what goes wrong, and which aims are missed."""
    g = found.guarantee
    poisonous = found.outcome(POISONOUS_PLANTS)
    figures = [
        KeyFigure(
            "poisonous plants called edible, at most",
            "{:.2f} %".format(100 * g.bound),
            "at {:g} % confidence, from {} groups".format(100 * g.confidence, g.n),
        ),
        _counted("poisonous photographs called edible", poisonous.edible),
    ]
    aims = [
        KeyFigure(a.what, _per_cent(a.seen), "aim: {}".format(a.aim), bad=not a.reached)
        for a in found.aims
    ]
    return figures + sorted(aims, key=lambda figure: not figure.bad)


def _counted(name: str, rate: Rate) -> KeyFigure:
    return KeyFigure(name, "{} of {}".format(rate.k, rate.n), _per_cent(rate), bad=rate.k > 0)


def _per_cent(rate: Rate) -> str:
    return "{:.1f} %".format(100 * rate.share) if rate.n else "none there"


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
    made.paragraph(
        "{} Fingerprint of the fitting photographs: {}.".format(
            _tested(found), found.data_fingerprint
        )
    )
    rows = [
        (name, value) for name, value in found.thresholds._asdict().items() if name != "quality"
    ]
    made.table(("threshold", "value"), rows)


def _tested(found: Findings) -> str:
    last, n = found.tested[-1], found.guarantee.n
    if len(found.tested) == 1:
        words = "One rule was tested: {} of the {} groups are called edible by it."
        return words.format(last.misses, n)
    words = (
        "{} rules were tested, the strictest first; the last one called {} of {} groups edible "
        "and {}."
    )
    passed = "passed" if last.passed else "failed, so the one before is taken"
    return words.format(len(found.tested), last.misses, n, passed)


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
    made.table(
        ("what keeps edible plants from being called edible", "fail it", "fail nothing else"),
        [(o.condition, share(o.failed), share(o.only)) for o in found.obstacles],
    )
    made.paragraph(
        "In brackets: per cent, with the exact 95 % interval. Unknown plants and pictures of no "
        "plant are those that nothing was learned from or chosen on: kept apart by the training's "
        "division of them, or else their second half by seed {}.".format(found.seed)
    )
    made.table(
        ("what is shown", "photographs", "independent", "called edible", "at most", "method"),
        [
            (b.about, b.n, b.groups, b.misses, "{:.2f} %".format(100 * b.upper_bound), b.method)
            for b in found.guarantees
        ],
    )


def _strangers(made: Page, found: Findings, pictures: Dict[str, bytes], told: str) -> None:
    """The worst that can happen, and what makes people stop listening."""
    made.heading("Every out-of-distribution photograph called edible")
    if told:
        made.paragraph(told)
    made.paragraph("{} of them.".format(len(found.strangers_edible)), bad=True)
    _show(made, found.strangers_edible, pictures)
    _verdicts(made, found.strangers_edible)
    made.heading("Every picture of no plant called poisonous")
    made.paragraph("{} of them.".format(len(found.things_poisonous)))
    _show(made, found.things_poisonous, pictures)
    _verdicts(made, found.things_poisonous)


def _trade_off(made: Page, found: Findings) -> None:
    made.heading("What stricter and looser promises would buy")
    made.paragraph(
        "Each row is another rule, fitted in the same way, with the bound it would have if it were "
        "the only one. The rule in the bundle is one of this family: its bound is {:.2f} %.".format(
            100 * found.guarantee.bound
        )
    )
    for title, points in (
        ("With the limits on what is out of distribution", found.limited),
        ("Without limits on what is out of distribution", found.unlimited),
    ):
        made.paragraph(title)
        made.plot(_plot(title, points, found.guarantee.bound), "bound against shares: " + title)
        made.table(
            (
                "bound",
                "misses behind it",
                "edible plants called edible",
                "edible plants called edible or poisonous",
                "poisonous groups called edible",
                "unknown plants called edible",
                "no plants called edible",
            ),
            [_row(point) for point in points],
        )


def _plot(title: str, points: Sequence[Point], bound: float) -> bytes:
    curves = [
        Curve("edible plants", [(p.bound, p.edible.share) for p in points]),
        Curve("unknown plants", [(p.bound, p.unknown.share) for p in points]),
        Curve("no plants", [(p.bound, p.negative.share) for p in points]),
        Curve("poisonous groups", [(p.bound, p.missed.share) for p in points]),
    ]
    labels = ("proven bound of poisonous plants called edible", "share called edible")
    return plots.lines(title, labels, curves, (bound, "the bundle's bound"))


def _row(p: Point) -> Sequence[object]:
    rates = (p.edible, p.answered, p.missed, p.unknown, p.negative)
    return ("{:.2f} %".format(100 * p.bound), p.misses, *(share(rate) for rate in rates))


def _show_missed(made: Page, found: Findings, pictures: Dict[str, bytes]) -> None:
    made.heading("Poisonous fitting photographs that are called edible")
    groups = found.tested[-1].misses
    made.paragraph(
        "{} photographs of {} groups; they are what the bound counts. Labels are right to 95-97 %: "
        "what shows an edible plant under a poisonous name counts as missed all the same.".format(
            len(found.misses), groups
        )
    )
    _verdicts(made, found.misses)
    _show(made, found.misses, pictures)


def _poisonous(made: Page, found: Findings, pictures: Dict[str, bytes]) -> None:
    made.heading("Every poisonous photograph of " + found.names[1])
    _verdicts(made, found.called)
    _show(made, found.called, pictures)


def _verdicts(made: Page, called: Sequence[Called]) -> None:
    columns = ("photograph", "plant", "answer", "rule", "poison head", "poisonous species")
    made.table((*columns, "best species", "its p", "standout"), [tuple(one) for one in called])


def _show(made: Page, called: Sequence[Called], pictures: Dict[str, bytes]) -> None:
    shown: List[Called] = [one for one in called if one.file in pictures]
    words = "{}, taken for {}: {}"
    made.figures([(pictures[o.file], words.format(o.label, o.best, o.file)) for o in shown])
