"""Heavy work in a process of its own: its memory goes back when it is done, and is measured.

TensorFlow and tf2onnx keep what they once took. With one process a step, the peak of an import is
that of its largest step, not the sum of all.
"""

import multiprocessing
import os
import signal
import threading
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Callable, Iterator, NamedTuple, Tuple

from plantd.errors import GraphError


class ChildResult(NamedTuple):
    """A result, and the largest resident memory of the process that computed it."""

    result: Any
    peak_bytes: int


def call(function: Callable[..., Any], *arguments: Any) -> ChildResult:
    """Return what `function` returns in a fresh process; its errors are raised here.

    The process does not outlive the call, however that ends. Raises GraphError when the process is
    killed, which is what happens when memory runs out.
    """
    fresh = multiprocessing.get_context("spawn")
    receiver, sender = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_answer, args=(sender, function, arguments))
    try:
        with _interrupts_ignored():
            process.start()
        # Its other end is the child's alone now: a child that dies closes it.
        sender.close()
        answer = receiver.recv()
        process.join()
    except EOFError as error:
        raise GraphError(
            "the process that ran {} was killed, most likely because memory ran out; close other "
            "programs or use a machine with more memory".format(function.__name__)
        ) from error
    finally:
        sender.close()
        receiver.close()
        if process.pid is not None:
            process.kill()
            process.join()
    if isinstance(answer, BaseException):
        raise answer
    assert isinstance(answer, ChildResult)
    return answer


def call_here(function: Callable[..., Any], *arguments: Any) -> ChildResult:
    """Return what `function` returns, computed in this process; for small networks."""
    return ChildResult(function(*arguments), peak_bytes_so_far())


def peak_bytes_so_far() -> int:
    """Return the largest resident memory this process has had.

    From /proc, not getrusage: that one carries the parent's peak over into the child.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C is for the parent, which ends its child; whoever is started here ignores it for good.

    Ignored, not blocked: starting a process, multiprocessing unblocks it.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _answer(sender: Connection, function: Callable[..., Any], arguments: Tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        sender.send(ChildResult(function(*arguments), peak_bytes_so_far()))
    except BrokenPipeError:
        # Whoever asked is no more.
        return
    except Exception as error:  # noqa: BLE001  # it is raised again by who asked
        sender.send(error)


def _end_with_parent() -> None:
    """Nobody waits for what a process computes whose parent was killed; its memory is large."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(os.EX_TEMPFAIL)
