"""Runtimes that take turns: all loaded, each in a process of its own, one computing at a time.

A neighbour that makes the machine slow for a while makes all of them slow alike, which no order of
one runtime after the other can promise.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import Any, Dict, NamedTuple, Sequence, Tuple, Union

from plantd.errors import GraphError
from plantd_import.benchmark.runtimes import Material
from plantd_import.benchmark.worker import Measurement


class Absent(NamedTuple):
    """A runtime that could not be measured, and why."""

    runtime: str
    reason: str


Row = Union[Measurement, Absent]


class Turn(NamedTuple):
    """Who infers how often; rounds are counted from 1."""

    round: int
    runtime: str
    inferences: int


def turns(names: Sequence[str], runs: int, each: int) -> Tuple[Turn, ...]:
    """Return whose turn it is, until everyone has had `runs` inferences, `each` at a time.

    Every other round goes backwards: a machine that grows steadily slower favours nobody.
    """
    order = tuple(names)
    made = []
    for number, done in enumerate(range(0, runs, each), 1):
        made += [Turn(number, name, min(each, runs - done)) for name in order]
        order = order[::-1]
    return tuple(made)


class TimedProcess:
    """A runtime in a process of its own (worker.py); close() ends it, whatever it does."""

    def __init__(self, name: str, material: Material) -> None:
        """Start the process."""
        self.name = name
        self.absent = ""
        self._material = material
        self._words = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        roots = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "plantd_import.benchmark.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            encoding="utf-8",
            env=dict(os.environ, PYTHONPATH=roots, TF_CPP_MIN_LOG_LEVEL="3"),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def __enter__(self) -> "TimedProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def load(self, warm_up: int, threads: int) -> None:
        """Wait until it has loaded its model and is warm, or is known to be absent."""
        order = {"runtime": self.name, "material": self._material._asdict()}
        answer = self._ask(dict(order, warm_up=warm_up, threads=threads))
        self.absent = self.absent or answer.get("absent", "")

    def turn(self, inferences: int) -> None:
        """Let it infer so often, and wait for it."""
        self._ask(inferences)

    def row(self) -> Row:
        """Return what all turns came to; there are no more afterwards."""
        tree = self._ask(None)
        if self.absent:
            return Absent(self.name, self.absent)
        return Measurement(**{**tree, "latencies_ms": tuple(tree["latencies_ms"])})

    def close(self) -> None:
        """End the process; may be called twice."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._stdin, self._stdout, self._words):
            # What was left unwritten is meant for a process that is no more.
            with suppress(BrokenPipeError):
                pipe.close()

    def _ask(self, order: Any) -> Dict[str, Any]:
        """Return the answer to one line; nothing from who is absent, or is killed meanwhile.

        Raises GraphError with its last words when it fails.
        """
        if self.absent:
            return {}
        try:
            self._stdin.write(json.dumps(order) + "\n")
            self._stdin.flush()
            answer = self._stdout.readline()
        except BrokenPipeError:
            answer = ""
        if answer:
            tree: Dict[str, Any] = json.loads(answer)
            return tree
        code = self._process.wait()
        if code < 0:
            self.absent = "was killed by signal {}".format(-code)
            return {}
        self._words.seek(0)
        last = self._words.read().strip().splitlines()[-1:] or ["no word"]
        raise GraphError("{} failed on {}: {}".format(self.name, self._material.title, last[0]))
