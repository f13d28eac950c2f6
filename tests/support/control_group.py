"""A control group of the kernel's own, which bounds the memory of what is started in it.

Linux as root, by either version of control groups; elsewhere the test is skipped, and says so.
"""

import os
import signal
import tempfile
import time
from pathlib import Path
from typing import List, NamedTuple

import pytest

MIB = 1 << 20
GONE_S = 20.0


class Names(NamedTuple):
    """What a version calls its files."""

    limit: str
    used: str
    kills: str


_NAMES = {
    "/sys/fs/cgroup/memory": Names(
        "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control"
    ),
    "/sys/fs/cgroup": Names("memory.max", "memory.current", "memory.events"),
    "/sys/fs/cgroup/unified": Names("memory.max", "memory.current", "memory.events"),
}
# Swapped out, nothing would ever be short: not every kernel has these.
_NO_SWAP = (("memory.swap.max", "0"), ("memory.swappiness", "0"))


class ControlGroup:
    """A fresh group; `launcher` starts a command in it."""

    def __init__(self) -> None:
        """Make it, or skip the test."""
        self._folder, self._names = _made()
        self.launcher: List[str] = [
            "sh",
            "-c",
            'echo $$ >"$0" && exec "$@"',
            str(self._folder / "cgroup.procs"),
        ]
        for name, value in _NO_SWAP:
            if (self._folder / name).exists():
                (self._folder / name).write_text(value)

    def __enter__(self) -> "ControlGroup":
        return self

    def __exit__(self, *_error: object) -> None:
        until = time.monotonic() + GONE_S
        while self.pids() and time.monotonic() < until:
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        self._folder.rmdir()

    def pids(self) -> List[int]:
        """Return the processes in it."""
        return [int(each) for each in (self._folder / "cgroup.procs").read_text().split()]

    def used_mb(self) -> int:
        """Return the memory that is charged to it."""
        return int((self._folder / self._names.used).read_text()) // MIB

    def limit(self, most_mb: int) -> None:
        """Let its processes have so much, all together."""
        (self._folder / self._names.limit).write_text(str(most_mb * MIB))

    def kills(self) -> int:
        """Return how many of its processes the kernel has ended for want of memory."""
        lines = (self._folder / self._names.kills).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def _made() -> "tuple[Path, Names]":
    for top, names in _NAMES.items():
        if not os.access(top, os.W_OK):
            continue
        try:
            folder = Path(tempfile.mkdtemp(prefix="plantd-", dir=top))
        except OSError:
            continue
        if (folder / names.limit).exists() and "oom_kill " in (folder / names.kills).read_text():
            return folder, names
        folder.rmdir()
    return pytest.skip("this machine gives no control group with bounds of memory; run as root")
