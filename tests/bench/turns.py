"""Two checkouts of plantd, pressed in turn: what has become faster, on a machine that is not quiet.

    .venv/bin/python tests/bench/turns.py --base ../plantd-before --presses 150

A service runs from each checkout, before the same drawn plant; each takes a capture, then the
other, and whatever else the machine does hits both alike. Prints the medians of each stage and
their ratio, and the memory of each process.
"""

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from statistics import median
from typing import Dict, List, Optional, Sequence

from running import RunningService

from plantd.camera.drawing import jpeg_of_plant

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIZE_PX = (1280, 720)
Latency = Dict[str, float]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="the other checkout")
    parser.add_argument("--presses", type=int, default=150)
    options = parser.parse_args(argv)
    base = os.path.abspath(options.base)
    if not os.path.isdir(os.path.join(base, "daemon", "plantd")):
        raise SystemExit("{} is no checkout of plantd: it has no daemon/plantd".format(base))
    with ExitStack() as held:
        services = [_service(checkout, held) for checkout in (base, ROOT)]
        latencies = _in_turn(services, options.presses)
        memory = [service.client.get("/v1/status")["processes"] for service in services]
    _print(latencies)
    for name, processes in zip(("base", "this"), memory):
        for process in processes:
            print("memory, {}: {name} RSS {rss_mb} MB".format(name, **process))
    return 0


def _service(checkout: str, held: ExitStack) -> RunningService:
    directory = tempfile.mkdtemp(prefix="plantd-bench-", dir="/tmp")
    held.callback(shutil.rmtree, directory)
    pictures = os.path.join(directory, "pictures")
    os.mkdir(pictures)
    with open(os.path.join(pictures, "plant.jpg"), "wb") as target:
        target.write(jpeg_of_plant(*SIZE_PX, seed=1))
    bundle = os.path.join(checkout, "engines", "bundles", "plants70")
    rooms = (os.path.join(checkout, room) for room in ("daemon", "engines"))
    launcher = ("env", "PYTHONPATH=" + os.pathsep.join(rooms))
    sections = {"camera": {"source": "file://" + pictures}, "model": {"bundle": bundle}}
    return held.enter_context(RunningService(directory, sections, launcher))


def _in_turn(services: Sequence[RunningService], presses: int) -> List[List[Latency]]:
    latencies: List[List[Latency]] = [[] for _ in services]
    for number in range(presses):
        order = list(zip(services, latencies))
        for service, taken in order if number % 2 else reversed(order):
            latency = service.client.post("/v1/capture")["latency_ms"]
            # One that no network answered has no figures.
            if "infer" in latency:
                latency["overhead"] = latency["total"] - latency["frame"] - latency["infer"]
                taken.append(latency)
    return latencies


def _print(latencies: Sequence[Sequence[Latency]]) -> None:
    base, this = latencies
    print("medians in milliseconds of {} captures and {}".format(len(base), len(this)))
    print("{:<10}{:>9}{:>9}{:>9}".format("stage", "base", "this", "ratio"))
    for stage in this[0]:
        was, now = (median(latency[stage] for latency in taken) for taken in latencies)
        print("{:<10}{:>9.2f}{:>9.2f}{:>9.2f}".format(stage, was, now, now / was))


if __name__ == "__main__":
    sys.exit(main())
