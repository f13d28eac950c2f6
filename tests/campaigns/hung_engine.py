"""An engine that hangs in a press: nothing is answered until it goes on, and the watchdog knows."""

import random
import threading
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Dict, List

import numpy as np
from support import tiny_bundle
from support.verdict_json import MOMENT

from campaigns.devices import COMMIT_S, Moving
from plantd import bundle
from plantd.bundle import Bundle
from plantd.camera.scripted import ScriptedCamera
from plantd.config import CameraConfig, RecordConfig
from plantd.engine.scripted import ScriptedEngine
from plantd.errors import BusyError
from plantd.heads import HeadOutputs
from plantd.health.watchdog import Watchdog
from plantd.inference.thread import InferenceThread, Model
from plantd.pipeline import Clocks, Pipeline, PressSettings, Request
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record
from plantd.wire import Verdict

PRESSES = 10
LONG_ENOUGH_S = 60.0
AT_ONCE_S = 0.01


class HangingEngine(ScriptedEngine):
    """The scripted engine, which waits for `go_on` in the middle of a picture."""

    def __init__(self, model: Bundle) -> None:
        super().__init__(model)
        self.go_on = threading.Event()
        self.go_on.set()
        self.entered = threading.Event()

    def infer_impl(self, tensor: np.ndarray) -> HeadOutputs:
        self.entered.set()
        assert self.go_on.wait(LONG_ENOUGH_S)
        return super().infer_impl(tensor)


def hung_engine(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Press, let some presses hang in the engine, and see who notices."""
    model = bundle.load(tiny_bundle.make(str(folder / "tiny")))
    counts = {"answered": 0, "hung and told to the watchdog": 0, "refused meanwhile": 0}
    delivered: List[Verdict] = []
    pings: List[bool] = []
    clock, engine = Moving(), HangingEngine(model)
    config = CameraConfig(source="fake://", fps=30)
    pictures = (tiny_bundle.flat(tiny_bundle.GREEN),)
    camera = ScriptedCamera(config, None, pictures, clock.monotonic, clock.sleep)
    with Record(str(folder / "state"), RecordConfig(reserve_mb=0), lambda: MOMENT) as record:
        with camera, engine:
            clocks = Clocks(lambda: MOMENT, clock.monotonic)
            settings = PressSettings(2.0, COMMIT_S, chance.randint(1, 3))
            told = PressRecord(record, 90)
            pipeline = Pipeline(camera, engine, model, told, clocks, settings)
            thread = InferenceThread(
                lambda: Model(pipeline, engine.close), delivered.append, _nothing, _nothing
            )
            watchdog = Watchdog(lambda: pings.append(True))
            watchdog.watch("inference", thread.call_soon)
            thread.start()
            assert thread.ready.wait(LONG_ENOUGH_S)
            for _ in range(PRESSES):
                if chance.random() < 0.5:
                    _hang(thread, engine, watchdog, clock, counts)
                else:
                    thread.submit(Request("button", clock.monotonic())).result(LONG_ENOUGH_S)
                counts["answered"] += 1
            assert thread.stop(LONG_ENOUGH_S)
        assert record.flush(COMMIT_S)
        assert len(record.reader.newest(1000)) == counts["answered"] == len(delivered)
    return counts


def _hang(
    thread: InferenceThread,
    engine: HangingEngine,
    watchdog: Watchdog,
    clock: Moving,
    counts: Dict[str, int],
) -> None:
    engine.entered.clear()
    engine.go_on.clear()
    future = thread.submit(Request("button", clock.monotonic()))
    assert engine.entered.wait(LONG_ENOUGH_S)
    watchdog.tick()
    assert not watchdog.tick(), "a thread that hangs was called alive"
    assert watchdog.silent() == ["inference"]
    counts["hung and told to the watchdog"] += 1
    try:
        thread.submit(Request("button", clock.monotonic()))
        raise AssertionError("a second press was taken")
    except BusyError:
        counts["refused meanwhile"] += 1
    try:
        future.result(AT_ONCE_S)
        raise AssertionError("answered by an engine that hangs")
    except FutureTimeout:
        engine.go_on.set()
    future.result(LONG_ENOUGH_S)
    answered = threading.Event()
    thread.call_soon(answered.set)
    assert answered.wait(LONG_ENOUGH_S)
    assert watchdog.silent() == [], "it goes on, and nobody heard"


def _nothing(_told: object) -> None:
    pass
