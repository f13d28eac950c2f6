"""Before a build: is there memory, swap and disk for it? Said in plain sentences.

TensorRT's and CUDA's libraries take far more memory than the network. On a Jetson the GPU's memory
is the CPU's, and the kernel kills the builder when it ends.
"""

import shutil
from typing import List, NamedTuple, Optional

from plantd.errors import UnavailableError
from plantd.telemetry import kernel_files

MIB = 1 << 20
# CUDA 225, cuBLAS 156, cuDNN 241, engine and context 54 MB. Source: a build log of TensorRT 8.2.
LIBRARIES_MB = 676
# The builder holds the graph several times: as read, as network, and as tactics' copies.
GRAPH_COPIES = 4
SMALLEST_WORKSPACE_MB = 32
DISK_SPARE_MB = 64
WHAT_HELPS = "stop what uses memory (systemctl stop plantd, the desktop), or add swap"


class Room(NamedTuple):
    """What is free, in MB; None where the system does not say.

    Attributes:
        memory_mb: the kernel's MemAvailable; swap_mb: SwapFree; disk_mb: where plans are written.
    """

    memory_mb: Optional[int]
    swap_mb: Optional[int]
    disk_mb: int


def room(directory: str, root: str = "/") -> Room:
    """Return what is free; the directory must exist."""
    kilobytes = kernel_files.kilobytes(root, "proc", "meminfo")
    found_mb = {name: size // 1024 for name, size in kilobytes.items()}
    disk = shutil.disk_usage(directory).free // MIB
    return Room(found_mb.get("MemAvailable"), found_mb.get("SwapFree"), disk)


def workspaces(largest_mb: int) -> List[int]:
    """Return how much scratch memory to try, each half of the one before."""
    steps = [largest_mb]
    while steps[-1] // 2 >= SMALLEST_WORKSPACE_MB:
        steps.append(steps[-1] // 2)
    return steps


def needed_mb(graph_bytes: int, workspace_mb: int) -> int:
    """Return how much memory a build is likely to need."""
    return LIBRARIES_MB + workspace_mb + GRAPH_COPIES * graph_bytes // MIB


def fitting_workspaces(free: Room, graph_bytes: int, largest_mb: int) -> List[int]:
    """Return the workspaces to try, without those that memory and swap cannot hold.

    Raises UnavailableError when not even the smallest fits, or the disk is full.
    """
    disk_mb = 3 * graph_bytes // MIB + DISK_SPARE_MB
    if free.disk_mb < disk_mb:
        raise UnavailableError(
            "{} MB are free where plans are written; a build needs {} MB; free some space; "
            "--force tries all the same".format(free.disk_mb, disk_mb)
        )
    steps = workspaces(largest_mb)
    if free.memory_mb is None:
        return steps
    total_mb = free.memory_mb + (free.swap_mb or 0)
    fitting = [step for step in steps if needed_mb(graph_bytes, step) <= total_mb]
    if not fitting:
        raise UnavailableError(
            "{} MB of memory and {} MB of swap are free; a build needs about {} MB; {}; --force "
            "tries all the same".format(
                free.memory_mb, free.swap_mb or 0, needed_mb(graph_bytes, steps[-1]), WHAT_HELPS
            )
        )
    return fitting


def sentence(free: Room) -> str:
    """Return what is free, for people."""
    memory = "unknown" if free.memory_mb is None else "{} MB".format(free.memory_mb)
    swap = "no swap" if not free.swap_mb else "{} MB of swap".format(free.swap_mb)
    return "free: {} of memory, {}, {} MB of disk".format(memory, swap, free.disk_mb)
