"""One runtime, timed in a process that holds nothing else.

`python -m plantd_import.benchmark.worker` reads orders from stdin and writes its answers to stdout,
a line of JSON each; interleaving.py starts it. A process of its own is the only way to see what
memory one runtime takes. While others have their turn it waits for a line, and computes nothing.
"""

import json
import os
import sys
import time
from typing import Any, Dict, List, NamedTuple, TextIO, Tuple

import numpy as np

from plantd.errors import PlantdError
from plantd_import.benchmark import runtimes
from plantd_import.benchmark.runtimes import Answers, Frozen, Material, Runtime


class Measurement(NamedTuple):
    """What one runtime took. Times of both heads together.

    Attributes:
        import_s: importing the library. load_s: loading the model.
        first_ms: the first inference. latencies_ms: those after the warm-up, in their order.
        cpu_ms: processor time of one inference, all threads together; a mean over the timed ones.
        rss_mb: resident memory after an inference, the largest over all turns. peak_mb: the
            largest ever, loading included.
        size_bytes: of the model's files.
        difference: largest |value - reference| over all tensors and both heads.
    """

    runtime: str
    version: str
    import_s: float
    load_s: float
    first_ms: float
    latencies_ms: Tuple[float, ...]
    cpu_ms: float
    rss_mb: float
    peak_mb: float
    size_bytes: int
    difference: float


class Timed:
    """One runtime, loaded and warm; asked turn by turn."""

    def __init__(self, name: str, material: Material, warm_up: int, threads: int) -> None:
        """Load it; raise UnavailableError where its library or what it loads is not here."""
        self._name = name
        self._material = material
        self._tensors = np.load(material.tensors)
        started = time.perf_counter()
        self._runtime: Runtime = runtimes.RUNTIMES[name](material, threads)
        imported = time.perf_counter()
        self._runtime.load()
        loaded = time.perf_counter()
        self._runtime.infer(self._tensor(0))
        first = time.perf_counter()
        self._import_s, self._load_s = imported - started, loaded - imported
        self._first_ms = 1e3 * (first - loaded)
        self._latencies_ms: List[float] = []
        self._busy_s = self._rss_mb = self._peak_mb = 0.0
        for index in range(warm_up):
            self._runtime.infer(self._tensor(index))

    def turn(self, inferences: int) -> None:
        """Time so many inferences.

        Another one before them brings back into the caches what others have pushed out meanwhile.
        """
        self._runtime.infer(self._tensor(len(self._latencies_ms)))
        busy = time.process_time()
        for _ in range(inferences):
            tensor = self._tensor(len(self._latencies_ms))
            started = time.perf_counter()
            self._runtime.infer(tensor)
            self._latencies_ms.append(1e3 * (time.perf_counter() - started))
        self._busy_s += time.process_time() - busy
        # Now, not at the end: a system may take pages back from a process that waits.
        memory = _memory_mb()
        self._rss_mb = max(self._rss_mb, memory["VmRSS"])
        self._peak_mb = memory["VmHWM"]

    def measurement(self) -> Measurement:
        """Return what all turns together came to, and let the runtime go."""
        answers = [self._runtime.infer(self._tensor(index)) for index in range(len(self._tensors))]
        self._runtime.close()
        return Measurement(
            runtime=self._name,
            version=self._runtime.version,
            import_s=self._import_s,
            load_s=self._load_s,
            first_ms=self._first_ms,
            latencies_ms=tuple(self._latencies_ms),
            cpu_ms=1e3 * self._busy_s / len(self._latencies_ms),
            rss_mb=self._rss_mb,
            peak_mb=self._peak_mb,
            size_bytes=runtimes.size_bytes(self._runtime.files),
            difference=_difference(answers, self._material.reference),
        )

    def _tensor(self, index: int) -> np.ndarray:
        index %= len(self._tensors)
        tensor: np.ndarray = self._tensors[index : index + 1]
        return tensor


def _difference(answers: List[Answers], reference: str) -> float:
    with np.load(reference) as arrays:
        expected = [arrays["poison"], arrays["species"]]
    seen = [np.stack([answer[head] for answer in answers]) for head in (0, 1)]
    return max(float(np.max(np.abs(a - b))) for a, b in zip(seen, expected))


def _memory_mb() -> Dict[str, float]:
    with open("/proc/self/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return {name: int(lines[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM")}


def material_from_tree(tree: Dict[str, Any]) -> Material:
    """Return the material that `Material._asdict()` gave to JSON."""
    return Material(
        **{
            **tree,
            "heads": tuple(tree["heads"]),
            "frozen": tuple(Frozen(*frozen) for frozen in tree["frozen"]),
        }
    )


def obey(orders: TextIO, answers: TextIO) -> None:
    """Load what the first line names, then take the turns that the next ones ask for.

    Each line is answered by one: `{}`, `{"absent": why}`, and what came of it all where the line
    is null.
    """
    first = json.loads(orders.readline())
    try:
        timed = Timed(
            first["runtime"],
            material_from_tree(first["material"]),
            first["warm_up"],
            first["threads"],
        )
    except PlantdError as error:
        _answer(answers, {"absent": str(error)})
        return
    _answer(answers, {})
    for line in orders:
        inferences = json.loads(line)
        if inferences is None:
            _answer(answers, timed.measurement()._asdict())
            return
        timed.turn(inferences)
        _answer(answers, {})


def _answer(answers: TextIO, tree: Dict[str, Any]) -> None:
    answers.write(json.dumps(tree) + "\n")
    answers.flush()


def main() -> int:
    """Obey until there is nothing more to do; return the exit code."""
    # What a library prints must not come between the answers.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        obey(sys.stdin, answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
