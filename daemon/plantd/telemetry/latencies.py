"""How long the stages of a press take, and which answers were given. Bounded memory."""

import math
import threading
from collections import deque
from typing import Deque, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from plantd.answers import ANSWERS

CAPACITY = 1000
INFER = "infer"
TOTAL = "total"


class Percentiles(NamedTuple):
    """One stage over the newest presses, milliseconds; each is a value that occurred.

    Attributes:
        n: how many presses are behind it, at most the capacity.
    """

    n: int
    median: float
    p95: float
    p99: float
    max: float


class Latencies:
    """Keeps each stage's newest values: exact over the last 1000 presses. Safe from any thread."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._stages: Dict[str, Deque[float]] = {}
        self._first_ms: Optional[float] = None
        self._warm_ms: Optional[float] = None

    def warmed_up(self, first_ms: float, steady_ms: Optional[float] = None) -> None:
        """Take what the warm-up measured; a press never pays for the first inference."""
        with self._lock:
            self._first_ms, self._warm_ms = first_ms, steady_ms

    def add(self, latency_ms: Sequence[Tuple[str, float]]) -> None:
        """Take one press's stages, as a verdict carries them."""
        with self._lock:
            for stage, value in latency_ms:
                if math.isfinite(value):
                    values = self._stages.setdefault(stage, deque(maxlen=self._capacity))
                    values.append(value)

    def percentiles(self) -> Dict[str, Percentiles]:
        """Return every stage seen, in the order of the stages."""
        with self._lock:
            copies = {stage: list(values) for stage, values in self._stages.items()}
        return {stage: percentiles(values) for stage, values in copies.items() if values}

    @property
    def first_ms(self) -> Optional[float]:
        """The first inference after loading, None before it."""
        with self._lock:
            return self._first_ms

    @property
    def steady_ms(self) -> Optional[float]:
        """The median inference of the newest presses; before any, the warm-up's."""
        with self._lock:
            values = list(self._stages.get(INFER, ()))
            return percentiles(values).median if values else self._warm_ms


class VerdictCounts:
    """How often each answer was given, by the whole record and since the service started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(ANSWERS, 0)
        self._since_start = 0

    def begin_with(self, recorded: Mapping[str, int]) -> None:
        """Add what the record held when the service started."""
        with self._lock:
            for answer in ANSWERS:
                self._counts[answer] += recorded.get(answer, 0)

    def add(self, answer: str) -> None:
        """Count one answer."""
        with self._lock:
            self._counts[answer] = self._counts.get(answer, 0) + 1
            self._since_start += 1

    def json(self) -> Dict[str, int]:
        """Return poisonous, edible, unsure, total and since_start."""
        with self._lock:
            total = sum(self._counts.values())
            return {**self._counts, "total": total, "since_start": self._since_start}


def percentiles(values: Sequence[float]) -> Percentiles:
    """Return the percentiles of at least one value, by nearest rank."""
    ordered = sorted(values)
    return Percentiles(
        n=len(ordered),
        median=_rank(ordered, 50),
        p95=_rank(ordered, 95),
        p99=_rank(ordered, 99),
        max=ordered[-1],
    )


def _rank(ordered: List[float], percent: int) -> float:
    # Whole numbers: 0.95 * 20 is not 19 in binary.
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]
