"""A calibration into the bundle: manifest, card and hashes, all or nothing."""

import csv
import os
import shutil
import tempfile
from pathlib import Path
from typing import List

from plantd import bundle
from plantd.bundle import Bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.manifest import Manifest
from plantd_calibration.card import card_with
from plantd_calibration.confidence import Calibration
from plantd_calibration.findings import Findings, sight


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
        (copy / bundle.CARD).write_text(card_with(text, found), encoding="utf-8")
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
        "calibrated_edible_called_edible": edible.edible,
        "calibrated_edible_called_edible_or_poisonous": edible.answered,
        "calibrated_poisonous_missed": found.missed,
        "calibrated_poisonous_recognised": poisonous.poisonous,
        "calibrated_unknown_edible": unknown.edible,
        "calibrated_negative_edible": negative.edible,
    }
    shares = {name: round(rate.share, 4) for name, rate in figures.items()}
    others = manifest.metrics.items()
    uncalibrated = {name: value for name, value in others if not name.startswith("calibrated_")}
    return manifest._replace(
        poison=manifest.poison._replace(temperature=poison),
        species=manifest.species._replace(temperature=species),
        thresholds=found.thresholds,
        guarantee=found.guarantee,
        data_fingerprint=found.data_fingerprint,
        metrics={**uncalibrated, **shares},
    )


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
