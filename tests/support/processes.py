"""Processes that are nobody's child here: whether they run, and waiting for their end."""

import threading
import time

PATIENCE_S = 30.0


def runs(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody waits for in a container does not."""
    try:
        with open("/proc/{}/stat".format(pid), encoding="ascii") as file:
            return file.read().rsplit(") ", 1)[1][0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_ended(pid: int) -> None:
    """Wait until a process runs no more; fail after a while."""
    until = time.monotonic() + PATIENCE_S
    while runs(pid):
        assert time.monotonic() < until, "process {} goes on".format(pid)
        threading.Event().wait(0.01)
