"""What the service costs while nobody presses: its start, its processor, its answers to programs.

    .venv/bin/python tests/bench/rest.py --verdicts 1000000

- start: from the command to READY=1, the model loaded and the camera's first frame seen; with the
  page cache as it is, and as root with an empty one, as after a boot.
- idle: processor time of the service and of its camera process, while frames come and none is
  asked for, as a share of one core.
- status: one connection a request, as `plantd-cli` asks; processor time a request beside it; and
  how many a second it answers on connections that are kept, and what that takes.
- verdicts: the last fifty, and fifty from the middle, of a record of so many.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from record import grow
from running import RunningService

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUNDLE = os.path.join(ROOT, "engines", "bundles", "plants70")
DROP_CACHES = "/proc/sys/vm/drop_caches"
SETTLED_S = 5.0
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 4
# Prints how many answers came in each second.
_ASKER = """
import http.client, socket, sys, threading, time
path, connections, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
answered = [0] * connections
def ask(place):
    connection = http.client.HTTPConnection("plantd")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(path)
    while True:
        connection.request("GET", "/v1/status")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        answered[place] += 1
for place in range(connections):
    threading.Thread(target=ask, args=(place,), daemon=True).start()
before, began = 0, time.monotonic()
for _ in range(seconds):
    time.sleep(1.0)
    now, ended = sum(answered), time.monotonic()
    print((now - before) / (ended - began), flush=True)
    before, began = now, ended
"""
Row = Dict[str, Any]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--idle-s", type=float, default=20.0)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--rate-s", type=int, default=10)
    parser.add_argument("--verdicts", type=int, default=0, help="of the record; 0: leave it out")
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--folder", help="where the record is made")
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "bench", "rest.json"))
    options = parser.parse_args(argv)
    rows: List[Row] = []
    for row in _measured(options):
        rows.append(row)
        print("{what:<34}{median:>10.2f}{worst:>10.2f} {unit}".format(**row), flush=True)
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as target:
        json.dump(rows, target, indent=1)
    return 0


def _measured(options: argparse.Namespace) -> Iterator[Row]:
    directory = tempfile.mkdtemp(prefix="plantd-bench-", dir=options.folder or "/tmp")
    camera = {"source": "test://plant", "fps": options.fps}
    service = RunningService(directory, {"model": {"bundle": BUNDLE}, "camera": camera})
    print("{:<34}{:>10}{:>10}".format("", "median", "worst"))
    try:
        yield _row("start", [_start(service) for _ in range(options.starts)], "s")
        if os.access(DROP_CACHES, os.W_OK):
            cold = [_start(service, _drop_caches) for _ in range(options.starts)]
            yield _row("start, page cache empty", cold, "s")
        if options.verdicts:
            grow(Path(directory) / "state", 0, rows=options.verdicts)
        service.start()
        time.sleep(SETTLED_S)
        yield from _idle(service, options.idle_s)
        yield from _calls(service, options.calls)
        yield from _rate(service, options.rate_s)
        if options.verdicts:
            yield from _lists(service, options)
        service.stop()
    finally:
        service.close()
        shutil.rmtree(directory)


def _row(what: str, values: List[float], unit: str) -> Row:
    return {"what": what, "median": statistics.median(values), "worst": max(values), "unit": unit}


def _start(service: RunningService, before: Callable[[], None] = lambda: None) -> float:
    before()
    began_s = time.monotonic()
    service.start()
    took_s = time.monotonic() - began_s
    service.stop()
    return took_s


def _drop_caches() -> None:
    os.sync()
    with open(DROP_CACHES, "w", encoding="ascii") as file:
        file.write("3")


def _idle(service: RunningService, seconds: float) -> Iterator[Row]:
    pids = {one["name"]: one["pid"] for one in service.client.get("/v1/status")["processes"]}
    before = {name: _cpu_s(pid) for name, pid in pids.items()}
    began_s = time.monotonic()
    time.sleep(seconds)
    passed_s = time.monotonic() - began_s
    for name, pid in pids.items():
        share = 100.0 * (_cpu_s(pid) - before[name]) / passed_s
        yield _row("idle, {}".format(name), [share], "% of a core")


def _cpu_s(pid: int) -> float:
    """Return the seconds of processor that a process took, user's and system's."""
    with open("/proc/{}/stat".format(pid), encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _calls(service: RunningService, calls: int) -> Iterator[Row]:
    before_s = _cpu_s(service.pid)
    yield _timed("GET /v1/status", service, "/v1/status", calls)
    each_ms = 1000.0 * (_cpu_s(service.pid) - before_s) / calls
    yield _row("its processor time a request", [each_ms], "ms")


def _rate(service: RunningService, seconds: int) -> Iterator[Row]:
    """Ask without a pause from a process of its own, so that the service has a core for itself."""
    before_s = _cpu_s(service.pid)
    asked = [sys.executable, "-c", _ASKER, service.socket_path, str(CONNECTIONS), str(seconds)]
    done = subprocess.run(asked, stdout=subprocess.PIPE, check=True)
    rates = [float(line) for line in done.stdout.split()]
    took_s = _cpu_s(service.pid) - before_s
    what = "status, {} connections kept".format(CONNECTIONS)
    yield {**_row(what, rates, "a second"), "worst": min(rates)}
    yield _row("its processor time a thousand", [1e6 * took_s / sum(rates)], "ms")


def _lists(service: RunningService, options: argparse.Namespace) -> Iterator[Row]:
    middle = "/v1/verdicts?limit=50&after={}".format(options.verdicts // 2)
    of = " of {:,}".format(options.verdicts)
    last = "/v1/verdicts?limit=50&newest=1"
    yield _timed("fifty in the middle" + of, service, middle, options.calls)
    yield _timed("the last fifty" + of, service, last, options.calls)


def _timed(what: str, service: RunningService, path: str, calls: int) -> Row:
    took_ms = []
    for _ in range(calls):
        began_s = time.monotonic()
        service.client.get(path)
        took_ms.append((time.monotonic() - began_s) * 1000.0)
    return _row(what, took_ms, "ms")


if __name__ == "__main__":
    sys.exit(main())
