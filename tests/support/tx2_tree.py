"""A TX2's /proc, /sys, /etc and /var as far as telemetry reads them, under a folder of its own.

The names are those of L4T R32 (kernel 4.9). The figures are made up, but that they are all there
is the point: each test takes away or changes what it is about.
"""

from pathlib import Path

from support import tx2_processor

GPU = "sys/devices/17000000.gp10b"
RAILS = {
    "0-0040": (0, (("VDD_SYS_GPU", 152), ("VDD_SYS_SOC", 687), ("VDD_4V0_WIFI", 0))),
    "0-0041": (1, (("VDD_IN", 3056), ("VDD_SYS_CPU", 152), ("VDD_SYS_DDR", 883))),
}
ZONES = (
    ("BCPU-therm", 37500),
    ("MCPU-therm", 37500),
    ("GPU-therm", 35000),
    ("PLL-therm", 37500),
    ("Tboard_tegra", 32000),
    ("Tdiode_tegra", 34250),
    ("PMIC-Die", 100000),
    ("thermal-fan-est", 36500),
)
CORES = tx2_processor.CORES
MEMINFO_KB = {
    "MemTotal": 8040448,
    "MemFree": 4193280,
    "MemAvailable": 5640192,
    "SwapTotal": 4020224,
    "SwapFree": 3918848,
    "SwapCached": 2048,
}


def write(root: Path, path: str, text: str) -> None:
    """Write one file of the tree."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def build(root: Path) -> Path:
    """Build the whole tree below `root` and return it."""
    _memory(root)
    _cpu(root)
    _gpu_and_emc(root)
    _thermal(root)
    _rails(root)
    write(root, "etc/nvpmodel.conf", NVPMODEL)
    write(root, "var/lib/nvpmodel/status", "pmode:0003\n")
    write(root, "proc/sys/kernel/random/boot_id", "7f0c6c8e-2d43-4b0e-9f0a-0a7f5a6d1c11\n")
    return root


def stat(busy: int, idle: int, cores: str = "0345") -> str:
    """Return a /proc/stat in which every core has spent so many ticks."""
    line = "{} {} 0 0 {} 0 0 0 0 0 0\n"
    lines = [line.format("cpu" + core, busy, idle) for core in cores]
    return line.format("cpu ", len(cores) * busy, len(cores) * idle) + "".join(lines)


NVPMODEL = """\
# < POWER_MODEL ID=3 NAME=COMMENTED_OUT >
< POWER_MODEL ID=0 NAME=MAXN >
CPU_ONLINE CORE_1 1
< POWER_MODEL ID=3 NAME=MAXP_CORE_ARM >
CPU_ONLINE CORE_1 0
< PM_CONFIG DEFAULT=0 >
"""


def _memory(root: Path) -> None:
    lines = ["{}: {} kB\n".format(name, size) for name, size in MEMINFO_KB.items()]
    write(root, "proc/meminfo", "".join(lines))
    write(
        root,
        "proc/buddyinfo",
        "Node 0, zone      DMA    10   9   8   7   6   5   4   3   2   1   900\n"
        "Node 0, zone   Normal    20  19  18  17  16  15  14  13  12  11   254\n",
    )
    write(root, "proc/loadavg", "0.52 0.58 0.59 2/301 4711\n")
    write(root, "proc/uptime", "8123.20 30211.17\n")


def _cpu(root: Path) -> None:
    write(root, "proc/stat", stat(busy=1000, idle=9000))
    tx2_processor.draw(root, "MAXP_CORE_ARM")
    for core in range(CORES):
        path = "sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq".format(core)
        write(root, path, "1113600\n")


def _gpu_and_emc(root: Path) -> None:
    write(root, GPU + "/load", "375\n")
    write(root, GPU + "/devfreq/17000000.gp10b/cur_freq", "1134750000\n")
    (root / GPU / "devfreq/17000000.gp10b/device").symlink_to("../..")
    classes = root / "sys/class/devfreq"
    classes.mkdir(parents=True)
    device = "17000000.gp10b/devfreq/17000000.gp10b"
    (classes / "17000000.gp10b").symlink_to("../../devices/" + device)
    write(root, "sys/kernel/debug/bpmp/debug/clk/emc/rate", "1600000000\n")
    write(root, "sys/kernel/actmon_avg_activity/mc_all", "64000\n")


def _thermal(root: Path) -> None:
    for number, (kind, millidegrees) in enumerate(ZONES):
        folder = "sys/class/thermal/thermal_zone{}/".format(number)
        write(root, folder + "type", kind + "\n")
        write(root, folder + "temp", "{}\n".format(millidegrees))
    for number, (kind, state) in enumerate((("pwm-fan", 3), ("cpu-balanced", 0), ("gpu", 0))):
        folder = "sys/class/thermal/cooling_device{}/".format(number)
        write(root, folder + "type", kind + "\n")
        write(root, folder + "cur_state", "{}\n".format(state))


def _rails(root: Path) -> None:
    for chip, (device, rails) in RAILS.items():
        folder = "sys/bus/i2c/devices/{}/iio:device{}/".format(chip, device)
        for channel, (name, milliwatts) in enumerate(rails):
            write(root, folder + "rail_name_{}".format(channel), name + "\n")
            write(root, folder + "in_power{}_input".format(channel), "{}\n".format(milliwatts))
