"""Photographs before the camera against the same photographs sent in.

    .venv/bin/python tests/bench/photos.py --data ../shared/plants70/test --each 1

Each photograph is put before the camera (a GStreamer pipeline that reads the file again for every
frame), captured, and then sent to `classify`. GStreamer decodes JPEGs otherwise than OpenCV does:
the table says how much of an answer hangs on that.
"""

import argparse
import glob
import json
import os
import shutil
import sys
import tempfile
from typing import Any, Dict, List, Optional, Sequence

from running import RunningService

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUNDLE = os.path.join(ROOT, "engines", "bundles", "plants70")
Json = Dict[str, Any]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with one folder a class")
    parser.add_argument("--each", type=int, default=1, help="photographs a class")
    parser.add_argument("--bundle", default=BUNDLE)
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "bench", "photos.json"))
    options = parser.parse_args(argv)
    photos = [
        path
        for folder in sorted(glob.glob(os.path.join(options.data, "*")))
        for path in sorted(glob.glob(os.path.join(folder, "*.jpg")))[: options.each]
    ]
    if not photos:
        raise SystemExit("no photographs: {}/CLASS/*.jpg".format(options.data))
    pairs = _pairs(photos, options.bundle)
    report = _report(pairs)
    print(_text(report))
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as target:
        json.dump({"report": report, "pairs": pairs}, target, indent=1)
    return 0


def _pairs(photos: Sequence[str], bundle: str) -> List[Json]:
    directory = tempfile.mkdtemp(prefix="plantd-bench-", dir="/tmp")
    standing = os.path.join(directory, "photo.jpg")
    shutil.copyfile(photos[0], standing)
    service = RunningService(
        directory, {"camera": {"source": "file://" + standing}, "model": {"bundle": bundle}}
    )
    try:
        service.start()
        return [_pair(service, standing, photo) for photo in photos]
    finally:
        service.close()
        shutil.rmtree(directory)


def _pair(service: RunningService, standing: str, photo: str) -> Json:
    shutil.copyfile(photo, standing + ".new")
    os.rename(standing + ".new", standing)
    seen = service.client.post("/v1/capture")
    with open(photo, "rb") as source:
        sent = service.client.post_bytes("/v1/classify", source.read())
    return {
        "label": os.path.basename(os.path.dirname(photo)),
        "camera": _facts(seen),
        "classify": _facts(sent),
    }


def _facts(verdict: Json) -> Json:
    return {
        "answer": verdict["verdict"],
        "poison_p": verdict["poison"]["p"],
        "label": verdict["species"][0]["label"],
        "p": verdict["species"][0]["p"],
    }


def _report(pairs: List[Json]) -> Json:
    n = len(pairs)
    return {
        "photographs": n,
        "same_answer": sum(p["camera"]["answer"] == p["classify"]["answer"] for p in pairs),
        "same_label": sum(p["camera"]["label"] == p["classify"]["label"] for p in pairs),
        "largest_poison_difference": max(
            abs(p["camera"]["poison_p"] - p["classify"]["poison_p"]) for p in pairs
        ),
        "right_label_camera": sum(p["camera"]["label"] == p["label"] for p in pairs),
        "right_label_classify": sum(p["classify"]["label"] == p["label"] for p in pairs),
    }


def _text(report: Json) -> str:
    return (
        "{photographs} photographs, each before the camera and sent in\n"
        "same answer {same_answer}, same species {same_label}, largest difference of the poison "
        "probability {largest_poison_difference:.4f}\n"
        "right species {right_label_camera} by camera, {right_label_classify} sent in"
    ).format(**report)


if __name__ == "__main__":
    sys.exit(main())
