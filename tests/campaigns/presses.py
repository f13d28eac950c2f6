"""Presses in one life of a service: what is answered, what is recorded, what it takes."""

import os
import random
from pathlib import Path
from typing import Dict, List, NamedTuple

from campaigns.scene import Scene
from plantd.api.client import Client
from plantd.telemetry.processes import rss_mb

PRESSES = "PRESSES"
USUAL = 100
# By then everything has been done once, and what is kept for the next time is kept.
WARM = 20
# Of these a service has as many as it had; a request that is being closed may have one.
FEW = 8
# What the last half may grow: a thread's arena that grows late. See docs/experiments.md.
LATE_MB = 5.0
FPS = 120


class Taken(NamedTuple):
    """What a process has taken."""

    memory_mb: float
    descriptors: int
    threads: int


def presses(_chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Press a hundred times: each one verdict, all there, numbered without a gap or twice."""
    number = int(os.environ.get(PRESSES, str(USUAL)))
    with Scene({"camera": {"fps": FPS, "settle_frames": 0}}) as scene:
        slowest = max(scene.press() for _ in range(WARM))
        pid, half = scene.service.pid, (number - WARM) // 2
        before = _taken(pid)
        slowest = max([slowest] + [scene.press() for _ in range(half)])
        halfway = _taken(pid)
        slowest = max([slowest] + [scene.press() for _ in range(number - WARM - half)])
        after = _taken(pid)
        numbers = [each["seq"] for each in scene.verdicts]
        assert numbers == list(range(1, number + 1)), "a number is missing or was given twice"
        missing = set(scene.recorded()) - set(_in_the_record(scene.service.client))
        assert not missing, "lost: {}".format(sorted(missing))
        assert after.descriptors - before.descriptors <= FEW, (before, after)
        assert after.threads - before.threads <= FEW, (before, after)
        # What grows with each press grows in the last half as in the first.
        assert after.memory_mb - halfway.memory_mb <= LATE_MB, (before, halfway, after)
        assert scene.service.stop() == 0
    return {
        "presses answered": number,
        "recorded and there": len(scene.recorded()),
        "slowest_ms_max": int(slowest * 1000),
        "mb_after_{}_max".format(WARM): int(before.memory_mb),
        "mb_at_the_end_max": int(after.memory_mb),
        "mb_grown_in_the_first_half_max": round(halfway.memory_mb - before.memory_mb),
        "mb_grown_in_the_last_half_max": round(after.memory_mb - halfway.memory_mb),
        "descriptors_max": after.descriptors,
        "threads_max": after.threads,
    }


def _taken(pid: int) -> Taken:
    return Taken(
        rss_mb(pid) or 0.0,
        len(os.listdir("/proc/{}/fd".format(pid))),
        len(os.listdir("/proc/{}/task".format(pid))),
    )


def _in_the_record(client: Client) -> List[int]:
    found: List[int] = []
    while True:
        after = found[-1] if found else 0
        page = client.get("/v1/verdicts", after=after, limit=1000)["verdicts"]
        if not page:
            return found
        found += [each["seq"] for each in page]
