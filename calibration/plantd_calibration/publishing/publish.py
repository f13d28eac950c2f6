"""A calibration into the bundle: manifest, card and hashes, all or nothing."""

from pathlib import Path

from plantd import bundle
from plantd.bundle import Bundle
from plantd.bundle.manifest import Manifest
from plantd_calibration.data import marks
from plantd_calibration.publishing import test_set_log
from plantd_calibration.publishing.card import card_with
from plantd_calibration.publishing.replace import replace
from plantd_calibration.publishing.test_set_log import TestSetUse
from plantd_calibration.report.findings import Findings, summary_line
from plantd_calibration.report.outcomes import (
    EDIBLE_PLANTS,
    FREE,
    NEGATIVE,
    POISONOUS_PLANTS,
    UNKNOWN,
)
from plantd_calibration.thresholds.calibrate import Calibration


def publish(source: Bundle, calibration: Calibration, found: Findings) -> Manifest:
    """Write the calibration into the bundle, all or nothing, and return its manifest."""
    manifest = calibrated(source.manifest, calibration, found)
    return replace(source, manifest, lambda text: card_with(text, found), renew_near=True)


def renew_near(source: Bundle) -> int:
    """Draw the bundle's pictures beside its thresholds anew; return how many there are."""
    replace(source, source.manifest, lambda text: text, renew_near=True)
    near = bundle.load(source.path).near
    return 0 if near is None else len(near.pictures)


def calibrated(manifest: Manifest, calibration: Calibration, found: Findings) -> Manifest:
    """Return the manifest with temperatures, thresholds, guarantee and figures."""
    poison, species = (head.temperature for head in calibration.heads)
    names = (EDIBLE_PLANTS, POISONOUS_PLANTS, UNKNOWN, NEGATIVE)
    edible, poisonous, unknown, negative = (found.outcome(name) for name in names)
    figures = {
        "calibrated_edible_called_edible": edible.edible,
        "calibrated_edible_called_edible_or_poisonous": edible.answered,
        "calibrated_poisonous_missed": found.missed,
        "calibrated_poisonous_recognised": poisonous.poisonous,
        "calibrated_unknown_edible": unknown.edible,
        "calibrated_negative_edible": negative.edible,
        "calibrated_negative_poisonous": negative.poisonous,
        "calibrated_free_edible": found.outcome(FREE).edible,
    }
    shares = {name: round(rate.share, 4) for name, rate in figures.items()}
    others = manifest.metrics.items()
    uncalibrated = {name: value for name, value in others if not name.startswith("calibrated_")}
    parts = calibration.parts
    tuned = [
        ("thresholds, known plants", parts.fitting),
        ("thresholds, unknown plants", parts.tune_unknown),
        ("thresholds, no plants", parts.tune_negative),
    ]
    manifest = marks.with_tuned(manifest, [(name, part.photos) for name, part in tuned])
    return manifest._replace(
        poison=manifest.poison._replace(temperature=poison),
        species=manifest.species._replace(temperature=species),
        thresholds=found.thresholds,
        guarantee=found.guarantee,
        guarantees=tuple(found.guarantees),
        data_fingerprint=found.data_fingerprint,
        metrics={**uncalibrated, **shares},
    )


def log_use(path: Path, found: Findings) -> None:
    """Add to the log that the report's photographs were used, and what came out."""
    test_set_log.log_use(path, TestSetUse(found.date, found.title, summary_line(found)))
