"""Runtimes take turns, each in a process that waits for its own: the order, and what goes wrong."""

import io
import json
import os
import signal
from pathlib import Path
from typing import Any, Iterator

import pytest
from support import tiny_bundle

from plantd.errors import GraphError
from plantd_import.benchmark import compare, runtimes, worker
from plantd_import.benchmark.interleaving import Absent, TimedProcess, Turn, turns
from plantd_import.benchmark.worker import Measurement

FAST = "onnxruntime one graph"
SLOW = "onnxruntime two sessions"


def test_everyone_has_a_turn_in_every_round_and_every_other_round_goes_backwards() -> None:
    assert turns(["a", "b"], runs=5, each=2) == (
        Turn(1, "a", 2),
        Turn(1, "b", 2),
        Turn(2, "b", 2),
        Turn(2, "a", 2),
        Turn(3, "a", 1),
        Turn(3, "b", 1),
    )


@pytest.mark.parametrize(("runs", "each"), [(1, 1), (50, 5), (7, 3), (3, 10)])
def test_everyone_infers_equally_often(runs: int, each: int) -> None:
    order = turns(["a", "b", "c"], runs, each)
    for name in "abc":
        assert sum(turn.inferences for turn in order if turn.runtime == name) == runs
    assert all(1 <= turn.inferences <= each for turn in order)


def test_nobody_there_means_no_turns() -> None:
    assert turns([], 50, 5) == ()


@pytest.fixture
def material(tmp_path: Path) -> runtimes.Material:
    tiny_bundle.make(str(tmp_path / "bundle"))
    return compare.material_from_bundle(str(tmp_path / "bundle"), str(tmp_path))


@pytest.fixture
def process(material: runtimes.Material) -> Iterator[TimedProcess]:
    with TimedProcess(FAST, material) as started:
        yield started


def test_a_process_waits_between_its_turns_and_keeps_what_it_measured(
    process: TimedProcess, material: runtimes.Material
) -> None:
    """While one waits, another has its turn."""
    with TimedProcess(SLOW, material) as other:
        process.load(warm_up=1, threads=1)
        other.load(warm_up=0, threads=1)
        for turn in turns([process.name, other.name], 3, 2):
            {FAST: process, SLOW: other}[turn.runtime].turn(turn.inferences)
        rows = [process.row(), other.row()]
    for row in rows:
        assert isinstance(row, Measurement)
        assert len(row.latencies_ms) == 3
        assert 0 < row.rss_mb <= row.peak_mb
        assert row.difference < 1e-5


def test_who_is_absent_takes_no_turn_and_says_why(material: runtimes.Material) -> None:
    with TimedProcess("tensorflow two sessions", material) as process:
        process.load(warm_up=0, threads=1)
        process.turn(2)
        assert process.row() == Absent(process.name, process.absent)
        assert process.absent == "the frozen graphs of this model are not at hand"


def test_who_is_killed_is_absent_from_then_on(process: TimedProcess) -> None:
    """As the kernel does when memory runs out."""
    process.load(warm_up=0, threads=1)
    process.turn(1)
    os.kill(process.pid, signal.SIGKILL)
    process.turn(1)
    process.turn(1)
    assert process.row() == Absent(FAST, "was killed by signal 9")


def test_who_fails_is_quoted(material: runtimes.Material) -> None:
    broken = material._replace(title="broken 1", tensors=material.tensors + ".none")
    with TimedProcess(FAST, broken) as process, pytest.raises(GraphError) as raised:
        process.load(warm_up=0, threads=1)
    words = str(raised.value)
    assert words.startswith(FAST + " failed on broken 1: ")
    assert "tensors.npy.none" in words


def test_closing_ends_the_process_and_may_be_done_twice(process: TimedProcess) -> None:
    process.load(warm_up=0, threads=1)
    process.close()
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_a_process_whose_orders_end_ends_too(material: runtimes.Material) -> None:
    first: Any = {"runtime": FAST, "material": material._asdict(), "warm_up": 0, "threads": 1}
    answers = io.StringIO()
    worker.obey(io.StringIO(json.dumps(first) + "\n2\n"), answers)
    assert answers.getvalue() == "{}\n{}\n"
