"""Memory of the service's own processes, and the estimate of what loading a model took."""

import os
from types import TracebackType
from typing import NamedTuple, Optional, Type

from plantd.telemetry import kernel_files

KB_PER_MB = 1024


class ProcessMemory(NamedTuple):
    """One process. None: the kernel did not say, or the process is gone.

    Attributes:
        name: what the process is to us: service, camera, ...
        rss_mb: resident memory, shared pages counted in full.
        pss_mb: resident memory, shared pages divided among those that share them.
        fds: open file descriptors.
    """

    name: str
    pid: int
    rss_mb: Optional[float] = None
    pss_mb: Optional[float] = None
    threads: Optional[int] = None
    fds: Optional[int] = None


def memory_of(name: str, pid: int, root: str = "/") -> ProcessMemory:
    """Return what /proc says about a process; GPU memory is in none of it (see MemoryFall)."""
    folder = os.path.join(root, "proc", str(pid))
    status = kernel_files.kilobytes(folder, "status")
    rollup = kernel_files.kilobytes(folder, "smaps_rollup")
    pss_kb = rollup["Pss"] if "Pss" in rollup else _read_pss_kb(folder)
    fds = len(kernel_files.names(folder, "fd"))
    return ProcessMemory(
        name=name,
        pid=pid,
        rss_mb=_mb(status.get("VmRSS")),
        pss_mb=_mb(pss_kb),
        threads=status.get("Threads"),
        fds=fds or None,
    )


def rss_mb(pid: int, root: str = "/") -> Optional[float]:
    """Return the resident memory of a process; cheaper than `memory_of`, which counts mappings."""
    return _mb(kernel_files.kilobytes(root, "proc", str(pid), "status").get("VmRSS"))


def available_mb(root: str = "/") -> Optional[float]:
    """Return the kernel's MemAvailable."""
    return _mb(kernel_files.kilobytes(root, "proc", "meminfo").get("MemAvailable"))


class MemoryFall:
    """How far MemAvailable fell while something was loaded: an estimate of all it took.

    On a Jetson the GPU's memory is the CPU's, and in no process's RSS; this fall is the only
    figure that has it. Whatever else runs meanwhile is in it too.

        with MemoryFall() as fall:
            engine.open()
        fall.mb
    """

    def __init__(self, root: str = "/") -> None:
        self._root = root
        self._before: Optional[float] = None
        self.mb: Optional[float] = None

    def __enter__(self) -> "MemoryFall":
        self._before = available_mb(self._root)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        after = available_mb(self._root)
        if self._before is not None and after is not None:
            self.mb = max(0.0, round(self._before - after, 1))


def _read_pss_kb(folder: str) -> Optional[int]:
    """Sum the mappings: smaps_rollup came with kernel 4.14, the TX2 has 4.9."""
    total, found = 0, False
    try:
        # Line by line: a process with CUDA has thousands of mappings, megabytes of text.
        with open(os.path.join(folder, "smaps"), encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("Pss:"):
                    total, found = total + int(line.split()[1]), True
    except (OSError, ValueError, IndexError):
        return None
    return total if found else None


def _mb(kilobytes: Optional[int]) -> Optional[float]:
    return None if kilobytes is None else round(kilobytes / KB_PER_MB, 1)
