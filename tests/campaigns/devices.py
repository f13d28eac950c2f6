"""Cameras that hang and shrink, engines that return NaN or throw, decoders without memory."""

import random
import time
from pathlib import Path
from typing import Dict, Iterator, List

import cv2
import numpy as np
from support import tiny_bundle
from support.picture_bytes import drawn, jpeg
from support.verdict_json import MOMENT

from campaigns.campaign import spoilt
from plantd import bundle, picture
from plantd.answers import Rule
from plantd.bundle import Bundle
from plantd.camera.scripted import ScriptedCamera
from plantd.config import CameraConfig, RecordConfig
from plantd.decoding.child_decoder import ChildDecoder
from plantd.decoding.decode_process import DecodeLimits
from plantd.engine.scripted import ScriptedEngine
from plantd.errors import CameraError, EngineError, PictureError
from plantd.heads import HeadOutputs
from plantd.pipeline import Clocks, Pipeline, PressSettings, Request
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record

PRESSES = 20
COMMIT_S = 60.0


class Moving:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class BadEngine(ScriptedEngine):
    """The scripted engine, whose outputs a test spoils."""

    def __init__(self, model: Bundle, chance: random.Random) -> None:
        super().__init__(model)
        self._chance = chance
        self.harm = ""

    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        outputs = super().infer_impl(tensor)
        if self.harm == "throws":
            raise EngineError("CUDA error 700")
        if not self.harm:
            return outputs
        bad = {"nan": np.nan, "infinite": np.inf, "huge": 3e38, "negative": -1.0}[self.harm]
        poison, species = outputs.poison.copy(), outputs.species.copy()
        for values in (poison, species):
            values[self._chance.randrange(len(values)) :] = bad
        return HeadOutputs(poison, species)


def devices(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Press while camera and engine do harm; in between, see that they are whole again."""
    model = bundle.load(tiny_bundle.make(str(folder / "tiny")))
    clock, counts = Moving(), {"answered": 0, "no frame": 0, "unsure for the engine": 0}
    pictures = tuple(
        tiny_bundle.flat(tiny_bundle.GREEN)[: chance.randint(8, 240), : chance.randint(8, 320)]
        for _ in range(3)
    )
    camera = ScriptedCamera(
        CameraConfig(source="fake://", fps=30), None, pictures, clock.monotonic, clock.sleep
    )
    engine = BadEngine(model, chance)
    with Record(str(folder / "state"), RecordConfig(reserve_mb=0), lambda: MOMENT) as record:
        with camera, engine:
            pipeline = Pipeline(
                camera,
                engine,
                model,
                PressRecord(record, 90),
                Clocks(lambda: MOMENT, clock.monotonic),
                PressSettings(2.0, COMMIT_S, chance.randint(1, 3)),
            )
            for harm in _harms(chance):
                _spoil(camera, engine, harm)
                _press(pipeline, clock, harm, counts)
                _spoil(camera, engine, "")
                _press(pipeline, clock, "", counts)
        assert record.flush(COMMIT_S)
        assert len(record.reader.newest(1000)) == counts["answered"]
    return counts


def _harms(chance: random.Random) -> Iterator[str]:
    for _ in range(PRESSES // 2):
        yield chance.choice(
            ("hang", "unplug", "stale", "throws", "nan", "infinite", "huge", "negative")
        )


def _spoil(camera: ScriptedCamera, engine: BadEngine, harm: str) -> None:
    {"hang": camera.hang, "unplug": camera.unplug, "stale": camera.go_stale}.get(
        harm, camera.resume
    )()
    engine.harm = harm if harm in ("throws", "nan", "infinite", "huge", "negative") else ""


def _press(pipeline: Pipeline, clock: Moving, harm: str, counts: Dict[str, int]) -> None:
    try:
        verdict = pipeline.answer(Request("button", clock.monotonic()))
    except CameraError:
        assert harm in ("hang", "unplug", "stale"), "no frame from a good camera"
        counts["no frame"] += 1
        return
    assert harm not in ("hang", "unplug", "stale"), "answered without a new frame"
    assert verdict.recorded
    counts["answered"] += 1
    if harm in ("throws", "nan", "infinite"):
        assert verdict.decision.answer == "unsure", (harm, verdict.decision)
        counts["unsure for the engine"] += 1
    if not harm:
        assert verdict.decision.rule != Rule.ENGINE_FAULT


def decoder(chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Spoil pictures and decode them apart, with little memory; then a good one must pass."""
    counts = {"decoded": 0, "refused": 0, "ms_max": 0}
    limits = DecodeLimits(memory_bytes=chance.choice((1, 4, 16, 256)) << 20, seconds=20.0)
    pixels = drawn(chance.randint(8, 900), chance.randint(8, 900))
    sources: List[bytes] = [jpeg(pixels), bytes(cv2.imencode(".png", pixels)[1].tobytes())]
    good = jpeg(drawn())
    with ChildDecoder(limits) as apart:
        for _ in range(10):
            data = spoilt(chance.choice(sources), chance)
            began = time.monotonic()
            try:
                found = apart.decode(data)
                assert np.array_equal(found, picture.decode(data)), "other pixels than here"
                counts["decoded"] += 1
            except PictureError:
                counts["refused"] += 1
            counts["ms_max"] = max(counts["ms_max"], int((time.monotonic() - began) * 1000))
        assert apart.decode(good).shape == (48, 64, 3)
    return counts
