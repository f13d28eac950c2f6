"""The memory of the service's own processes, and what loading something took."""

import os
import subprocess
import sys
from pathlib import Path

from support import tx2_tree

from plantd.telemetry.processes import MemoryFall, ProcessMemory, available_mb, memory_of


def test_this_process_is_measured() -> None:
    memory = memory_of("service", os.getpid())
    assert (memory.name, memory.pid) == ("service", os.getpid())
    assert memory.rss_mb is not None
    assert memory.pss_mb is not None
    assert 0 < memory.pss_mb <= memory.rss_mb
    assert memory.threads is not None
    assert memory.threads >= 1
    assert memory.fds is not None
    assert memory.fds >= 3


def test_a_process_that_is_gone_has_no_figures() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert memory_of("camera", child.pid) == ProcessMemory("camera", child.pid)


def test_without_a_rollup_the_mappings_are_summed(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "proc/7/status", "Name:\tplantd\nVmRSS:\t  20480 kB\nThreads:\t5\n")
    mapping = "5631092d0000-7ffd1400d000 r--p 0 00:00 0 x\nRss: 900 kB\nPss: {} kB\n"
    tx2_tree.write(tmp_path, "proc/7/smaps", mapping.format(1024) + mapping.format(512))
    assert memory_of("service", 7, str(tmp_path)) == ProcessMemory("service", 7, 20.0, 1.5, 5)


def test_every_mapping_counts_however_many_there_are(tmp_path: Path) -> None:
    mapping = "5631092d0000-7ffd1400d000 r--p 0 00:00 0 x\nRss: 900 kB\nPss: 1 kB\n" + "x" * 600
    tx2_tree.write(tmp_path, "proc/7/smaps", (mapping + "\n") * 4096)
    assert memory_of("service", 7, str(tmp_path)).pss_mb == 4.0


def test_a_garbled_mapping_is_no_figure(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "proc/7/smaps", "Pss: much kB\n")
    assert memory_of("service", 7, str(tmp_path)).pss_mb is None


def test_the_fall_of_available_memory_is_what_loading_took(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "proc/meminfo", "MemAvailable: 1024000 kB\n")
    with MemoryFall(str(tmp_path)) as fall:
        tx2_tree.write(tmp_path, "proc/meminfo", "MemAvailable: 512000 kB\n")
    assert fall.mb == 500.0
    assert available_mb(str(tmp_path)) == 500.0


def test_memory_that_rose_is_no_negative_cost(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "proc/meminfo", "MemAvailable: 512000 kB\n")
    with MemoryFall(str(tmp_path)) as fall:
        tx2_tree.write(tmp_path, "proc/meminfo", "MemAvailable: 513000 kB\n")
    assert fall.mb == 0.0


def test_without_meminfo_the_fall_is_not_known(tmp_path: Path) -> None:
    with MemoryFall(str(tmp_path)) as fall:
        pass
    assert fall.mb is None
