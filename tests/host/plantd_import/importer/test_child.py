"""Steps in processes of their own: results, errors, memory, and what ends them."""

import os
import signal
import subprocess
import sys
from typing import Any, Iterator

import pytest

from plantd.errors import GraphError, UsageError
from plantd_import.importer import child

TIMEOUT_S = 1200


def killed() -> None:
    os.kill(os.getpid(), 9)


def test_a_step_killed_for_memory_is_called_by_its_name() -> None:
    with pytest.raises(GraphError, match=r"ran killed was killed, most likely because memory"):
        child.call(killed)


def failing() -> None:
    raise UsageError("the step's own sentence")


def test_an_error_of_a_step_arrives_whole() -> None:
    with pytest.raises(UsageError, match="^the step's own sentence$"):
        child.call(failing)


def test_a_step_s_memory_is_measured_in_its_own_process() -> None:
    few, many = child.call(bytearray, 1 << 20), child.call(bytearray, 256 << 20)
    assert len(many.result) == 256 << 20
    assert many.peak_bytes - few.peak_bytes > 200 << 20


@pytest.fixture
def program() -> Iterator[Any]:
    """A program in a session of its own, whose step works."""
    roots = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, "-m", "host.support.slow_step"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=dict(os.environ, PYTHONPATH=roots),
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_a_step_without_a_word(program: Any) -> None:
    """It reaches every process of the terminal at once."""
    os.killpg(program.pid, signal.SIGINT)
    # Both pipes end when nobody holds them any more: neither program nor step is left.
    assert program.communicate(timeout=TIMEOUT_S) == ("", "")
    assert program.returncode == 130


def test_a_step_ends_with_a_program_that_is_killed(program: Any) -> None:
    os.kill(program.pid, signal.SIGKILL)
    assert program.communicate(timeout=TIMEOUT_S)[0] == ""
