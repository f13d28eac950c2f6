"""What a bundle's card says of its calibration; the rest of the card stays as it is. Pure."""

import re
from typing import List, Sequence

from plantd_calibration.publishing.card_sections import CONFIDENCE, LIMITS, LOOKS, with_section
from plantd_calibration.report.findings import Findings, share, summary_line

# What the card of a bundle nobody calibrated says, and what this module writes in its place.
STATUS = re.compile(r"^\*\*(uncalibrated|calibrated)\*\*.*$(\n\n?- .*$)*", re.MULTILINE)
# What an untrained reader is told of a bound; the numbers follow.
SPEAKS_OF = {
    "known_poisonous": "poisonous plants that it knows",
    "poisonous_strangers": "poisonous plants that it does not know",
    "other_plants": "all plants that it does not know",
    "no_plants": "pictures without a plant",
}
PROVISIONAL = re.compile(r"^## Answers with the provisional thresholds\n.*?(?=^## )", re.M | re.S)


def card_with(text: str, found: Findings) -> str:
    """Return a card that tells of the calibration; an older calibration's words are replaced."""
    status = _status(found)
    text = PROVISIONAL.sub("", text)
    text = (
        STATUS.sub(lambda _: status, text, count=1)
        if STATUS.search(text)
        else (_after_title(text, status))
    )
    text = _with_look(text, found)
    return with_section(text, CONFIDENCE, _section(found), (LOOKS, LIMITS))


def _status(found: Findings) -> str:
    """Return what was shown, in words for a reader who knows no statistics."""
    lines = [
        "**calibrated**: how often does it call edible what is not? It was tried on photographs "
        "that were kept from it. Each line says how many of them it called edible, and how many of "
        "100 it may be at worst (with {:g} % certainty: few photographs leave much open):".format(
            100 * found.guarantee.confidence
        ),
        "",
    ]
    for one in found.guarantees:
        lines.append(
            "- {}: {} of {}; at worst {:.1f} of 100".format(
                SPEAKS_OF[one.about], one.misses, one.n, 100 * one.upper_bound
            )
        )
    if len(found.guarantees) == 1:
        lines.append("- plants that it does not know: nothing is promised")
    lines.append("- so never eat a plant because of its answer")
    return "\n".join(lines)


def _section(found: Findings) -> str:
    """Return what the card's section about confidence says."""
    g = found.guarantee
    lines = ["Made by `plantd-calibrate confidence`; the whole report is its HTML."]
    lines += [
        "",
        "- guarantee: at most {:.4f} of truly poisonous plants called edible (alpha {:.4f}, n {}, "
        "confidence {:g}), by {}".format(g.bound, g.alpha, g.n, g.confidence, g.method),
        *(
            "- {}: at most {:.4f} called edible ({} of {} photographs, {} independent; confidence "
            "{:g}, {}), by {}".format(
                SPEAKS_OF[b.about],
                b.upper_bound,
                *(b.misses, b.n, b.groups, b.confidence, b.precision, b.method),
            )
            for b in found.guarantees[1:]
        ),
        "- truly poisonous: called so by the data or `species.yaml`; n counts groups of duplicates",
        "- temperatures: "
        + ", ".join(
            "{} {:.3f} (calibration error on {}: {:.4f} before, {:.4f} after)".format(
                h.name, h.temperature, found.names[1], h.report[0].error, h.report[1].error
            )
            for h in found.heads
        ),
        "- out of distribution: {}".format(
            "; ".join(
                "{} {:.3f} / {:.3f}".format(s.name, s.unknown, s.negative)
                for s in found.separations
            )
        )
        + " (area under the ROC curve: unknown plants / no plants, nothing was chosen on them)",
        "",
    ]
    rows = [
        (o.name, o.n, share(o.edible), share(o.poisonous), share(o.unsure)) for o in found.outcomes
    ]
    lines += _table(("photographs", "n", "edible", "poisonous", "unsure"), rows)
    lines += ["", "Poisonous groups called edible: {}.".format(share(found.missed)), ""]
    aims = [(a.what, a.aim, share(a.seen), "yes" if a.reached else "**no**") for a in found.aims]
    lines += _table(("aim", "", "seen", "reached"), aims)
    lines += ["", _obstacles(found), "", *_trade_off(found), "", *_worsened(found)]
    return "\n".join(lines)


def _obstacles(found: Findings) -> str:
    """Return what costs the most answers."""
    worst = [one for one in found.obstacles if one.only.k][:3]
    told = "; ".join("{} {}".format(one.condition, share(one.only)) for one in worst) or "nothing"
    return "Edible plants not called edible for one condition alone: {}.".format(told)


def _trade_off(found: Findings) -> List[str]:
    """Return what stricter and looser rules would promise, with the limits on strangers."""
    header = (
        "poisonous plants called edible, at most",
        "edible plants called edible",
        "edible plants called edible or poisonous",
        "unknown plants called edible",
        "no plants called edible",
    )
    rows = [
        (
            "{:.2f} %".format(100 * p.bound),
            *(share(rate) for rate in (p.edible, p.answered, p.unknown, p.negative)),
        )
        for p in found.limited
    ]
    words = (
        "What stricter and looser rules would promise at {:g} % confidence, and answer on the same "
        "pictures; each bound as if it were the only one.".format(100 * found.guarantee.confidence)
    )
    return [words, "", *_table(header, rows)]


def _worsened(found: Findings) -> List[str]:
    """Return what poor pictures do, way by way: all of them are drawn."""
    rows = []
    for way in dict.fromkeys(one.way for one in found.worsened):
        refused = [100 * one.refused for one in found.study.steps if one.way == way]
        edible = max((o.edible for o in found.worsened if o.way == way), key=lambda rate: rate.k)
        rows.append((way, ", ".join(map("{:.0f} %".format, refused)), share(edible)))
    header = (
        "picture, worsened on purpose",
        "refused, from slight to hopeless",
        "poisonous plants called edible, at the worst strength",
    )
    words = (
        "Poor pictures, drawn: no real lens was covered and no camera moved. What is not refused "
        "is answered by the same rule; the poisonous plants are those of {}.".format(found.names[1])
    )
    return [words, "", *_table(header, rows)]


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> List[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _after_title(text: str, status: str) -> str:
    first, _, rest = text.partition("\n")
    return "{}\n\n{}\n{}".format(first, status, rest)


def _with_look(text: str, found: Findings) -> str:
    row = "| {} | {} | {} |".format(found.date, found.title, summary_line(found))
    if LOOKS not in text or row in text:
        return text
    start = text.index(LOOKS)
    end = text.find("\n\n", text.index("|---", start))
    end = len(text.rstrip("\n")) if end < 0 else end
    return text[:end] + "\n" + row + text[end:]
