"""One runtime, timed in a process that holds nothing else.

`python -m plantd_import.timing` reads an order as JSON from stdin and writes its measurement as the
last line of stdout; compare.py starts it. A process of its own is the only way to see what memory
one runtime takes.
"""

import json
import sys
import time
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from plantd.errors import PlantdError
from plantd_import import runtimes
from plantd_import.runtimes import Answers, Frozen, Material, Runtime


class Measurement(NamedTuple):
    """What one runtime took. Times of both heads together.

    Attributes:
        import_s: importing the library. load_s: loading the model.
        first_ms: the first inference. latencies_ms: those after the warm-up.
        cpu_ms: processor time of one inference, all threads together; a mean over the timed ones.
        rss_mb: resident memory after the last inference. peak_mb: the largest until then.
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


def measured(name: str, material: Material, counts: Tuple[int, int, int]) -> Measurement:
    """Return what the runtime called `name` takes.

    Args:
        counts: timed inferences, inferences before them, threads.
    """
    runs, warm_up, threads = counts
    tensors = np.load(material.tensors)
    started = time.perf_counter()
    runtime: Runtime = runtimes.RUNTIMES[name](material, threads)
    imported = time.perf_counter()
    runtime.load()
    loaded = time.perf_counter()
    runtime.infer(tensors[:1])
    first = time.perf_counter()
    for index in range(warm_up):
        runtime.infer(_one(tensors, index))
    busy = time.process_time()
    latencies = [_timed(runtime, _one(tensors, index)) for index in range(runs)]
    busy = time.process_time() - busy
    memory = _memory_mb()
    answers = [runtime.infer(_one(tensors, index)) for index in range(len(tensors))]
    runtime.close()
    return Measurement(
        runtime=name,
        version=runtime.version,
        import_s=imported - started,
        load_s=loaded - imported,
        first_ms=1e3 * (first - loaded),
        latencies_ms=tuple(latencies),
        cpu_ms=1e3 * busy / runs,
        rss_mb=memory["VmRSS"],
        peak_mb=memory["VmHWM"],
        size_bytes=runtimes.size_bytes(runtime.files),
        difference=_difference(answers, material.reference),
    )


def _one(tensors: np.ndarray, index: int) -> np.ndarray:
    index %= len(tensors)
    return tensors[index : index + 1]


def _timed(runtime: Runtime, tensor: np.ndarray) -> float:
    started = time.perf_counter()
    runtime.infer(tensor)
    return 1e3 * (time.perf_counter() - started)


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


def main() -> int:
    """Read the order, measure, write the answer; return the exit code."""
    order = json.load(sys.stdin)
    try:
        found = measured(order["runtime"], material_from_tree(order["material"]), order["counts"])
    except PlantdError as error:
        sys.stdout.write(json.dumps({"absent": str(error)}) + "\n")
        return 0
    sys.stdout.write(json.dumps(found._asdict()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
