"""The verdict on every scene of `every_answer`, made by the real pipeline, as JSON."""

from pathlib import Path
from typing import Any, Dict

from plantd import bundle as bundles
from plantd.camera.scripted import ScriptedCamera
from plantd.config import CameraConfig, RecordConfig
from plantd.engine.scripted import ScriptedEngine
from plantd.pipeline import Clocks, Pipeline, PressSettings, Request
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record
from plantd.wire import json_from_verdict
from support import every_answer
from support.verdict_json import moment

COMMIT_S = 10.0


def verdicts(folder: Path) -> Dict[str, Dict[str, Any]]:
    """Return scene -> its verdict; model and record lie in `folder`."""
    model = bundles.load(every_answer.make(str(folder / "model")))
    camera = ScriptedCamera(CameraConfig(source="fake://"))
    with Record(str(folder / "state"), RecordConfig(), moment) as record:
        with ScriptedEngine(model) as engine:
            pipeline = Pipeline(
                camera,
                engine,
                model,
                PressRecord(record, 90),
                Clocks(moment, lambda: 5.0),
                PressSettings(5.0, COMMIT_S, 1),
            )
            return {name: _answer(pipeline, name) for name in every_answer.SCENES}


def _answer(pipeline: Pipeline, name: str) -> Dict[str, Any]:
    pixels = every_answer.picture_of(name)
    return json_from_verdict(pipeline.answer(Request("classify", 5.0, pixels)))
