"""Heavy work in a process of its own: its memory goes back when it is done, and is measured.

TensorFlow and tf2onnx keep what they once took. With one process a step, the peak of an import is
that of its largest step, not the sum of all.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable, NamedTuple, Tuple

from plantd.errors import GraphError


class Measured(NamedTuple):
    """A result, and the largest resident memory of the process that computed it."""

    result: Any
    peak_bytes: int


def call(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Return what `function` returns in a fresh process; its errors are raised here.

    Raises GraphError when the process is killed, which is what happens when memory runs out.
    """
    fresh = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
            result, peak_bytes = pool.submit(_measured, function, arguments).result()
    except BrokenProcessPool as error:
        raise GraphError(
            "the process that ran {} was killed, most likely because memory ran out; close other "
            "programs or use a machine with more memory".format(function.__name__)
        ) from error
    return Measured(result, peak_bytes)


def call_here(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Return what `function` returns, computed in this process; for small networks."""
    return Measured(function(*arguments), peak_bytes_so_far())


def peak_bytes_so_far() -> int:
    """Return the largest resident memory this process has had.

    From /proc, not getrusage: that one carries the parent's peak over into the child.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _measured(function: Callable[..., Any], arguments: Tuple[Any, ...]) -> Tuple[Any, int]:
    return function(*arguments), peak_bytes_so_far()
