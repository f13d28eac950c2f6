"""What each command of plantd-calibrate does; every one prints where its result lies."""

import argparse
import json
from pathlib import Path
from typing import Callable, Dict

from plantd import bundle
from plantd.answers import EDIBLE
from plantd.bundle import Bundle
from plantd.bundle.photographs import LEARNED, marks_of
from plantd_calibration.cli.arguments import BUILD
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.data import activation_pictures
from plantd_calibration.data.photo_lists import read_flagged_photos, read_pictures
from plantd_calibration.data.predictions import read_predictions
from plantd_calibration.data.stranger_photos import read_strangers
from plantd_calibration.publishing import publish
from plantd_calibration.quantization import device_set, quantized_bundle
from plantd_calibration.report.findings import Findings, findings, share, tree_from_findings
from plantd_calibration.report.report import page
from plantd_calibration.report.thumbnails import thumbnails
from plantd_calibration.subsets.request import Material, Request
from plantd_calibration.subsets.targets import Targets
from plantd_calibration.thresholds.calibrate import Calibration, calibrate


def _confidence(given: argparse.Namespace) -> None:
    loaded = bundle.load(str(given.bundle))
    calibration = _calibrate(given, loaded)
    found = findings(calibration, loaded.manifest)
    publish.publish(loaded, calibration, found)
    if given.looks:
        publish.log_use(given.looks, found)
    _tell(found, calibration, loaded, given.out)
    print("{}: {} is calibrated".format(given.bundle, found.title))


def _report(given: argparse.Namespace) -> None:
    loaded = bundle.load(str(given.bundle))
    calibration = _calibrate(given, loaded, may_flatter=True)
    _tell(findings(calibration, loaded.manifest), calibration, loaded, given.out)


def _calibrate(given: argparse.Namespace, loaded: Bundle, may_flatter: bool = False) -> Calibration:
    if not marks_of(loaded.manifest.photographs, LEARNED):
        print("{} does not say which photographs it learned from".format(loaded.manifest.title))
    unknown, negative = (
        read_pictures(folder, given.data) if folder else []
        for folder in (given.unknown, given.negatives)
    )
    strangers = read_strangers(given.strangers) if given.strangers else []
    material = Material(read_flagged_photos(given.data), unknown, negative, strangers)
    targets = Targets(
        alpha=given.alpha,
        confidence=given.confidence,
        unknown=given.unknown_max,
        negative=given.negative_max,
        poisonous_unknown=given.poisonous_unknown_max,
        negative_alarms=given.negative_alarms,
        false_alarms=given.false_alarms,
        called_edible=given.called_edible,
    )
    predictions = read_predictions(given.predictions) if given.predictions else None
    request = Request(targets, given.fit_on, given.seed, predictions, given.data, may_flatter)
    if given.cluster is None:
        return calibrate(loaded, material, request, given.cache)
    with Cluster(given.cluster, given.cache, given.cluster_threads) as cluster:
        return calibrate(loaded, material, request, given.cache, cluster)


def _tell(found: Findings, calibration: Calibration, loaded: Bundle, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(tree_from_findings(found), indent=1, allow_nan=False)
    (out / "calibration.json").write_text(text + "\n", encoding="utf-8")
    path = out / "calibration.html"
    parts = calibration.parts
    missed = {one.file for one in [*found.misses, *found.called] if one.answer == EDIBLE}
    missed |= {one.file for one in [*found.strangers_edible, *found.things_poisonous]}
    several = (parts.fitting, parts.report, parts.unknown, parts.negative)
    photos = [photo for part in several for photo in part.photos]
    chosen = [photo for photo in photos if photo.path.name in missed]
    pictures = thumbnails(chosen, loaded)
    path.write_text(page(found, pictures, activation_pictures.told(loaded)).text, encoding="utf-8")
    if found.caution:
        print("CAUTION: " + found.caution)
    g = found.guarantee
    print(
        "at most {:.2f} % of poisonous plants called edible at {:g} % confidence, n {}, {} "
        "missed".format(100 * g.bound, 100 * g.confidence, g.n, found.tested[-1].misses)
    )
    for b in found.guarantees:
        print(
            "{}: {} of {} called edible, {} groups: at most {:.2f} %".format(
                b.about, b.misses, b.n, b.groups, 100 * b.upper_bound
            )
        )
    for one in found.outcomes:
        print(
            "{}: edible {}, poisonous {}, unsure {}".format(
                one.name, one.edible.k, one.poisonous.k, one.unsure.k
            )
        )
    print("poisonous groups called edible: {}".format(share(found.missed)))
    for aim in found.aims:
        print(
            "{}: {}, {}: {}".format(
                aim.what, share(aim.seen), aim.aim, "reached" if aim.reached else "NOT reached"
            )
        )
    print(path)


def _int8(given: argparse.Namespace) -> None:
    out = given.out or BUILD / given.precision
    reduce_range = {"auto": None, "yes": True, "no": False}[given.reduce_range]
    request = quantized_bundle.Request(given.precision, given.per_class, reduce_range, out)
    loaded = bundle.load(str(given.bundle))
    result = quantized_bundle.make(loaded, read_flagged_photos(given.data), request, given.cache)
    written = given.result or out.with_name(out.name + ".json")
    written.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(quantized_bundle.tree_from_result(result), indent=1)
    written.write_text(text + "\n", encoding="utf-8")
    for check in result.gate.checks:
        mark = "ok" if check.holds else "NOT ok"
        print("{}: {}, {}: {}".format(check.what, share(check.seen), check.asked, mark))
    for name, rate in zip(("before", "after"), result.recalls):
        print("poisonous called poisonous, {}: {}".format(name, share(rate)))
    for timing, size in zip(result.timings, result.sizes_bytes):
        print(
            "{}: median {:.1f} ms, 90 % within {:.1f} ms, processor {:.1f} ms, {:.1f} MB".format(
                *timing, size / 1e6
            )
        )
    print(written)
    if not result.gate.passed:
        raise quantized_bundle.refused(result)
    print("{}: uncalibrated until plantd-calibrate confidence has looked at it".format(out))


def _inputs(given: argparse.Namespace) -> None:
    loaded = bundle.load(str(given.bundle))
    photos = read_flagged_photos(given.data)
    written = device_set.write(loaded, photos, given.per_class, given.out, given.cache)
    print("{0.calibrate} photographs calibrate, {0.judge} others judge".format(written))
    print("{}: copy the folder to the device, then there:".format(given.out))
    print("  plantd-engine build --precision int8 --calibration FOLDER")


def _near(given: argparse.Namespace) -> None:
    n = publish.renew_near(bundle.load(str(given.bundle)))
    print("{}: {} pictures beside its thresholds".format(given.bundle, n))


COMMANDS: Dict[str, Callable[[argparse.Namespace], None]] = {
    "confidence": _confidence,
    "report": _report,
    "int8": _int8,
    "inputs": _inputs,
    "near": _near,
}
