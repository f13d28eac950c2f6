"""Verdicts as JSON and moments, for tests that only pass them on."""

from typing import Any, Dict

from plantd.wire import Moment

WALL = "2026-06-01T10:12:03Z"
MOMENT = Moment("boot-1", 8123.2, WALL, True)
JPEG = b"\xff\xd8\xff\xe0 what the camera saw"
PNG = b"\x89PNG\r\n\x1a\n what the network saw"


def moment() -> Moment:
    return MOMENT


def verdict_json(seq: int, **changes: Any) -> Dict[str, Any]:
    """Return a verdict with the keys that sinks and API look at, changed as told."""
    verdict: Dict[str, Any] = {
        "schema": 1,
        "type": "verdict",
        "seq": seq,
        "boot_id": "boot-1",
        "mono_s": 8123.2,
        "wall": WALL,
        "clock": "synchronised",
        "trigger": "button",
        "verdict": "unsure",
        "rule": "heads_disagree",
        "model": "tiny 1.0.0",
        "recorded": True,
    }
    verdict.update(changes)
    return verdict
