"""What a press costs beside the wait for its frame and the network's own time, and memory.

    .venv/bin/python tests/bench/press.py --presses 200

Overhead is total - frame - infer of each verdict: resize and normalise, decide, and the commit of
the record with its pictures. The camera is a folder with one drawn JPEG: its process is as small as
a real camera's, which draws nothing. Presses come through the fake button's socket. One that no
network answered, as on a machine too busy for the camera's frames, has no figures; it is counted,
by rule.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence

from running import RunningService
from support import tiny_bundle

from plantd.camera.drawing import jpeg_of_plant
from plantd.telemetry.latencies import percentiles

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUNDLE = os.path.join(ROOT, "engines", "bundles", "plants70")
WAIT_S = 30.0
HOLD_S = 0.06
SIZE_PX = (1280, 720)
Json = Dict[str, Any]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--bundle", default=BUNDLE)
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "bench", "press.json"))
    options = parser.parse_args(argv)
    with_model = _measure({"model": {"bundle": options.bundle}}, options.presses)
    directory = tempfile.mkdtemp(prefix="plantd-bench-", dir="/tmp")
    try:
        tiny = tiny_bundle.make(os.path.join(directory, "tiny"))
        without = _measure({"model": {"bundle": tiny}, "engine": {"backend": "fake"}}, 5)
    finally:
        shutil.rmtree(directory)
    report = {
        "commit": _commit(),
        "machine": "{}, {} cores".format(platform.machine(), os.cpu_count()),
        "presses": options.presses,
        "latency_ms": with_model["latency_ms"],
        "without_network": with_model["without_network"],
        "with_model": with_model["processes"],
        "without_model": without["processes"],
    }
    _print(report)
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as target:
        json.dump(report, target, indent=1)
    return 0


def _commit() -> str:
    """Return the commit that is measured, marked -dirty where the tree is; "" outside of git."""
    command = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode("ascii").strip()


def _measure(sections: Json, presses: int) -> Json:
    directory = tempfile.mkdtemp(prefix="plantd-bench-", dir="/tmp")
    pictures = os.path.join(directory, "pictures")
    os.mkdir(pictures)
    with open(os.path.join(pictures, "plant.jpg"), "wb") as target:
        target.write(jpeg_of_plant(*SIZE_PX, seed=1))
    camera = {"source": "file://" + pictures}
    sections = dict(sections, camera=camera, telemetry={"interval_s": 600})
    service = RunningService(directory, sections)
    try:
        service.start()
        verdicts = _press(service, presses)
        processes = service.client.get("/v1/status")["processes"]
        service.stop()
    finally:
        service.close()
        shutil.rmtree(directory)
    rules = Counter(verdict["rule"] for verdict in verdicts if not _is_computed(verdict))
    latencies = _latencies([verdict for verdict in verdicts if _is_computed(verdict)])
    return {"latency_ms": latencies, "without_network": dict(rules), "processes": processes}


def _is_computed(verdict: Json) -> bool:
    return "infer" in verdict["latency_ms"]


def _press(service: RunningService, presses: int) -> List[Json]:
    """Press one after the other, each when the one before was answered."""
    verdicts: List[Json] = []
    came = threading.Semaphore(0)
    listening = threading.Event()

    def listen() -> None:
        for event in service.client.events(types="verdict"):
            listening.set()
            if event["type"] == "verdict":
                verdicts.append(event)
                came.release()

    threading.Thread(target=listen, daemon=True).start()
    listening.wait(WAIT_S)
    for number in range(presses):
        service.finger.press(HOLD_S)
        if not came.acquire(timeout=WAIT_S):
            raise SystemExit("press {} got no verdict:\n{}".format(number, service.journal()))
        _progress(number + 1, presses)
    return verdicts


def _latencies(verdicts: List[Json]) -> Json:
    stages: Dict[str, List[float]] = {}
    for verdict in verdicts:
        latency = dict(verdict["latency_ms"])
        latency["overhead"] = latency["total"] - latency["frame"] - latency["infer"]
        for stage, value in latency.items():
            stages.setdefault(stage, []).append(value)
    return {stage: dict(percentiles(values)._asdict()) for stage, values in stages.items()}


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of or done % 50 == 0:
        sys.stderr.write("\r{}/{} presses".format(done, of) + ("\n" if done == of else ""))


def _print(report: Json) -> None:
    print("{} presses, milliseconds".format(report["presses"]))
    print("{:<10}{:>9}{:>9}{:>9}{:>9}".format("stage", "median", "p95", "p99", "max"))
    for stage, values in report["latency_ms"].items():
        print("{:<10}{median:>9.2f}{p95:>9.2f}{p99:>9.2f}{max:>9.2f}".format(stage, **values))
    for rule, count in report["without_network"].items():
        print("{} presses have no figures: {}".format(count, rule))
    for name, title in (("with_model", "with the model"), ("without_model", "fake engine")):
        for process in report[name]:
            print("memory, {}: {name} RSS {rss_mb} MB, PSS {pss_mb} MB".format(title, **process))


if __name__ == "__main__":
    sys.exit(main())
