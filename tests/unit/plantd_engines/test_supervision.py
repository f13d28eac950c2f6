"""Tasks in real children: heartbeat, death in words, nobody left behind."""

import os
import signal
import sys
import threading

import pytest
from support import gpu, tiny_bundle

from plantd.errors import GraphError, PlanError, UnavailableError
from plantd_engines.supervision import (
    OutOfMemoryError,
    Supervisor,
    Task,
    signals_kept,
    words_for_death,
)


@pytest.fixture
def stack(monkeypatch):
    """The stand-in, for children only: this process loads neither tensorrt nor pycuda."""
    monkeypatch.setenv("PLANTD_TEST_TENSORRT", "8.2")
    monkeypatch.setattr(sys, "path", [gpu.STACK] + sys.path)


@pytest.fixture
def build(tmp_path):
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    return Task(
        "build",
        {
            "model": os.path.join(path, "model.onnx"),
            "folder": str(tmp_path),
            "precision": "fp32",
            "workspace_mb": 512,
            "timing_cache": "",
        },
    )


def test_a_task_returns_its_result_and_leaves_its_files(stack, build, tmp_path):
    result = Supervisor(print).run(build, str(tmp_path))
    assert result["size_bytes"] == (tmp_path / "built.plan").stat().st_size


def test_this_process_stays_free_of_tensorrt(stack, build, tmp_path):
    Supervisor(print).run(build, str(tmp_path))
    assert "tensorrt" not in sys.modules


def test_killed_for_memory_is_said_in_words(stack, build, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANTD_TEST_BUILD_DIES_ABOVE_MB", "64")
    with pytest.raises(OutOfMemoryError, match=r"build was killed \(signal 9\).*memory runs out"):
        Supervisor(print).run(build, str(tmp_path))


def test_a_builder_that_says_it_has_no_memory_is_believed(stack, build, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANTD_TEST_BUILD_FAILS_ABOVE_MB", "64")
    lines = []
    with pytest.raises(OutOfMemoryError, match="build ran out of memory"):
        Supervisor(lines.append).run(build, str(tmp_path))
    assert any("Error Code 2: OutOfMemory" in line for line in lines)


def test_a_graph_that_tensorrt_refuses_keeps_its_sentence(stack, build, tmp_path):
    with open(build.arguments["model"], "wb") as target:
        target.write(b"no graph")
    with pytest.raises(GraphError, match="is not an ONNX file"):
        Supervisor(print).run(build, str(tmp_path))


def test_without_a_gpu_the_childs_sentence_and_exit_code_arrive(stack, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANTD_TEST_FAULT", "no gpu")
    with pytest.raises(UnavailableError, match="CUDA finds no GPU"):
        Supervisor(print).run(Task("survey", {"root": "/"}), str(tmp_path))


class Stopped(Exception):
    """The person has seen enough."""


def test_long_work_says_so_and_ends_with_its_parent(stack, build, tmp_path, monkeypatch):
    pid_path = tmp_path / "pid"
    monkeypatch.setenv("PLANTD_TEST_BUILD_HANGS", str(pid_path))
    lines = []

    def say(line):
        lines.append(line)
        if "still at it" in line and pid_path.exists():
            raise Stopped

    with pytest.raises(Stopped):
        Supervisor(say, heartbeat_s=0.05, monotonic=lambda: 135.0).run(build, str(tmp_path))
    assert lines[-1] == "still at it (build): 0 min 00 s"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_path.read_text()), 0)


@pytest.mark.parametrize(
    ("code", "lines", "kind", "said"),
    [
        (-signal.SIGSEGV, ["last words"], PlanError, "was ended by SIGSEGV; its last line: last"),
        (1, [], PlanError, "ended with code 1"),
        (1, ["std::bad_alloc"], OutOfMemoryError, "ran out of memory: std::bad_alloc"),
        (1, ["MemoryError"], OutOfMemoryError, "ran out of memory"),
    ],
)
def test_every_death_has_words(code, lines, kind, said):
    error = words_for_death("build", code, lines)
    assert isinstance(error, kind)
    assert said in str(error)


class Ended(Exception):
    """What a handler raises."""


def end(_number, _frame):
    raise Ended


def ended_in_the_block(reached):
    with signals_kept():
        os.kill(os.getpid(), signal.SIGTERM)
        reached.append(sum(range(10000)))  # many a moment at which a handler may run
    threading.Event().wait(20.0)


def test_a_signal_that_another_thread_takes_waits_until_a_started_child_is_known():
    may_end, reached = threading.Event(), []
    another = threading.Thread(target=may_end.wait)
    another.start()
    before = signal.signal(signal.SIGTERM, end)
    try:
        with pytest.raises(Ended):
            ended_in_the_block(reached)
    finally:
        signal.signal(signal.SIGTERM, before)
        may_end.set()
        another.join()
    assert reached
