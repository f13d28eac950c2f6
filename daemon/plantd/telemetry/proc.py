"""The default source: /proc, /sys and nvpmodel's files, read directly.

Both roots can be moved, so that the tests read a TX2's tree on any machine. Reading needs no
right of its own but one: the memory controller's clock lies in debugfs, which only root reads.
"""

import os
from threading import Lock
from typing import Dict, List, NamedTuple, Optional, Tuple

from plantd.telemetry import kernel_files, tegra_sysfs
from plantd.telemetry.interface import OK, Core, Rail, Readings, SourceState, TelemetrySource

NAME = "proc"
KB_PER_MB = 1024
# Below this many clock ticks between two reads a load is noise: the last one stands.
TICKS_MIN = 20


class Ticks(NamedTuple):
    """A core's clock ticks since boot, from /proc/stat."""

    busy: int
    total: int


class RailSum(NamedTuple):
    """A rail's power over all reads so far."""

    reads: int
    total_mw: int


class ProcSource(TelemetrySource):
    """Reads the files of the kernel whenever it is asked."""

    def __init__(self, root: str = "/") -> None:
        """Args: where `proc`, `sys`, `etc` and `var` are found."""
        self._root = root
        self._proc = os.path.join(root, "proc")
        self._sys = os.path.join(root, "sys")
        self._lock = Lock()
        self._ticks: Dict[int, Ticks] = {}
        self._loads: Dict[int, float] = {}
        self._rail_sums: Dict[str, RailSum] = {}

    def open(self) -> None:
        """Take the first count of clock ticks, which the first load is measured from."""
        with self._lock:
            self._ticks = self._ticks or ticks_by_core(self._proc)

    def read(self) -> Readings:
        """Read everything now."""
        memory = kernel_files.kilobytes(self._proc, "meminfo")
        block_kb, blocks = largest_free_block(kernel_files.text(self._proc, "buddyinfo"))
        gpu_percent, gpu_mhz = tegra_sysfs.gpu(self._sys)
        emc_percent, emc_mhz = tegra_sysfs.emc(self._sys)
        return Readings(
            source=NAME,
            ram_total_mb=_mb(memory.get("MemTotal")),
            ram_used_mb=_mb(_difference(memory, "MemTotal", "MemAvailable")),
            ram_available_mb=_mb(memory.get("MemAvailable")),
            largest_free_block_kb=block_kb,
            largest_free_blocks=blocks,
            swap_total_mb=_mb(memory.get("SwapTotal")),
            swap_used_mb=_mb(_difference(memory, "SwapTotal", "SwapFree")),
            swap_cached_mb=_mb(memory.get("SwapCached")),
            cores=self._cores(),
            load_average=load_average(kernel_files.text(self._proc, "loadavg")),
            gpu_percent=gpu_percent,
            gpu_mhz=gpu_mhz,
            emc_percent=emc_percent,
            emc_mhz=emc_mhz,
            temperatures=tegra_sysfs.temperatures(self._sys),
            rails=self._rails(),
            power_mode=tegra_sysfs.power_mode(self._root),
            throttling=tegra_sysfs.throttling(self._sys),
            uptime_s=uptime_s(kernel_files.text(self._proc, "uptime")),
        )

    def state(self) -> SourceState:
        """Return OK: files that are missing are fields that are missing."""
        return SourceState(NAME, OK)

    def close(self) -> None:
        """Nothing is held."""

    def _cores(self) -> Tuple[Core, ...]:
        with self._lock:
            ticks = ticks_by_core(self._proc)
            self._measure_loads(ticks)
            cpus = os.path.join(self._sys, "devices", "system", "cpu")
            online = kernel_files.range_list(kernel_files.text(cpus, "online")) or sorted(ticks)
            present = kernel_files.range_list(kernel_files.text(cpus, "present")) or online
            return tuple(
                Core(True, self._loads.get(core), _frequency_mhz(cpus, core))
                if core in online
                else Core(False)
                for core in present
            )

    def _rails(self) -> Tuple[Rail, ...]:
        """Return each rail with its mean over all reads, as tegrastats gives it."""
        with self._lock:
            return tuple(self._averaged(rail) for rail in tegra_sysfs.rails(self._sys))

    def _averaged(self, rail: Rail) -> Rail:
        before = self._rail_sums.get(rail.name, RailSum(0, 0))
        now = RailSum(before.reads + 1, before.total_mw + rail.now_mw)
        self._rail_sums[rail.name] = now
        return rail._replace(average_mw=now.total_mw // now.reads)

    def _measure_loads(self, ticks: Dict[int, Ticks]) -> None:
        for core, now in ticks.items():
            before = self._ticks.get(core)
            if before is None or now.total < before.total:
                self._ticks[core] = now
            elif now.total - before.total >= TICKS_MIN:
                share = (now.busy - before.busy) / (now.total - before.total)
                self._loads[core] = round(100 * min(1.0, max(0.0, share)), 1)
                self._ticks[core] = now


def ticks_by_core(proc: str) -> Dict[int, Ticks]:
    """Return each core's ticks from /proc/stat (user nice system idle iowait irq softirq steal)."""
    found = {}
    for line in (kernel_files.text(proc, "stat") or "").splitlines():
        words = line.split()
        core = words[0][len("cpu") :] if words and words[0].startswith("cpu") else ""
        number, counts = kernel_files.whole(core), _numbers(words[1:9])
        if number is not None and len(counts) >= 4:
            total = sum(counts)
            found[number] = Ticks(total - sum(counts[3:5]), total)
    return found


def largest_free_block(buddyinfo: Optional[str]) -> Tuple[Optional[int], Optional[int]]:
    """Return (size in kB, how many) of the largest free blocks; (None, None) when unknown.

    A line counts the free blocks of one zone by order: column n holds those of 2^n pages.
    """
    counts: List[int] = []
    for line in (buddyinfo or "").splitlines():
        _, zone, rest = line.partition("zone")
        orders = _numbers(rest.split()[1:]) if zone else []
        counts += [0] * (len(orders) - len(counts))
        for order, count in enumerate(orders):
            counts[order] += count
    page_kb = os.sysconf("SC_PAGE_SIZE") // 1024
    for order in range(len(counts) - 1, -1, -1):
        if counts[order]:
            return page_kb << order, counts[order]
    return None, None


def load_average(loadavg: Optional[str]) -> Optional[Tuple[float, float, float]]:
    """Return the load over 1, 5 and 15 minutes."""
    found = [kernel_files.finite(word) for word in (loadavg or "").split()[:3]]
    one, five, fifteen = found if len(found) == 3 else (None, None, None)
    if one is None or five is None or fifteen is None:
        return None
    return one, five, fifteen


def uptime_s(uptime: Optional[str]) -> Optional[float]:
    """Return the first number of /proc/uptime."""
    return kernel_files.finite(((uptime or "").split() or [""])[0])


def _frequency_mhz(cpus: str, core: int) -> Optional[int]:
    khz = kernel_files.number(cpus, "cpu{}".format(core), "cpufreq", "scaling_cur_freq")
    return None if khz is None else khz // 1000


def _numbers(words: List[str]) -> List[int]:
    return [number for number in map(kernel_files.whole, words) if number is not None]


def _difference(memory: Dict[str, int], whole: str, part: str) -> Optional[int]:
    if whole not in memory or part not in memory:
        return None
    return memory[whole] - memory[part]


def _mb(kilobytes: Optional[int]) -> Optional[int]:
    return None if kilobytes is None else kilobytes // KB_PER_MB
