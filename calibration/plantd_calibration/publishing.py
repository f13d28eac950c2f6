"""A calibration into the bundle: manifest, card and hashes, all or nothing."""

import csv
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import List, Sequence

from plantd import bundle
from plantd.bundle import Bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.manifest import Manifest
from plantd_calibration.confidence import Calibration
from plantd_calibration.findings import Findings, share, sight

HEADING = "## Confidence"
LOOKS = "## Every look at the test photographs"
LIMITS = "## Limits"
# What the card of a bundle nobody calibrated says, and what this module writes in its place.
STATUS = re.compile(r"^\*\*(uncalibrated|calibrated)\*\*.*$", re.MULTILINE)
PROVISIONAL = re.compile(r"^## Answers with the provisional thresholds\n.*?(?=^## )", re.M | re.S)


def publish(source: Bundle, calibration: Calibration, found: Findings) -> Manifest:
    """Write the calibration into the bundle and return its manifest.

    A copy beside it is written, loaded and tested on golden first; then its files replace the old
    ones, the manifest last: a bundle that was interrupted in between is refused by its hashes.
    """
    place = Path(source.path)
    with tempfile.TemporaryDirectory(prefix=".calibrated-", dir=str(place.parent)) as scratch:
        copy = Path(scratch) / "bundle"
        shutil.copytree(str(place), str(copy))
        manifest = calibrated(source.manifest, calibration, found)
        text = (copy / bundle.CARD).read_text(encoding="utf-8")
        (copy / bundle.CARD).write_text(card(text, found), encoding="utf-8")
        bundle.write_manifest(str(copy), manifest)
        loaded = bundle.load(str(copy))
        with OnnxRuntimeEngine(loaded, threads=1) as engine:
            bundle.self_test(loaded, engine)
        for name in (bundle.CARD, bundle.MANIFEST):
            os.replace(str(copy / name), str(place / name))
    return bundle.load(str(place)).manifest


def calibrated(manifest: Manifest, calibration: Calibration, found: Findings) -> Manifest:
    """Return the manifest with temperatures, thresholds, guarantee and figures."""
    poison, species = (head.temperature for head in calibration.heads)
    edible, poisonous, unknown, negative = found.outcomes
    figures = {
        "calibrated_edible_answered": edible.edible,
        "calibrated_poisonous_missed": found.missed,
        "calibrated_poisonous_recognised": poisonous.poisonous,
        "calibrated_unknown_edible": unknown.edible,
        "calibrated_negative_edible": negative.edible,
    }
    shares = {name: round(rate.share, 4) for name, rate in figures.items()}
    return manifest._replace(
        poison=manifest.poison._replace(temperature=poison),
        species=manifest.species._replace(temperature=species),
        thresholds=found.thresholds,
        guarantee=found.guarantee,
        data_fingerprint=found.data_fingerprint,
        metrics={**manifest.metrics, **shares},
    )


def card(text: str, found: Findings) -> str:
    """Return a card that tells of the calibration; an older calibration's words are replaced."""
    g = found.guarantee
    status = (
        "**calibrated**: at most {:.2f} % of truly poisonous plants are called edible, at {:g} % "
        "confidence, from {} independent photographs. Nothing is promised about plants it does not "
        "know.".format(100 * g.bound, 100 * g.confidence, g.n)
    )
    text = PROVISIONAL.sub("", text)
    text = (
        STATUS.sub(lambda _: status, text, count=1)
        if STATUS.search(text)
        else (_after_title(text, status))
    )
    text = _with_look(text, found)
    return _with_section(text, section(found))


def add_look(path: Path, found: Findings) -> None:
    """Add this look at the report's photographs to the list of looks; the same again is none."""
    row = (found.date, found.title, sight(found))
    seen: List[List[str]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            seen = list(csv.reader(lines))
    if list(row) in seen:
        return
    with path.open("a", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerows([row] if seen else [("date", "model", "saw"), row])


def section(found: Findings) -> str:
    """Return the card's section about confidence."""
    g = found.guarantee
    lines = [HEADING, "", "Made by `plantd-calibrate confidence`; the whole report is its HTML."]
    lines += [
        "",
        "- guarantee: at most {:.4f} of truly poisonous plants called edible (alpha {:.4f}, n {}, "
        "confidence {:g}), by {}".format(g.bound, g.alpha, g.n, g.confidence, g.method),
        "- truly poisonous: called so by the data or `species.yaml`; n counts groups of duplicates",
        "- temperatures: "
        + ", ".join(
            "{} {:.3f} (calibration error on {}: {:.4f} before, {:.4f} after)".format(
                h.name, h.temperature, found.names[1], h.report[0].error, h.report[1].error
            )
            for h in found.heads
        ),
        "- strangers: {}".format(
            "; ".join(
                "{} {:.3f} / {:.3f}".format(s.name, s.unknown, s.negative)
                for s in found.separations
            )
        )
        + " (area under the ROC curve: unknown plants / no plants, halves nothing was chosen on)",
        "",
    ]
    rows = [
        (o.name, o.n, share(o.edible), share(o.poisonous), share(o.unsure)) for o in found.outcomes
    ]
    lines += _table(("photographs", "n", "edible", "poisonous", "unsure"), rows)
    lines += ["", "Poisonous groups called edible: {}.".format(share(found.missed)), ""]
    aims = [(a.what, a.aim, share(a.seen), "yes" if a.reached else "**no**") for a in found.aims]
    lines += _table(("aim", "", "seen", "reached"), aims)
    return "\n".join(lines) + "\n\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> List[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _after_title(text: str, status: str) -> str:
    first, _, rest = text.partition("\n")
    return "{}\n\n{}\n{}".format(first, status, rest)


def _with_look(text: str, found: Findings) -> str:
    row = "| {} | {} | {} |".format(found.date, found.title, sight(found))
    if LOOKS not in text or row in text:
        return text
    start = text.index(LOOKS)
    end = text.find("\n\n", text.index("|---", start))
    end = len(text.rstrip("\n")) if end < 0 else end
    return text[:end] + "\n" + row + text[end:]


def _with_section(text: str, new: str) -> str:
    start = text.find(HEADING)
    if start >= 0:
        end = text.find("\n## ", start + 1)
        return text[:start] + new + (text[end + 1 :] if end >= 0 else "")
    before = next((text.index(name) for name in (LOOKS, LIMITS) if name in text), len(text))
    gap = "" if text[:before].endswith("\n\n") or not text[:before] else "\n"
    return text[:before] + gap + new + text[before:]
