"""What a board's record says, section by section, before it is redacted.

Nothing here raises: what cannot be had is `{"missing": sentence}` in its place.
"""

import datetime
import json
import sys
import xml.etree.ElementTree as ElementTree
from typing import Any, Dict, List, NamedTuple, Sequence

from plantd import __version__
from plantd.camera.gstreamer_facts import ELEMENTS
from plantd.doctor.probes import Probes, last_line
from plantd.doctor.report import json_from_checks
from plantd.doctor.table import run_checks
from plantd.engine.machine import l4t_release
from plantd.engine.plan import json_from_plan, plans_in
from plantd.errors import PlantdError
from plantd.telemetry.clock import Clock

SCHEMA = 1
BACKENDS = ("onnxruntime", "tensorrt")
# dpkg's patterns: the versions that decide whether a plan fits and a pipeline runs.
PACKAGES = (
    "nvidia-jetpack nvidia-l4t-core nvidia-l4t-gstreamer nvidia-l4t-kernel libnvinfer[0-9]* "
    "python3-libnvinfer libcudnn[0-9] cuda-cudart-[0-9]* libopencv python3-opencv libopencv-python "
    "gstreamer1.0-tools gstreamer1.0-plugins-good systemd python3"
).split()
LIBRARIES = "numpy cv2 onnxruntime tensorrt pycuda periphery aiohttp yaml jtop".split()
_VERSION = (
    "import importlib, sys; m = importlib.import_module(sys.argv[1]); print(getattr(m, "
    "'__version__', None) or getattr(m, 'VERSION_TEXT', None) or 'of unknown version')"
)
TEGRASTATS = "timeout 5 tegrastats --interval 500".split()
TEGRASTATS_LINES = 8
LOG_LINES = 200
JOURNAL = "journalctl --no-pager --no-hostname -o cat -u plantd-engine -n".split()

Section = Dict[str, Any]


class Sources(NamedTuple):
    """What was run before, and the day; see tools/device_record.sh.

    Attributes:
        junit: report of the device's tests; log: of the engine's build; empty: not run.
        date: YYYY-MM-DD, said by a person; empty takes the clock's.
    """

    junit: str = ""
    log: str = ""
    date: str = ""


def record(probes: Probes, sources: Sources, today: datetime.date) -> Dict[str, Any]:
    """Return the whole record; takes as long as doctor and the timings do."""
    return {
        "schema": SCHEMA,
        "plantd": __version__,
        "recorded": recorded(probes, sources.date, today),
        "board": board(probes),
        "versions": versions(probes),
        "device_tests": device_tests(sources.junit),
        "doctor": json_from_checks(run_checks(probes)),
        "tegrastats": tegrastats(probes),
        "gpiochips": gpiochips(probes),
        "gstreamer": gstreamer(probes),
        "engine_log": engine_log(probes, sources.log),
        "plan": plan(probes),
        "latencies": {backend: latencies(probes, backend) for backend in BACKENDS},
    }


def missing(sentence: str) -> Section:
    """Return what stands in the place of what could not be had."""
    return {"missing": sentence}


def recorded(probes: Probes, said: str, today: datetime.date) -> Section:
    """The day; `dated_by` tells whether to believe it, for a TX2's clock has no battery."""
    if said:
        return {"date": said, "dated_by": "hand"}
    trusted = Clock(probes.root).synchronisation().synchronised
    return {"date": today.isoformat(), "dated_by": "clock" if trusted else "unsynchronised clock"}


def board(probes: Probes) -> Section:
    """Which board it is, in its own words."""
    compatible = probes.text("proc", "device-tree", "compatible")
    model = probes.text("proc", "device-tree", "model")
    model = model or probes.text("sys", "class", "dmi", "id", "product_name")
    return {
        "is_jetson": probes.is_jetson,
        "model": model or probes.machine or "unknown",
        "compatible": compatible.split("\0") if compatible else [],
        "l4t": l4t_release(probes.root),
    }


def versions(probes: Probes) -> Section:
    """Kernel, system, packages, and what each library says when it is imported."""
    system = dict(
        line.split("=", 1)
        for line in (probes.text("etc", "os-release") or "").splitlines()
        if "=" in line
    )
    return {
        "python": sys.version,
        "machine": probes.machine,
        "kernel": probes.text("proc", "sys", "kernel", "osrelease"),
        "system": system.get("PRETTY_NAME", "").strip('"') or None,
        "cuda": probes.text("usr", "local", "cuda", "version.txt"),
        "packages": packages(probes),
        "libraries": {name: library(probes, name) for name in LIBRARIES},
    }


def packages(probes: Probes) -> Section:
    """Versions of the system's packages that are installed."""
    done = probes.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES])
    if done is None:
        return missing("dpkg-query is not here")
    pairs = (line.split() for line in done.out.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def library(probes: Probes, name: str) -> Any:
    """Return a library's version, imported in a process of its own."""
    done = probes.run([sys.executable, "-c", _VERSION, name])
    if done is None or done.code != 0:
        return missing(last_line(done.err) if done else "no answer within its time")
    return last_line(done.out)


def device_tests(path: str) -> Section:
    """Counts and outcomes of a pytest report (JUnit XML)."""
    if not path:
        return missing("the device's tests were not run")
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        return missing("{}: the device's tests did not run to their end".format(error))
    tests = [_test(case) for case in cases]
    counted = {
        outcome: sum(test["outcome"] == outcome for test in tests)
        for outcome in ("passed", "failed", "skipped")
    }
    return dict(counted, tests=sorted(tests, key=lambda test: str(test["name"])))


def _test(case: ElementTree.Element) -> Section:
    found: Section = {
        "name": "{}::{}".format(case.get("classname", ""), case.get("name", "")),
        "outcome": "passed",
        "message": "",
    }
    for kind, outcome in (("skipped", "skipped"), ("failure", "failed"), ("error", "failed")):
        part = case.find(kind)
        if part is not None:
            said = (part.get("message") or "").strip()
            found.update(outcome=outcome, message=said.splitlines()[0][:300] if said else "")
    return found


def tegrastats(probes: Probes) -> Section:
    """A few lines of NVIDIA's own program, as they are."""
    done = probes.run(TEGRASTATS)
    lines = done.out.splitlines()[:TEGRASTATS_LINES] if done else []
    if not lines:
        said = last_line(done.err) if done else "it cannot be run"
        return missing("tegrastats gives no lines: {}".format(said))
    return {"lines": lines}


def gpiochips(probes: Probes) -> Section:
    """Every chip that may be read: node, label, number of lines."""
    try:
        found = [dict(chip._asdict()) for chip in probes.gpio_chips()]
    except PlantdError as error:
        return missing(str(error))
    return {"chips": found} if found else missing("this machine has no GPIO chip")


def gstreamer(probes: Probes) -> Section:
    """OpenCV's GStreamer, and which elements of our pipelines there are."""
    facts = probes.gstreamer()
    told: Section = {"opencv": facts.opencv_version, "gstreamer": facts.gstreamer}
    if facts.problem:
        told["problem"] = facts.problem
    if facts.elements is not None:
        told["present"] = sorted(facts.elements)
        told["absent"] = sorted(set(ELEMENTS) - facts.elements)
    return told


def engine_log(probes: Probes, path: str) -> Section:
    """The last lines of the engine's build: those just printed, and those of its unit."""
    lines = {"build": _lines(path)} if path else {}
    done = probes.run([*JOURNAL, str(LOG_LINES)]) if probes.has_systemd else None
    if done is not None and done.code == 0 and done.out:
        lines["unit"] = done.out.splitlines()[-LOG_LINES:]
    return dict(lines) or missing("no engine was built or looked for")


def _lines(path: str) -> List[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            return [line.rstrip() for line in source][-LOG_LINES:]
    except OSError as error:
        return ["# {}: {}".format(path, error.strerror)]


def plan(probes: Probes) -> Section:
    """The newest plan's manifest."""
    folder = probes.at(probes.known.engines_path)
    found = plans_in(folder)
    if not found:
        return missing("no plan that this user may read in {}".format(folder))
    return json_from_plan(found[0])


def latencies(probes: Probes, backend: str) -> Section:
    """Times of the configured bundle on one backend, measured in a process of its own."""
    known = probes.known
    places: Sequence[str] = (known.bundle_path, known.engines_path)
    bundle, engines = (probes.at(place) for place in places)
    command = [sys.executable, "-m", "plantd.support.board_timing", bundle, backend, engines]
    done = probes.run(command)
    if done is None:
        return missing("no answer within its time")
    if done.code != 0:
        return missing("it ended with {}: {}".format(done.code, last_line(done.err)))
    # A driver may have its own last words.
    lines = [line for line in done.out.splitlines() if line.startswith("{")]
    try:
        told: Section = json.loads(last_line("\n".join(lines)))
    except ValueError:
        return missing("it gave no times, but: {}".format(last_line(done.out)))
    return told
