"""A long task in a child process: heartbeat lines while it works, plain words when it dies.

The builder may be killed for memory at any moment; the parent stays small, and its memory is not
what the kernel counts.
"""

import collections
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import IO, Any, Callable, Deque, Dict, Iterator, List, NamedTuple

from plantd.errors import EX_DATAERR, GraphError, PlanError, PlantdError, UnavailableError
from plantd_engines.calibration.calibration_set import CalibrationError

HEARTBEAT_S = 15.0
KEPT_LINES = 40
# What ends a build by an exception: see cli.py.
ENDING = {signal.SIGINT, signal.SIGTERM}
JOB, RESULT = "job.json", "result.json"
# What a build leaves in its folder.
PLAN, TIMING = "built.plan", "timing.cache"
# What TensorRT, CUDA and C++ write when memory is short but nobody was killed.
OUT_OF_MEMORY = re.compile(
    r"out of memory|outofmemory|bad_alloc|std::bad|cudaErrorMemoryAllocation"
    r"|could not allocate|insufficient memory|not enough memory|MemoryError",
    re.IGNORECASE,
)


class OutOfMemoryError(UnavailableError):
    """The child was killed for memory, or said that there is none left."""


class Task(NamedTuple):
    """What a child is to do: see plantd_engines.tasks."""

    name: str
    arguments: Dict[str, Any]


class Supervisor:
    """Runs one task at a time in a child of its own."""

    def __init__(
        self,
        say: Callable[[str], None],
        heartbeat_s: float = HEARTBEAT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: what shows a line to the person; how often to say that the child still works."""
        self._say = say
        self._heartbeat_s = heartbeat_s
        self._monotonic = monotonic

    def run(self, task: Task, folder: str) -> Dict[str, Any]:
        """Return the task's result.

        Args:
            folder: for the job and its result; the child may leave files there.

        Raises the child's own error, OutOfMemoryError, or PlanError when it died otherwise.
        """
        _write_json(os.path.join(folder, JOB), {"task": task.name, "arguments": task.arguments})
        last: Deque[str] = collections.deque(maxlen=KEPT_LINES)
        with _child(folder) as process:
            assert process.stdout is not None
            reader = threading.Thread(
                target=self._forward, args=(process.stdout, last), daemon=True
            )
            reader.start()
            try:
                self._wait(process, task.name)
            finally:
                if process.poll() is None:
                    process.kill()
                reader.join()
        return _result(folder, task.name, process.returncode, list(last))

    def _wait(self, process: "subprocess.Popen[bytes]", name: str) -> None:
        started_at = self._monotonic()
        while True:
            try:
                process.wait(timeout=self._heartbeat_s)
                return
            except subprocess.TimeoutExpired:
                minutes, seconds = divmod(int(self._monotonic() - started_at), 60)
                self._say("still at it ({}): {} min {:02d} s".format(name, minutes, seconds))

    def _forward(self, source: IO[bytes], last: Deque[str]) -> None:
        for line in source:
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                last.append(text)
                self._say("  " + text)


@contextlib.contextmanager
def _child(folder: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Give a child that does not outlive the block, whenever a signal ends it."""
    process = None
    try:
        with signals_kept():
            process = _started(folder)
        yield process
    finally:
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


@contextlib.contextmanager
def signals_kept() -> Iterator[None]:
    """Let signals wait for the end of the block: while a child is started, between its start and
    the moment that somebody knows it, an exception would leave it behind.

    A thread's signal mask does not do it: another thread takes the signal, and Python runs its
    handler in this one all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler ever runs here
        return
    came: List[int] = []
    before = {n: signal.signal(n, lambda number, _frame: came.append(number)) for n in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        for first in came[:1]:
            os.kill(os.getpid(), first)


def _started(folder: str) -> "subprocess.Popen[bytes]":
    # TensorRT's logger writes to standard output, everything else to standard error.
    return subprocess.Popen(
        [sys.executable, "-m", "plantd_engines.tasks", folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        # Ctrl-C is for this process, which ends its child.
        start_new_session=True,
    )


def words_for_death(name: str, code: int, lines: List[str]) -> PlantdError:
    """Return the error for a child that ended without a result."""
    if code == -signal.SIGKILL:
        return OutOfMemoryError(
            "{} was killed (signal 9): that is what the kernel does when memory runs out; "
            "dmesg tells more".format(name)
        )
    if OUT_OF_MEMORY.search("\n".join(lines)):
        return OutOfMemoryError("{} ran out of memory: {}".format(name, lines[-1]))
    if code < 0:
        told = "was ended by {}".format(signal.Signals(-code).name)
    else:
        told = "ended with code {}".format(code)
    tail = "; its last line: " + lines[-1] if lines else ""
    return PlanError("{} {}{}; try again with --force".format(name, told, tail))


def _result(folder: str, name: str, code: int, lines: List[str]) -> Dict[str, Any]:
    path = os.path.join(folder, RESULT)
    if not os.path.exists(path):
        raise words_for_death(name, code, lines)
    with open(path, encoding="utf-8") as source:
        result: Dict[str, Any] = json.load(source)
    os.unlink(path)
    if "error" not in result:
        return result
    if OUT_OF_MEMORY.search("\n".join(lines + [result["error"]])):
        raise OutOfMemoryError("{} ran out of memory: {}".format(name, result["error"]))
    raise _error(result)


def _error(result: Dict[str, Any]) -> PlantdError:
    for told in (GraphError, CalibrationError):
        if result["kind"] == told.__name__:
            return told(result["error"])
    kind = PlanError if result["exit_code"] == EX_DATAERR else UnavailableError
    return kind(result["error"])


def _environment() -> Dict[str, str]:
    """The child finds the same packages, also where they are not installed."""
    paths = [path for path in sys.path if path]
    return dict(os.environ, PYTHONPATH=os.pathsep.join(paths))


def _write_json(path: str, tree: Any) -> None:
    with open(path, "w", encoding="utf-8") as target:
        json.dump(tree, target)
