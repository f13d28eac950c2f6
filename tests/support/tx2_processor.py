"""A TX2's processor as Linux shows it: /proc/cpuinfo and /sys/devices/system/cpu, under a folder.

Source: /proc/cpuinfo as published of a TX2 (L4T R32, kernel 4.9); topology and caches are drawn
from NVIDIA's description of Parker: no board's own tree was at hand.
usage: python3 tests/support/tx2_processor.py FOLDER POWER_MODE
"""

import sys
from pathlib import Path
from typing import Iterable, List, NamedTuple, Tuple

CORES = 6
# nvpmodel's modes by the cores that each leaves on; core 0 cannot be switched off.
POWER_MODES = {
    "MAXN": (0, 1, 2, 3, 4, 5),
    "MAXP_CORE_ARM": (0, 3, 4, 5),
    "MAXP_CORE_DENVER": (0, 1),
}


class Cluster(NamedTuple):
    """Cores of one kind, which share a second-level cache of 2 MB."""

    number: int
    cores: Tuple[int, ...]
    identity: str
    data_kb: int
    instructions_kb: int


_IDENTITY = """\
model name\t: ARMv8 Processor rev {revision} (v8l)
BogoMIPS\t: 62.50
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32
CPU implementer\t: {implementer}
CPU architecture: 8
CPU variant\t: {variant}
CPU part\t: {part}
CPU revision\t: {revision}
"""
CORTEX_A57 = Cluster(
    0,
    (0, 3, 4, 5),
    _IDENTITY.format(implementer="0x41", variant="0x1", part="0xd07", revision=3),
    data_kb=32,
    instructions_kb=48,
)
DENVER = Cluster(
    1,
    (1, 2),
    _IDENTITY.format(implementer="0x4e", variant="0x0", part="0x003", revision=0)
    + "MTS version\t: 37620520\n",
    data_kb=64,
    instructions_kb=128,
)


def draw(root: Path, power_mode: str) -> None:
    """Write what the kernel shows of the processor in this power mode below `root`."""
    on = POWER_MODES[power_mode]
    cpus = root / "sys" / "devices" / "system" / "cpu"
    for name, cores in (
        ("possible", range(CORES)),
        ("present", range(CORES)),
        ("online", on),
        ("offline", sorted(set(range(CORES)) - set(on))),
    ):
        _write(cpus / name, _ranges(cores))
    _write(root / "proc" / "cpuinfo", "\n".join(_cpuinfo(core) for core in on))
    for core in range(CORES):
        _write(cpus / "cpu{}".format(core) / "online", str(int(core in on)))
        # Of a core that is off the kernel shows neither its place nor its caches.
        if core in on:
            _core(cpus / "cpu{}".format(core), core, on)


def _cluster(core: int) -> Cluster:
    return DENVER if core in DENVER.cores else CORTEX_A57


def _cpuinfo(core: int) -> str:
    return "processor\t: {}\n{}".format(core, _cluster(core).identity)


def _core(folder: Path, core: int, on: Iterable[int]) -> None:
    cluster = _cluster(core)
    beside = [other for other in cluster.cores if other in on]
    topology = folder / "topology"
    _write(topology / "physical_package_id", str(cluster.number))
    _write(topology / "core_id", str(cluster.cores.index(core)))
    _write(topology / "core_siblings", _mask(beside))
    _write(topology / "core_siblings_list", _ranges(beside))
    _write(topology / "thread_siblings", _mask([core]))
    _write(topology / "thread_siblings_list", _ranges([core]))
    _write(folder / "cpufreq" / "cpuinfo_max_freq", "2035200")
    _write(folder / "cpufreq" / "cpuinfo_min_freq", "345600")
    for index, (level, kind, size_kb, shared) in enumerate(
        (
            (1, "Data", cluster.data_kb, [core]),
            (1, "Instruction", cluster.instructions_kb, [core]),
            (2, "Unified", 2048, beside),
        )
    ):
        cache = folder / "cache" / "index{}".format(index)
        _write(cache / "level", str(level))
        _write(cache / "type", kind)
        _write(cache / "size", "{}K".format(size_kb))
        _write(cache / "coherency_line_size", "64")
        _write(cache / "shared_cpu_map", _mask(shared))
        _write(cache / "shared_cpu_list", _ranges(shared))


def _mask(cores: Iterable[int]) -> str:
    return "{:02x}".format(sum(1 << core for core in cores))


def _ranges(cores: Iterable[int]) -> str:
    """Return the kernel's way to write a list of cores: 0,3-5."""
    runs: List[List[int]] = []
    for core in cores:
        if runs and runs[-1][-1] == core - 1:
            runs[-1].append(core)
        else:
            runs.append([core])
    return ",".join(
        str(run[0]) if len(run) == 1 else "{}-{}".format(run[0], run[-1]) for run in runs
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n")


if __name__ == "__main__":
    draw(Path(sys.argv[1]), sys.argv[2])
