"""Every telemetry source keeps the contract, whatever is wrong with what it reads.

The real jtop service is tested in a namespace of its own: tests/system/test_jtop.py.
"""

import threading
from pathlib import Path
from typing import Callable, Dict, Iterator, List

import pytest
from support import tx2_tree
from support.tegrastats_samples import SAMPLES, program

from plantd.config import TelemetryConfig
from plantd.errors import ConfigError
from plantd.telemetry.interface import DEGRADED, OK, Readings, SourceState, TelemetrySource
from plantd.telemetry.jetson_stats import JtopSource
from plantd.telemetry.proc import ProcSource
from plantd.telemetry.registry import SOURCES, CompletedSource, telemetry_from_config
from plantd.telemetry.tegrastats_child import TegrastatsSource

WAIT_S = 20.0


class Bell:
    """Rings when a source has news; waits for a given number of them."""

    def __init__(self) -> None:
        self._rung = threading.Semaphore(0)

    def ring(self) -> None:
        self._rung.release()

    def wait(self) -> None:
        assert self._rung.acquire(timeout=WAIT_S), "the source said nothing"


def proc(tree: Path, bell: Bell) -> TelemetrySource:
    bell.ring()
    return ProcSource(str(tree))


def tegrastats(tree: Path, bell: Bell) -> TelemetrySource:
    return TegrastatsSource(1.0, program("stay", SAMPLES["tx2"]), changed=bell.ring)


def completed(tree: Path, bell: Bell) -> TelemetrySource:
    return CompletedSource(tegrastats(tree, bell), ProcSource(str(tree)))


def proc_without_anything(tree: Path, bell: Bell) -> TelemetrySource:
    bell.ring()
    return ProcSource(str(tree / "nothing"))


def tegrastats_absent(tree: Path, bell: Bell) -> TelemetrySource:
    return TegrastatsSource(1.0, [str(tree / "tegrastats")], changed=bell.ring)


def tegrastats_dead(tree: Path, bell: Bell) -> TelemetrySource:
    return TegrastatsSource(1.0, program("die"), changed=bell.ring)


def jtop_absent(tree: Path, bell: Bell) -> TelemetrySource:
    return JtopSource(1.0, changed=bell.ring)


Factory = Callable[[Path, Bell], TelemetrySource]
WORKING: Dict[str, Factory] = {"proc": proc, "tegrastats": tegrastats, "completed": completed}
BROKEN: Dict[str, Factory] = {
    "tegrastats_absent": tegrastats_absent,
    "tegrastats_dead": tegrastats_dead,
    "jtop_absent": jtop_absent,
}
EVERY: Dict[str, Factory] = {**WORKING, **BROKEN, "proc_without_anything": proc_without_anything}


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tx2_tree.build(tmp_path)


@pytest.fixture(params=sorted(EVERY))
def source(request: pytest.FixtureRequest, tree: Path, bell: Bell) -> Iterator[TelemetrySource]:
    made = EVERY[request.param](tree, bell)
    yield made
    made.close()


@pytest.fixture(params=sorted(WORKING))
def working(request: pytest.FixtureRequest, tree: Path, bell: Bell) -> Iterator[TelemetrySource]:
    with WORKING[request.param](tree, bell) as made:
        bell.wait()
        yield made


@pytest.fixture(params=sorted(BROKEN))
def broken(request: pytest.FixtureRequest, tree: Path, bell: Bell) -> Iterator[TelemetrySource]:
    with BROKEN[request.param](tree, bell) as made:
        bell.wait()
        yield made


def test_it_gives_readings_before_open_and_after_close(source: TelemetrySource) -> None:
    assert isinstance(source.read(), Readings)
    source.open()
    source.close()
    assert isinstance(source.read(), Readings)


def test_it_may_be_opened_and_closed_twice(source: TelemetrySource, bell: Bell) -> None:
    source.open()
    source.open()
    bell.wait()
    source.close()
    source.close()


def test_closing_leaves_no_thread_behind(source: TelemetrySource, bell: Bell) -> None:
    before = threading.active_count()
    source.open()
    bell.wait()
    source.close()
    assert threading.active_count() == before


def test_its_state_is_one_sentence_at_any_time(source: TelemetrySource, bell: Bell) -> None:
    states = [source.state()]
    source.open()
    bell.wait()
    states.append(source.state())
    source.close()
    states.append(source.state())
    for state in states:
        assert state.state in (OK, DEGRADED)
        assert (state.state == OK) == (state.detail == "")
        assert "\n" not in state.detail


def test_a_working_source_knows_memory_cores_gpu_and_heat(working: TelemetrySource) -> None:
    readings = working.read()
    assert working.state().state == OK
    assert (readings.ram_used_mb, readings.ram_total_mb) == (2344, 7852)
    assert [core.online for core in readings.cores] == [True, False, False, True, True, True]
    assert readings.gpu_percent is not None
    assert {zone.zone for zone in readings.temperatures} >= {"GPU", "BCPU"}
    assert {rail.name for rail in readings.rails} >= {"VDD_IN", "VDD_SYS_GPU"}


def test_a_broken_source_says_what_helps_and_reads_nothing(broken: TelemetrySource) -> None:
    assert broken.read() == Readings()
    state = broken.state()
    assert state.state == DEGRADED
    assert "telemetry.source to proc" in state.detail or "started again" in state.detail


def test_it_can_be_read_from_many_threads(working: TelemetrySource) -> None:
    seen: List[Readings] = []

    def look() -> None:
        seen.extend(working.read() for _ in range(20))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(seen) == 80
    assert {readings.ram_total_mb for readings in seen} == {7852}


@pytest.mark.parametrize("name", SOURCES)
def test_the_configuration_names_it(name: str, tree: Path) -> None:
    source = telemetry_from_config(TelemetryConfig(source=name), str(tree))
    assert source.state().name == name
    source.close()


def test_a_name_that_is_no_source_lists_those_that_are() -> None:
    with pytest.raises(
        ConfigError, match="'top' is not a source; expected one of proc, tegrastats"
    ):
        telemetry_from_config(TelemetryConfig(source="top"))


def test_while_jtop_is_absent_the_kernel_is_read_and_the_state_says_so(
    tree: Path, bell: Bell
) -> None:
    with CompletedSource(jtop_absent(tree, bell), ProcSource(str(tree))) as source:
        bell.wait()
        assert source.read().source == "proc"
        assert source.read().ram_total_mb == 7852
        assert source.state().state == DEGRADED


def test_what_tegrastats_leaves_out_is_read_from_the_kernel(tree: Path, bell: Bell) -> None:
    with completed(tree, bell) as source:
        bell.wait()
        readings = source.read()
    assert readings.source == "tegrastats+proc"
    assert readings.power_mode == "MAXP_CORE_ARM"
    assert readings.uptime_s == 8123.2
    assert readings.gpu_mhz == 624


@pytest.mark.parametrize("text", ["", " CV0@-256C GPU@-256C", " thermal=35.0C"])
def test_heat_that_tegrastats_does_not_tell_is_read_from_the_kernel_and_told(
    tree: Path, bell: Bell, text: str
) -> None:
    tegrastats = TegrastatsSource(1.0, program("stay", "RAM 5/9MB" + text), changed=bell.ring)
    with CompletedSource(tegrastats, ProcSource(str(tree))) as source:
        bell.wait()
        assert ("GPU", 35.0) in [tuple(zone) for zone in source.read().temperatures]
        state = source.state()
    assert (state.name, state.state) == ("tegrastats", DEGRADED)
    assert "gives no temperature that can be believed; they are read from /sys" in state.detail


def test_a_tegrastats_that_dies_is_started_again(tree: Path, bell: Bell) -> None:
    command = program("die", SAMPLES["tx2"])
    with TegrastatsSource(1.0, command, changed=bell.ring, retry_first_s=0.01) as source:
        # Each life rings twice: one line, one end.
        for _ in range(4):
            bell.wait()
        assert source.state().name == "tegrastats"


def test_the_readings_of_a_tegrastats_that_died_are_not_shown_as_new(
    tree: Path, bell: Bell
) -> None:
    with TegrastatsSource(1.0, program("die", SAMPLES["tx2"]), changed=bell.ring) as source:
        bell.wait()
        bell.wait()
        assert source.read() == Readings()
        assert "ended with status 3" in source.state().detail


def test_a_tegrastats_that_hangs_is_late(tree: Path, bell: Bell) -> None:
    now = [100.0]
    with TegrastatsSource(
        2.0, program("stay", SAMPLES["tx2"]), changed=bell.ring, clock=lambda: now[0]
    ) as source:
        bell.wait()
        now[0] = 106.0
        assert source.state() == SourceState("tegrastats", OK)
        now[0] = 106.1
        assert source.read() == Readings()
        assert "said nothing for more than 6 s" in source.state().detail
