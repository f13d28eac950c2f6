"""Two graphs timed in one run, turn by turn, so that whatever else runs disturbs both alike."""

import time
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
import onnxruntime

WARM_UP = 5


class Timing(NamedTuple):
    """One graph's latencies in milliseconds, batch 1; processor time as a mean."""

    name: str
    median_ms: float
    p90_ms: float
    cpu_ms: float


def time_each(graphs: Sequence[Tuple[str, bytes]], tensors: np.ndarray, runs: int) -> List[Timing]:
    """Return the timing of each named graph on (n, ...) tensors; every run times each once."""
    return time_each_on([(name, content, tensors) for name, content in graphs], runs)


def time_each_on(
    graphs: Sequence[Tuple[str, bytes, np.ndarray]], runs: int, threads: int = 1
) -> List[Timing]:
    """Return the same for (name, graph, (n, ...) tensors of its own)."""
    sessions = [_session(content, threads) for _, content, _ in graphs]
    feeds = [session.get_inputs()[0].name for session in sessions]
    latencies = np.zeros((len(graphs), runs))
    processor = np.zeros((len(graphs), runs))
    for run in range(-WARM_UP, runs):
        for place, (session, (_, _, tensors)) in enumerate(zip(sessions, graphs)):
            tensor = tensors[run % len(tensors)][np.newaxis]
            wall, cpu = time.perf_counter(), time.process_time()
            session.run(None, {feeds[place]: tensor})
            if run >= 0:
                latencies[place, run] = (time.perf_counter() - wall) * 1000.0
                processor[place, run] = (time.process_time() - cpu) * 1000.0
    return [
        Timing(name, float(np.median(wall)), float(np.quantile(wall, 0.9)), float(cpu.mean()))
        for (name, _, _), wall, cpu in zip(graphs, latencies, processor)
    ]


def _session(content: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
