"""What spoilt bytes inside a camera's JPEG do to the answer.

    .venv/bin/python tests/bench/damage.py --data ../shared/plants70/test --each 3

Frames of their whole length with 40 bytes overwritten somewhere in their coded pixels: to the
decoder many of them are good frames. Each photograph is answered whole, with one spoilt frame in a
burst of three, with three frames that are each spoilt elsewhere, and, for what caution costs, with
one frame of three that a moving hand has blurred. Of bursts by a hand that is steady, that moves
and that walks, it is counted how often the frame that is kept is a spoilt one, and what the rule
costs where none is. Where libturbojpeg is installed, it is counted of how many spoilt frames
libjpeg would warn.
"""

import argparse
import ctypes
import glob
import json
import os
import random
import sys
from collections import Counter
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import cv2
import numpy as np

from plantd import bundle as bundles
from plantd import picture, tensor
from plantd.answers import ANSWERS
from plantd.assessment import assess_predictions, prediction_from_outputs
from plantd.bundle import Bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.heads import Prediction
from plantd.place.surroundings import NOWHERE
from plantd.prepared import Preparation, kept_at
from plantd.quality import burst_quality

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUNDLE = os.path.join(ROOT, "engines", "bundles", "plants70")
SIZE_PX = (640, 480)
QUALITY = 85
SPOILT_BYTES = 40
BURST = 3
# Of a frame of 640 px: a hand that jerks while one frame of three is exposed.
SHAKEN_PX = (5, 15)
SHAKEN = "one of three moved {} px"
# Mean difference of levels from which a picture is seen to be spoilt.
VISIBLE_LEVELS = 5.0
SCAN_HEADER_BYTES = 14
# How a hand holds the camera: pixels that it moves by from frame to frame, and within a frame.
HANDS = {
    "steady": (4, (1,)),
    "a hand": (4, (1, 1, 2, 3, 3, 5, 7)),
    "a jerk": (4, (1, 3, 5, 7, 9, 11, 15)),
    "walking": (25, (1, 1, 2, 3, 3, 5, 7)),
}
NOISE_LEVELS = 3.0
LIGHT_SHARE = 0.03
Pair = Tuple[str, str]


class Answers:
    """The product's own way from pixels to an answer."""

    def __init__(self, bundle: Bundle, engine: OnnxRuntimeEngine) -> None:
        self._bundle = bundle
        self._engine = engine

    def predicted(self, pixels: np.ndarray) -> Prediction:
        """Return what the network says of one frame."""
        values = tensor.to_tensor(pixels, self._bundle.manifest.input)
        return prediction_from_outputs(self._bundle, self._engine.infer(values))

    def answer(self, frames: Sequence[np.ndarray], predictions: Sequence[Prediction]) -> str:
        """Return the answer on a burst: the quality and the worst case of all frames."""
        limits = self._bundle.manifest.thresholds.quality
        quality = burst_quality([picture.quality_of(pixels) for pixels in frames], limits)
        return assess_predictions(self._bundle, predictions, quality, True, NOWHERE).decision.answer


class Warnings:
    """Whether libjpeg warns of a JPEG; None where libturbojpeg is absent."""

    def __init__(self) -> None:
        try:
            self._library: Optional[Any] = ctypes.CDLL("libturbojpeg.so.0")
        except OSError:
            self._library = None
            return
        self._library.tjInitDecompress.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._library.tjInitDecompress())
        self._eighth = ctypes.create_string_buffer(SIZE_PX[0] * SIZE_PX[1] * 3 // 64)

    def warns(self, data: bytes) -> Optional[bool]:
        """Return whether decoding it, at an eighth of its size, meets a warning."""
        if self._library is None:
            return None
        size_bytes, (width_px, height_px) = ctypes.c_ulong(len(data)), SIZE_PX
        failed = self._library.tjDecompress2(
            self._handle, data, size_bytes, self._eighth, width_px // 8, 0, height_px // 8, 0, 0
        )
        return bool(failed)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with one folder a class")
    parser.add_argument("--each", type=int, default=3, help="photographs a class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "bench", "damage.json"))
    options = parser.parse_args(argv)
    photos = sorted(
        path
        for folder in glob.glob(os.path.join(options.data, "*"))
        for path in sorted(glob.glob(os.path.join(folder, "*.jpg")))[: options.each]
    )
    if not photos:
        raise SystemExit("no photographs: {}/CLASS/*.jpg".format(options.data))
    bundle = bundles.load(BUNDLE)
    with OnnxRuntimeEngine(bundle, os.cpu_count() or 1) as engine:
        report = _measured(photos, Answers(bundle, engine), random.Random(options.seed))
    keeping = Keeping(bundle, random.Random(options.seed))
    for path in photos:
        keeping.look(picture.read(path))
    report["kept"] = keeping.report()
    _print(report)
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as target:
        json.dump(report, target, indent=1)
    return 0


class Keeping:
    """Which frame of a burst is kept: by the rule, beside the sharpest."""

    def __init__(self, bundle: Bundle, random_: random.Random) -> None:
        self._preparation = Preparation(bundle.manifest.input)
        self._random = random_
        self._noise = np.random.default_rng(random_.randrange(2**32))
        self.counts: Dict[str, "Counter[str]"] = {hand: Counter() for hand in HANDS}
        self.lost: Dict[str, List[float]] = {hand: [] for hand in HANDS}

    def look(self, pixels: np.ndarray) -> None:
        """Take a burst of a photograph by each hand, whole, and with one frame spoilt."""
        for hand, (moved_px, within_px) in HANDS.items():
            counts = self.counts[hand]
            jpegs = [
                picture.encode_jpeg(frame, QUALITY)
                for frame in self._seen(pixels, moved_px, within_px)
            ]
            whole = [self._preparation.prepare(_decoded(jpeg)) for jpeg in jpegs]
            sharpness = [each.quality.sharpness for each in whole]
            counts["bursts"] += 1
            counts["another than the sharpest"] += kept_at(whole) != int(np.argmax(sharpness))
            self.lost[hand].append(sharpness[kept_at(whole)] / max(sharpness))
            for at, jpeg in enumerate(jpegs):
                _, pixels_spoilt = next(_spoilt(jpeg, self._random))
                if (
                    np.abs(pixels_spoilt.astype(np.int16) - whole[at].pixels).mean()
                    > VISIBLE_LEVELS
                ):
                    burst = list(whole)
                    burst[at] = self._preparation.prepare(pixels_spoilt)
                    counts["spoilt"] += 1
                    counts["kept"] += kept_at(burst) == at
                    sharpest = max(range(BURST), key=lambda i: burst[i].quality.sharpness)
                    counts["sharpest kept"] += sharpest == at

    def _seen(
        self, pixels: np.ndarray, moved_px: int, within_px: Sequence[int]
    ) -> Iterator[np.ndarray]:
        room = 2 * BURST * moved_px
        size = (SIZE_PX[0] + room, SIZE_PX[1] + room)
        wide = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        left, top = room // 2, room // 2
        for _ in range(BURST):
            left, top = (at + self._random.randint(-moved_px, moved_px) for at in (left, top))
            frame = wide[top : top + SIZE_PX[1], left : left + SIZE_PX[0]].astype(np.float32)
            frame = _shaken(frame, self._random.choice(within_px))
            frame *= 1.0 + self._random.uniform(-LIGHT_SHARE, LIGHT_SHARE)
            frame += self._noise.normal(0.0, NOISE_LEVELS, frame.shape)
            yield np.clip(frame, 0, 255).astype(np.uint8)

    def report(self) -> Dict[str, Dict[str, float]]:
        """Return the counts by hand, and the sharpness that is left."""
        return {
            hand: dict(self.counts[hand], sharpness=float(np.mean(self.lost[hand])))
            for hand in HANDS
        }


def _measured(photos: Sequence[str], answers: Answers, random_: random.Random) -> Dict[str, Any]:
    libjpeg = Warnings()
    one_spoilt: List[Pair] = []
    all_spoilt: List[Pair] = []
    shaken: Dict[int, List[Pair]] = {px: [] for px in SHAKEN_PX}
    frames: "Counter[str]" = Counter()
    for path in photos:
        jpeg, whole = _as_frame(picture.read(path))
        seen = answers.predicted(whole)
        answer = answers.answer([whole], [seen])
        spoilt, predictions = [], []
        for data, pixels in _spoilt(jpeg, random_):
            visible = np.abs(pixels.astype(np.int16) - whole).mean() > VISIBLE_LEVELS
            frames["visible" if visible else "hardly visible", libjpeg.warns(data)] += 1
            spoilt.append(pixels)
            predictions.append(answers.predicted(pixels))
            if len(spoilt) == BURST:
                break
        burst = [whole, whole, spoilt[0]]
        one_spoilt.append((answer, answers.answer(burst, [seen, seen, predictions[0]])))
        all_spoilt.append((answer, answers.answer(spoilt, predictions)))
        for px, pairs in shaken.items():
            moved = _shaken(whole, px)
            said = answers.answer([whole, whole, moved], [seen, seen, answers.predicted(moved)])
            pairs.append((answer, said))
    return {
        "photographs": len(photos),
        "frames": [[*key, count] for key, count in sorted(frames.items(), key=str)],
        "one of three spoilt": _counted(one_spoilt),
        "all of three spoilt": _counted(all_spoilt),
        **{SHAKEN.format(px): _counted(pairs) for px, pairs in shaken.items()},
    }


def _as_frame(pixels: np.ndarray) -> Tuple[bytes, np.ndarray]:
    """Return (JPEG, its pixels) as a camera of 640 x 480 would send the photograph."""
    jpeg = picture.encode_jpeg(cv2.resize(pixels, SIZE_PX, interpolation=cv2.INTER_AREA), QUALITY)
    return jpeg, _decoded(jpeg)


def _decoded(jpeg: bytes) -> Optional[np.ndarray]:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def _shaken(whole: np.ndarray, px: int) -> np.ndarray:
    """Return the frame as a camera sees it that moves by so much while it is exposed."""
    kernel = np.full((1, px), 1.0 / px, np.float32)
    return np.asarray(cv2.filter2D(whole, -1, kernel))


def _spoilt(jpeg: bytes, random_: random.Random) -> Iterator[Tuple[bytes, np.ndarray]]:
    """Yield the frame spoilt here and there, where a decoder still makes a picture of it."""
    first = jpeg.index(b"\xff\xda") + SCAN_HEADER_BYTES
    while True:
        at = random_.randrange(first, len(jpeg) - SPOILT_BYTES - 2)
        foreign = bytes(random_.randrange(256) for _ in range(SPOILT_BYTES))
        data = jpeg[:at] + foreign + jpeg[at + SPOILT_BYTES :]
        pixels = _decoded(data)
        if pixels is not None and pixels.shape == (SIZE_PX[1], SIZE_PX[0], 3):
            yield data, pixels


def _counted(pairs: Sequence[Pair]) -> Dict[str, Dict[str, int]]:
    counts = Counter(pairs)
    return {was: {now: counts[was, now] for now in ANSWERS} for was in ANSWERS}


def _print(report: Dict[str, Any]) -> None:
    print("{} photographs; answers by rows when whole".format(report["photographs"]))
    shaken = [SHAKEN.format(px) for px in SHAKEN_PX]
    for title in ("one of three spoilt", "all of three spoilt", *shaken):
        print("{:<26}".format(title) + "".join("{:>11}".format(answer) for answer in ANSWERS))
        for was, counts in report[title].items():
            print("  {:<24}".format(was) + "".join("{:>11}".format(counts[now]) for now in ANSWERS))
    for seen, warned, count in report["frames"]:
        told = {None: "libturbojpeg is absent", True: "libjpeg warns", False: "libjpeg is silent"}
        print("{} spoilt frames: {}, {}".format(count, seen, told[warned]))
    for hand, kept in report["kept"].items():
        told = (
            "{}: one frame spoilt, and kept in {} of {} bursts (by the sharpest: {}); "
            "whole, another than the sharpest in {} of {}, {:.3f} as sharp in the mean"
        )
        names = ("kept", "spoilt", "sharpest kept", "another than the sharpest", "bursts")
        print(told.format(hand, *(int(kept.get(name, 0)) for name in names), kept["sharpness"]))


if __name__ == "__main__":
    sys.exit(main())
