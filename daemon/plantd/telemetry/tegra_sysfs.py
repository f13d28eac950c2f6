"""What only a Jetson has under /sys: GPU, memory controller, power rails, power mode, throttling.

The places are those of L4T R32 (kernel 4.9) on a TX2; the hwmon form of the power monitor is that
of R35. Everything is found by looking, nothing is expected: elsewhere each of these is empty.
"""

import os
import re
from typing import List, Optional, Tuple

from plantd.telemetry import kernel_files, thermal
from plantd.telemetry.interface import Rail, Temperature

# gp10b (TX2), gm20b (Nano, TX1), gv11b (Xavier), ga10b (Orin): `17000000.gp10b`, `57000000.gpu`.
GPU_DEVICE = re.compile(r"\.(g[a-z]\d\d[a-z]|gpu)$")
POWER_MODEL = re.compile(r"<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+?)\s*>")
# The driver's zones and the names tegrastats gives them: BCPU-therm is BCPU.
ZONE_SUFFIX = re.compile(r"(-therm|_tegra|-Die|-die|-fan-est|_thermal|-thermal)$")


def gpu(sysfs: str) -> Tuple[Optional[float], Optional[int]]:
    """Return the GPU's load in percent and clock in MHz. The driver's `load` is in permille."""
    devices = os.path.join(sysfs, "class", "devfreq")
    for device in kernel_files.names(devices):
        if GPU_DEVICE.search(device):
            load = kernel_files.number(devices, device, "device", "load")
            hertz = kernel_files.number(devices, device, "cur_freq")
            return None if load is None else load / 10, None if hertz is None else hertz // 1000000
    load = kernel_files.number(sysfs, "devices", "gpu.0", "load")
    return None if load is None else load / 10, None


def emc(sysfs: str) -> Tuple[Optional[float], Optional[int]]:
    """Return the memory controller's load in percent and clock in MHz (root only)."""
    kernel = os.path.join(sysfs, "kernel")
    hertz = kernel_files.number(kernel, "debug", "bpmp", "debug", "clk", "emc", "rate")
    # The activity monitor's average is in kHz of the same clock.
    busy_khz = kernel_files.number(kernel, "actmon_avg_activity", "mc_all")
    if not hertz:
        return None, None
    percent = None if busy_khz is None else round(100.0 * busy_khz * 1000 / hertz, 1)
    return percent, hertz // 1000000


def temperatures(sysfs: str) -> Tuple[Temperature, ...]:
    """Return every thermal zone that has a plausible reading."""
    found = []
    for folder in _numbered(sysfs, "thermal", "thermal_zone"):
        kind = kernel_files.text(folder, "type")
        millidegrees = kernel_files.number(folder, "temp")
        if not kind or millidegrees is None:
            continue
        found.append(Temperature(ZONE_SUFFIX.sub("", kind), round(millidegrees / 1000, 3)))
    return thermal.believable(found)


def rails(sysfs: str) -> Tuple[Rail, ...]:
    """Return the rails of the INA3221 power monitors: by iio (R32), else by hwmon (R35)."""
    found: List[Rail] = []
    buses = os.path.join(sysfs, "bus", "i2c", "devices")
    for chip in kernel_files.names(buses):
        for device in kernel_files.names(buses, chip):
            if device.startswith("iio:device"):
                found.extend(_iio_rails(os.path.join(buses, chip, device)))
    return tuple(found) or _hwmon_rails(sysfs)


def power_mode(root: str) -> Optional[str]:
    """Return nvpmodel's mode by its name, by its number where the name cannot be read.

    nvpmodel writes `pmode:0000` into its status file; its configuration names the modes.
    """
    status = kernel_files.text(root, "var", "lib", "nvpmodel", "status") or ""
    found = re.search(r"pmode:(\d+)", status)
    if found is None:
        return None
    mode = kernel_files.whole(found.group(1))
    configuration = kernel_files.text(root, "etc", "nvpmodel.conf") or ""
    # A commented line begins with "#", before the "<".
    lines = (line for line in configuration.splitlines() if line.lstrip().startswith("<"))
    found_modes = POWER_MODEL.findall("\n".join(lines))
    modes = {kernel_files.whole(number): name for number, name in found_modes}
    return None if mode is None else str(modes.get(mode, mode))


def throttling(sysfs: str) -> Optional[Tuple[str, ...]]:
    """Return the names of the cooling devices at work that take speed away; None without any.

    A fan cools too and takes nothing away.
    """
    devices = [
        (kernel_files.text(folder, "type") or "?", kernel_files.number(folder, "cur_state"))
        for folder in _numbered(sysfs, "thermal", "cooling_device")
    ]
    slowing = [(kind, state) for kind, state in devices if "fan" not in kind.lower()]
    if not slowing:
        return None
    return tuple(kind for kind, state in slowing if state)


def _numbered(sysfs: str, kind: str, prefix: str) -> List[str]:
    for parent in (
        os.path.join(sysfs, "class", kind),
        os.path.join(sysfs, "devices/virtual", kind),
    ):
        found = [name for name in kernel_files.names(parent) if name.startswith(prefix)]
        if found:
            return [os.path.join(parent, name) for name in found]
    return []


def _iio_rails(device: str) -> List[Rail]:
    found = []
    for channel in range(3):
        name = kernel_files.text(device, "rail_name_{}".format(channel))
        milliwatts = kernel_files.number(device, "in_power{}_input".format(channel))
        if name and milliwatts is not None:
            found.append(Rail(name, milliwatts))
    return found


def _hwmon_rails(sysfs: str) -> Tuple[Rail, ...]:
    found = []
    for folder in (
        os.path.join(sysfs, "class", "hwmon", name)
        for name in kernel_files.names(sysfs, "class", "hwmon")
    ):
        if kernel_files.text(folder, "name") != "ina3221":
            continue
        for channel in (1, 2, 3):
            name = kernel_files.text(folder, "in{}_label".format(channel))
            millivolts = kernel_files.number(folder, "in{}_input".format(channel))
            milliamperes = kernel_files.number(folder, "curr{}_input".format(channel))
            if name and millivolts is not None and milliamperes is not None:
                found.append(Rail(name, millivolts * milliamperes // 1000))
    return tuple(found)
