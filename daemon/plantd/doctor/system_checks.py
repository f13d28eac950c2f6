"""The machine itself: disks, memory, clock, power, heat, and what else runs on it."""

import os
import re
from typing import Dict, List, Tuple

from plantd.api.appliance import Check
from plantd.config import Config
from plantd.doctor.probes import FAILED, OK, UNSEEN, WARNING, Checked, Probes
from plantd.telemetry import kernel_files, tegra_sysfs
from plantd.telemetry.clock import Clock
from plantd.telemetry.disk import Disk, disk_of

INODES_PERCENT = 95.0
# Names of processes, as /proc/PID/comm cuts them (15 characters).
DESKTOP = re.compile(
    r"(gdm3?|lightdm|sddm|Xorg|Xwayland|gnome-shell|compiz|unity-.*|kwin_.*|lxsession|weston)$"
)
SLOW_GOVERNORS = ("powersave",)


def disks(probes: Probes) -> Checked:
    """Room, inodes, and whether it can be written at all."""
    paths = probes.known.paths
    for name in ("state", "log"):
        yield disk_check(disk_of(name, probes.at(getattr(paths, name))), probes.known)


def disk_check(disk: Disk, config: Config) -> Check:
    """Return what one file system deserves to have said."""
    ident, reserve = "disk." + disk.name, config.record.reserve_mb
    if disk.free_mb is None:
        return Check(ident, UNSEEN, "the file system of {} gives no answer".format(disk.path), "")
    room = "{} MB of {} free at {}".format(disk.free_mb, disk.total_mb, disk.path)
    if disk.read_only:
        remedy = "dmesg says why; sudo mount -o remount,rw; replace the card if it comes back"
        return Check(ident, FAILED, "read-only: " + room, remedy)
    if disk.inodes_used_percent is not None and disk.inodes_used_percent > INODES_PERCENT:
        seen = "{:.0f} % of the inodes are used at {}".format(disk.inodes_used_percent, disk.path)
        return Check(ident, WARNING, seen, "remove small files; lower record.keep_mb")
    if disk.free_mb < reserve:
        remedy = "free space, or lower record.keep_mb; the record gives room by itself as it can"
        return Check(
            ident, WARNING, "{}, less than record.reserve_mb, {}".format(room, reserve), remedy
        )
    return Check(ident, OK, room)


def clock(probes: Probes) -> Checked:
    """Whether anybody vouches for the wall clock. Nothing of plantd depends on it."""
    said = Clock(probes.root).synchronisation()
    if said.synchronised:
        yield Check("clock", OK, "synchronised, says {}".format(said.said_by))
        return
    yield Check(
        "clock",
        OK,
        "not synchronised, as usual without a network: verdicts say so, and are told apart by "
        "boot, sequence and monotonic time ('sudo date -s' sets it)",
    )


def memory(probes: Probes) -> Checked:
    """Memory that is left."""
    found = kernel_files.kilobytes(probes.root, "proc", "meminfo")
    available, total = found.get("MemAvailable"), found.get("MemTotal")
    if available is None or total is None:
        yield Check("memory", UNSEEN, "/proc/meminfo cannot be read", "")
        return
    seen = "{} MB of {} available".format(available // 1024, total // 1024)
    limit = probes.known.limits.available_mb
    if available // 1024 < limit:
        seen += ", less than limits.available_mb, {}".format(limit)
        yield Check("memory", WARNING, seen, "end other programs; see desktop below")
    else:
        yield Check("memory", OK, seen)


def swap(probes: Probes) -> Checked:
    """Swap: building a plan may need it, answering does not."""
    total = kernel_files.kilobytes(probes.root, "proc", "meminfo").get("SwapTotal")
    if total is None:
        yield Check("swap", UNSEEN, "/proc/meminfo cannot be read", "")
    elif total == 0 and probes.known.engine.backend == "tensorrt":
        remedy = "sudo fallocate -l 4G /swapfile; sudo mkswap /swapfile; sudo swapon /swapfile"
        seen = "no swap: building a plan may be ended for lack of memory"
        yield Check("swap", WARNING, seen, remedy)
    else:
        yield Check("swap", OK, "{} MB".format(total // 1024))


def power_mode(probes: Probes) -> Checked:
    """nvpmodel's mode; plantd never changes it."""
    mode = tegra_sysfs.power_mode(probes.root)
    if mode is not None:
        yield Check("power-mode", OK, "nvpmodel {}; 'sudo nvpmodel -q' tells more".format(mode))
    elif probes.is_jetson:
        yield Check("power-mode", UNSEEN, "nvpmodel's status cannot be read", "sudo nvpmodel -q")
    else:
        yield Check("power-mode", OK, "no nvpmodel: this is not a Jetson")


def desktop(probes: Probes) -> Checked:
    """A desktop that nobody looks at takes memory from the model."""
    found = desktop_programs(probes)
    if not found:
        yield Check("desktop", OK, "none runs")
        return
    taken = sum(found.values())
    seen = "a desktop runs ({}) and takes about {} MB".format(", ".join(sorted(found)), taken)
    remedy = "sudo systemctl set-default multi-user.target, then reboot"
    yield Check("desktop", WARNING, seen, remedy)


def desktop_programs(probes: Probes) -> Dict[str, int]:
    """Return the programs of a desktop that run, with their resident memory in MB."""
    found: Dict[str, int] = {}
    for pid in kernel_files.names(probes.root, "proc"):
        name = probes.text("proc", pid, "comm") if pid.isdigit() else None
        if name is not None and DESKTOP.match(name):
            status = kernel_files.kilobytes(probes.root, "proc", pid, "status")
            found[name] = found.get(name, 0) + status.get("VmRSS", 0) // 1024
    return found


def governor(probes: Probes) -> Checked:
    """How the processor chooses its clock."""
    cpus = os.path.join(probes.root, "sys/devices/system/cpu")
    found = governors(cpus)
    if not found:
        yield Check("governor", OK, "this kernel has no frequency governor")
        return
    drivers = {driver for _, driver in found}
    names = sorted({name for name, _ in found})
    # With intel_pstate in active mode "powersave" is the ordinary, dynamic one.
    if set(names) & set(SLOW_GOVERNORS) and not any("intel" in driver for driver in drivers):
        remedy = "sudo jetson_clocks, or echo schedutil to each scaling_governor"
        yield Check("governor", WARNING, "{}: clocks stay low".format(", ".join(names)), remedy)
    else:
        yield Check("governor", OK, ", ".join(names))


def governors(cpus: str) -> List[Tuple[str, str]]:
    """Return (governor, driver) of every processor that has one."""
    found = []
    for name in kernel_files.names(cpus):
        folder = os.path.join(cpus, name, "cpufreq")
        chosen = kernel_files.text(folder, "scaling_governor")
        if re.match(r"cpu\d+$", name) and chosen:
            found.append((chosen, kernel_files.text(folder, "scaling_driver") or ""))
    return found


def heat(probes: Probes) -> Checked:
    """Temperatures, and what slows the device down for them."""
    sysfs = os.path.join(probes.root, "sys")
    zones, slowed = tegra_sysfs.temperatures(sysfs), tegra_sysfs.throttling(sysfs)
    if slowed:
        seen = "the kernel slows the device down: " + ", ".join(slowed)
        yield Check("heat", WARNING, seen, "shade and air; a fan; a smaller nvpmodel mode")
        return
    if not zones:
        yield Check("heat", UNSEEN, "this kernel shows no temperature", "")
        return
    hottest = max(zones, key=lambda zone: zone.celsius)
    seen = "{} is the hottest: {:.0f} C".format(hottest.zone, hottest.celsius)
    limit = probes.known.limits.temperature_c
    if hottest.celsius > limit:
        seen += ", more than limits.temperature_c, {:g}".format(limit)
        yield Check("heat", WARNING, seen, "shade and air; a fan; a smaller nvpmodel mode")
    else:
        yield Check("heat", OK, seen)
