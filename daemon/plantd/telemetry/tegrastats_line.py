"""One line of tegrastats to readings, and readings to such a line. Pure.

Fields come and go with the board and the release (a TX2 on R32.7 prints no frequency for the
memory controller, an Orin prints mW), so each is looked for by itself and none is expected.
Source of the format: NVIDIA L4T Development Guide R32.5, appendix "tegrastats Utility".
"""

import re
from typing import Iterator, Optional, Pattern, Tuple

from plantd.telemetry import thermal
from plantd.telemetry.interface import Core, Rail, Readings, Temperature

NAME = "tegrastats"
KB_PER_MB = 1024
RAM = re.compile(r"\bRAM (\d+)/(\d+)MB")
FREE_BLOCK = re.compile(r"\bRAM \S+ \(lfb (\d+)x(\d+)(MB|kB)\)")
SWAP = re.compile(r"\bSWAP (\d+)/(\d+)MB(?: \(cached (\d+)MB\))?")
CPU = re.compile(r"\bCPU \[([^\]]*)\](?:@(\d+))?")
# A board's line has some 500.
LINE_MAX_CHARS = 4096
# A core: "3%@345", "off", "-@345" (ours: load not known yet).
CORE = re.compile(r"^(?:(\d+)%|-)(?:@(\d+))?$")
# JetPack 7 prints "@4266": a clock without a load.
EMC = re.compile(r"\bEMC_FREQ (?:(\d+)%)?(?:@(\d+))?")
# Several GPU clusters print "0%@[306,306]".
GPU = re.compile(r"\bGR3D_FREQ (?:(\d+)%)?(?:@\[?(\d+))?")
# A zone: "GPU@35C"; JetPack 7 adds what it had at most: "gpu@51.2C/53C", "gpu@51.2/53C".
TEMPERATURE = re.compile(r"(?<!\S)([A-Za-z]\w*)@(-?\d+(?:\.\d+)?)(?:C?/-?\d+(?:\.\d+)?)?C(?!\S)")
# A rail, now and its mean: "VDD_IN 3056/3056", "VDD_IN 5299mW/5299mW", "VDD_IN 3056/-" (ours: no
# mean); JetPack 7 adds its highest: "VDD_IN 5299mW/4800mW/6100mW".
RAIL = re.compile(r"(?<!\S)([A-Z]\w*) (\d+)(?:mW)?/(?:(\d+)(?:mW)?|-)(?:/\d+(?:mW)?)?(?!\S)")


def readings_from_line(line: str) -> Readings:
    """Return what a line of tegrastats says; what it leaves out or garbles is left out."""
    if len(line) > LINE_MAX_CHARS:
        return Readings(source=NAME)
    ram, block, swap = RAM.search(line), FREE_BLOCK.search(line), SWAP.search(line)
    gpu_percent, gpu_mhz = _load(GPU, line)
    emc_percent, emc_mhz = _load(EMC, line)
    return Readings(
        source=NAME,
        ram_used_mb=int(ram.group(1)) if ram else None,
        ram_total_mb=int(ram.group(2)) if ram else None,
        largest_free_blocks=int(block.group(1)) if block else None,
        largest_free_block_kb=_kilobytes(block.group(2), block.group(3)) if block else None,
        swap_used_mb=int(swap.group(1)) if swap else None,
        swap_total_mb=int(swap.group(2)) if swap else None,
        swap_cached_mb=int(swap.group(3)) if swap and swap.group(3) else None,
        cores=tuple(_cores(line)),
        gpu_percent=gpu_percent,
        gpu_mhz=gpu_mhz,
        emc_percent=emc_percent,
        emc_mhz=emc_mhz,
        temperatures=thermal.believable(
            Temperature(zone, float(celsius)) for zone, celsius in TEMPERATURE.findall(line)
        ),
        rails=tuple(
            Rail(name, int(now), int(average) if average else None)
            for name, now, average in RAIL.findall(line)
        ),
    )


def line_from_readings(readings: Readings) -> str:
    """Return the readings as tegrastats would print them; absent fields are left out."""
    return " ".join(part for part in _parts(readings) if part)


def _parts(readings: Readings) -> Iterator[str]:
    yield _ram(readings)
    yield _swap(readings)
    if readings.cores:
        yield "CPU [{}]".format(",".join(_core(core) for core in readings.cores))
    yield _at_frequency("EMC_FREQ", readings.emc_percent, readings.emc_mhz)
    yield _at_frequency("GR3D_FREQ", readings.gpu_percent, readings.gpu_mhz)
    for zone, celsius in readings.temperatures:
        yield "{}@{:g}C".format(zone, celsius)
    for rail in readings.rails:
        average = "-" if rail.average_mw is None else str(rail.average_mw)
        yield "{} {}/{}".format(rail.name, rail.now_mw, average)


def _ram(readings: Readings) -> str:
    if readings.ram_used_mb is None or readings.ram_total_mb is None:
        return ""
    ram = "RAM {}/{}MB".format(readings.ram_used_mb, readings.ram_total_mb)
    size_kb, blocks = readings.largest_free_block_kb, readings.largest_free_blocks
    if size_kb is None or blocks is None:
        return ram
    whole_mb = size_kb % KB_PER_MB == 0
    size = "{}MB".format(size_kb // KB_PER_MB) if whole_mb else "{}kB".format(size_kb)
    return "{} (lfb {}x{})".format(ram, blocks, size)


def _swap(readings: Readings) -> str:
    if readings.swap_used_mb is None or readings.swap_total_mb is None:
        return ""
    swap = "SWAP {}/{}MB".format(readings.swap_used_mb, readings.swap_total_mb)
    if readings.swap_cached_mb is None:
        return swap
    return "{} (cached {}MB)".format(swap, readings.swap_cached_mb)


def _core(core: Core) -> str:
    if not core.online:
        return "off"
    load = "-" if core.load_percent is None else "{:.0f}%".format(core.load_percent)
    return load if core.frequency_mhz is None else "{}@{}".format(load, core.frequency_mhz)


def _at_frequency(name: str, percent: Optional[float], mhz: Optional[int]) -> str:
    load = "" if percent is None else "{:.0f}%".format(percent)
    clock = "" if mhz is None else "@{}".format(mhz)
    return "{} {}{}".format(name, load, clock) if load or clock else ""


def _load(pattern: Pattern[str], line: str) -> Tuple[Optional[float], Optional[int]]:
    found = pattern.search(line)
    if found is None:
        return None, None
    percent, mhz = found.groups()
    return float(percent) if percent else None, int(mhz) if mhz else None


def _cores(line: str) -> Iterator[Core]:
    listed = CPU.search(line)
    for item in listed.group(1).split(",") if listed else ():
        found = CORE.match(item.strip())
        if found is None:
            # "off"; what is garbled keeps its place, so that the others keep theirs.
            yield Core(online=False)
            continue
        percent, mhz = found.group(1), found.group(2) or (listed.group(2) if listed else None)
        yield Core(True, float(percent) if percent else None, int(mhz) if mhz else None)


def _kilobytes(size: str, unit: str) -> int:
    return int(size) * (KB_PER_MB if unit == "MB" else 1)
