"""The wall clock may jump: nothing but a verdict's own date depends on it."""

import ast
from pathlib import Path
from typing import List

from support.checkout import TOP
from support.verdict_json import JPEG, PNG, verdict_json

from plantd.config import RecordConfig
from plantd.sinks.record import Record
from plantd.telemetry.clock import Clock

DAEMON = TOP / "daemon" / "plantd"
# The moment of a verdict; the age of a model in doctor's report; how long ago a kernel before 5.7,
# which stamps by the wall clock, saw an edge: never longer than since the line was last looked at.
MAY_ASK = ("telemetry/clock.py", "doctor/service_checks.py", "gpio/lines.py")
WALL = {"time.time", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
SECONDS_2000, SECONDS_2026, SECONDS_2040 = 946684800.0, 1767225600.0, 2208988800.0


def wall_clocks_in(source: str) -> List[str]:
    """Return every use of the wall clock."""
    used = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = getattr(owner, "attr", getattr(owner, "id", ""))
            used.append("{}.{}".format(name, node.attr))
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            used += ["time." + alias.name for alias in node.names]
    return sorted(WALL.intersection(used))


def test_only_the_moment_of_a_verdict_asks_the_wall_clock() -> None:
    asking = [
        str(path.relative_to(DAEMON))
        for path in sorted(DAEMON.rglob("*.py"))
        if wall_clocks_in(path.read_text(encoding="utf-8"))
    ]
    assert sorted(asking) == sorted(MAY_ASK)


def test_the_search_finds_what_it_looks_for() -> None:
    assert wall_clocks_in("import time\ndeadline = time.time() + 5") == ["time.time"]
    assert wall_clocks_in("from time import time") == ["time.time"]
    assert wall_clocks_in("import datetime\ndatetime.datetime.now()") == ["datetime.now"]
    assert wall_clocks_in("import time\ntime.monotonic()") == []


def test_a_clock_that_jumps_loses_no_verdict_and_no_order(tmp_path: Path) -> None:
    mono, walls = [100.0], [SECONDS_2026]
    clock = Clock(monotonic=lambda: mono[0], wall=lambda: walls[0], kernel=lambda: False)
    with Record(str(tmp_path), RecordConfig(keep_days=1), clock.now) as record:
        for wall in (SECONDS_2026, SECONDS_2000, SECONDS_2040, SECONDS_2000):
            mono[0], walls[0] = mono[0] + 1.0, wall
            moment, seq = clock.now(), record.next_seq()
            verdict = verdict_json(seq, mono_s=moment.mono_s, wall=moment.wall)
            assert record.commit(verdict, JPEG, PNG).wait(20.0)
        assert record.flush(20.0)
        found = record.reader.newest(9)
    assert [verdict["seq"] for verdict in found] == [1, 2, 3, 4]
    assert [verdict["mono_s"] for verdict in found] == [101.0, 102.0, 103.0, 104.0]
    assert [verdict["wall"][:4] for verdict in found] == ["2026", "2000", "2040", "2000"]
    assert {verdict["pictures"] for verdict in found} == {"kept"}
