"""What runs in a child process: look at the machine, build, prove. `python3 -m ... FOLDER`.

FOLDER/job.json says what to do; FOLDER/result.json says what came of it. Each task is a process of
its own, so that a proof holds none of the builder's memory, and reads the plan from its file as the
service will.
"""

import contextlib
import json
import os
import signal
import sys
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from plantd import bundle as bundles
from plantd.engine import gpu, trt
from plantd.engine.gpu_engine import TensorRtEngine
from plantd.engine.machine import machine_from_modules
from plantd.engine.plan import differences, plan_from_json
from plantd.errors import BundleError, GraphError, PlanError, PlantdError
from plantd_engines import stamp
from plantd_engines.calibration import calibration_set
from plantd_engines.calibration.entropy_calibrator import Feed
from plantd_engines.calibration.feed import Calibration, feed_on
from plantd_engines.network import BuildOptions, is_quantised, plan_from_graph
from plantd_engines.precision import abilities_of
from plantd_engines.proof.golden_test import prove
from plantd_engines.proof.int8_gate import measure_agreement
from plantd_engines.supervision import ENDING, JOB, PLAN, RESULT, TIMING

Json = Dict[str, Any]


def survey(arguments: Json) -> Json:
    """Return what the machine is, what it is fast at, and whether the graph is quantised.

    arguments: root of the file system that tells about L4T and the loaded libraries; model, a path.
    """
    tensorrt = trt.module()
    machine = machine_from_modules(tensorrt, gpu.driver(), arguments["root"])
    with open(arguments["model"], "rb") as source:
        try:
            quantised = is_quantised(source.read())
        except GraphError as error:
            raise GraphError("{}: {}".format(arguments["model"], error)) from error
    return {
        "machine": dict(machine._asdict()),
        "abilities": dict(abilities_of(tensorrt, machine)._asdict()),
        "is_quantised": quantised,
        "stamp": stamp.stamp_of_this_process(arguments["root"]),
    }


def build(arguments: Json) -> Json:
    """Build one plan and write it, and what the builder measured, into the folder.

    arguments: model, folder, precision, workspace_mb, timing_cache (a path), and for a build that
    calibrates: calibration (see plantd_engines.calibration.feed.Calibration).
    """
    with open(arguments["model"], "rb") as source:
        model = source.read()
    options = BuildOptions(arguments["precision"], arguments["workspace_mb"])
    timing = _bytes_at(arguments["timing_cache"])
    with _feed(arguments.get("calibration")) as feed:
        built = plan_from_graph(trt.module(), model, options, timing, feed)
    _write(os.path.join(arguments["folder"], PLAN), built.plan)
    _write(os.path.join(arguments["folder"], TIMING), built.timing_cache)
    return {"layers": built.layers, "seconds": built.seconds, "size_bytes": len(built.plan)}


def check(arguments: Json) -> Json:
    """Load a plan from its file and test it on the bundle's golden pictures.

    arguments: bundle, plan (a manifest's tree), folder, root.
    """
    bundle = bundles.load(arguments["bundle"])
    plan = plan_from_json(arguments["plan"])
    tensorrt, cuda = trt.module(), gpu.driver()
    here = machine_from_modules(tensorrt, cuda, arguments["root"])
    if here != plan.key.machine:
        raise PlanError(
            "the machine changed during the build: {}".format(
                ", ".join(differences(plan.key, plan.key._replace(machine=here)))
            )
        )
    engine = TensorRtEngine(bundle, plan, arguments["folder"], tensorrt, cuda)
    try:
        return dict(prove(bundle, engine))
    except BundleError as error:
        # The bundle's files are whole: a difference from its golden outputs is the plan's.
        raise PlanError(str(error)) from error


def judge(arguments: Json) -> Json:
    """Ask a proven plan about the pictures that judge: what was not calibrated with.

    arguments: as for check, and calibration, the folder of the set.
    """
    bundle = bundles.load(arguments["bundle"])
    plan = plan_from_json(arguments["plan"])
    pictures = calibration_set.read(arguments["calibration"], plan.key.graph)
    engine = TensorRtEngine(bundle, plan, arguments["folder"], trt.module(), gpu.driver())
    nothing_moves = plan.precision != "int8"
    return dict(measure_agreement(bundle, engine, pictures, nothing_moves)._asdict())


@contextlib.contextmanager
def _feed(tree: Optional[Json]) -> Iterator[Optional[Feed]]:
    """Give the feed of a calibration, with the GPU's memory behind it; None without one."""
    if not tree:
        yield None
        return
    calibration = Calibration(**tree)
    with feed_on(gpu.Card(gpu.driver()), calibration, trt.version(trt.module())) as feed:
        yield feed
    if feed.note:
        sys.stdout.write(feed.note + "\n")


TASKS: Mapping[str, Callable[[Json], Json]] = {
    "survey": survey,
    "build": build,
    "check": check,
    "judge": judge,
}


def main(folder: str) -> int:
    """Do the job in `folder`; return the exit code."""
    with open(os.path.join(folder, JOB), encoding="utf-8") as source:
        job = json.load(source)
    try:
        result = TASKS[job["task"]](job["arguments"])
    except PlantdError as error:
        kind = type(error).__name__
        result = {"error": str(error), "kind": kind, "exit_code": error.exit_code}
    path = os.path.join(folder, RESULT)
    _write(path + ".new", json.dumps(result).encode("utf-8"))
    os.rename(path + ".new", path)
    return int(result.get("exit_code", 0))


def _bytes_at(path: str) -> bytes:
    if not path or not os.path.exists(path):
        return b""
    with open(path, "rb") as source:
        return source.read()


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as target:
        target.write(data)


if __name__ == "__main__":
    # Held back while this process was started: see supervision.py.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    sys.exit(main(sys.argv[1]))
