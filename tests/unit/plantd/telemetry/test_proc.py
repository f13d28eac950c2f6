"""The default source reads a TX2's tree in full, and any part of it may be missing."""

import json
import os
import shutil
from pathlib import Path

import pytest
from support import tx2_tree

from plantd.telemetry.interface import OK, Core, Rail, Readings, SourceState, Temperature
from plantd.telemetry.proc import ProcSource, largest_free_block
from plantd.telemetry.readings_json import json_from_readings
from plantd.telemetry.tegrastats_line import line_from_readings


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tx2_tree.build(tmp_path)


def read(tree: Path) -> Readings:
    with ProcSource(str(tree)) as source:
        return source.read()


def test_a_tx2_is_read_in_full(tree: Path) -> None:
    unread = Core(True, None, 1113)
    assert read(tree) == Readings(
        source="proc",
        ram_total_mb=7852,
        ram_used_mb=2344,
        ram_available_mb=5508,
        largest_free_block_kb=4096,
        largest_free_blocks=1154,
        swap_total_mb=3926,
        swap_used_mb=99,
        swap_cached_mb=2,
        cores=(unread, Core(False), Core(False), unread, unread, unread),
        load_average=(0.52, 0.58, 0.59),
        gpu_percent=37.5,
        gpu_mhz=1134,
        emc_percent=4.0,
        emc_mhz=1600,
        temperatures=(
            Temperature("BCPU", 37.5),
            Temperature("MCPU", 37.5),
            Temperature("GPU", 35.0),
            Temperature("PLL", 37.5),
            Temperature("Tboard", 32.0),
            Temperature("Tdiode", 34.25),
            Temperature("thermal", 36.5),
        ),
        rails=(
            Rail("VDD_SYS_GPU", 152, 152),
            Rail("VDD_SYS_SOC", 687, 687),
            Rail("VDD_4V0_WIFI", 0, 0),
            Rail("VDD_IN", 3056, 3056),
            Rail("VDD_SYS_CPU", 152, 152),
            Rail("VDD_SYS_DDR", 883, 883),
        ),
        power_mode="MAXP_CORE_ARM",
        throttling=(),
        uptime_s=8123.2,
    )


def test_a_tx2_prints_as_a_line_of_tegrastats(tree: Path) -> None:
    assert line_from_readings(read(tree)) == (
        "RAM 2344/7852MB (lfb 1154x4MB) SWAP 99/3926MB (cached 2MB) "
        "CPU [-@1113,off,off,-@1113,-@1113,-@1113] EMC_FREQ 4%@1600 GR3D_FREQ 38%@1134 "
        "BCPU@37.5C MCPU@37.5C GPU@35C PLL@37.5C Tboard@32C Tdiode@34.25C thermal@36.5C "
        "VDD_SYS_GPU 152/152 VDD_SYS_SOC 687/687 VDD_4V0_WIFI 0/0 VDD_IN 3056/3056 "
        "VDD_SYS_CPU 152/152 VDD_SYS_DDR 883/883"
    )


def test_an_empty_root_gives_empty_readings(tmp_path: Path) -> None:
    assert read(tmp_path) == Readings(source="proc")


MEMORY = "ram_total_mb ram_used_mb ram_available_mb swap_total_mb swap_used_mb swap_cached_mb"
THERMAL = "temperatures throttling"
LOST = {
    "proc/meminfo": MEMORY,
    "proc/buddyinfo": "largest_free_block_kb largest_free_blocks",
    "proc/loadavg": "load_average",
    "proc/uptime": "uptime_s",
    "sys/devices/17000000.gp10b": "gpu_percent gpu_mhz",
    "sys/class": "gpu_percent gpu_mhz " + THERMAL,
    "sys/class/thermal": THERMAL,
    "sys/bus": "rails",
    "sys/kernel/debug": "emc_percent emc_mhz",
    "sys/kernel/actmon_avg_activity": "emc_percent",
    "var": "power_mode",
}


@pytest.mark.parametrize("gone", sorted(LOST))
def test_what_is_missing_takes_nothing_else_with_it(tree: Path, gone: str) -> None:
    before = read(tree)
    path = tree / gone
    shutil.rmtree(str(path)) if path.is_dir() else path.unlink()
    nothing = Readings()
    lost = {field: getattr(nothing, field) for field in LOST[gone].split()}
    assert read(tree) == before._replace(**lost)


def test_without_a_list_of_cores_those_that_count_ticks_are_shown(tree: Path) -> None:
    for name in ("online", "present"):
        (tree / "sys/devices/system/cpu" / name).unlink()
    assert read(tree).cores == (Core(True, None, 1113),) * 4


def test_garbage_in_every_file_is_nothing_read(tree: Path) -> None:
    for folder, _, files in os.walk(str(tree)):
        for name in files:
            Path(folder, name).write_bytes(b"\xff\x00 -,@\n\n:")
    readings = read(tree)
    assert readings._replace(throttling=None, temperatures=(), rails=()) == Readings(source="proc")


@pytest.mark.parametrize(
    "odd",
    ["nan inf -inf", "\u00b2", "0-99999999999", "1" * 400, "cpu0 \u00b2 1 1 1 1", "a: \u00b2"],
)
def test_numbers_that_are_none_are_not_read(tree: Path, odd: str) -> None:
    for folder, _, files in os.walk(str(tree)):
        for name in files:
            Path(folder, name).write_text(odd, encoding="utf-8")
    readings = read(tree)
    assert len(readings.cores) <= 8192
    told = json_from_readings(readings._replace(cores=()))
    assert "1111" not in json.dumps(dict(told, temperatures_c={}, throttling=[]), allow_nan=False)


def test_the_load_is_measured_between_two_reads(tree: Path) -> None:
    with ProcSource(str(tree)) as source:
        tx2_tree.write(tree, "proc/stat", tx2_tree.stat(busy=1025, idle=9075))
        assert [core.load_percent for core in source.read().cores if core.online] == [25.0] * 4


def test_two_reads_close_together_keep_the_last_load(tree: Path) -> None:
    with ProcSource(str(tree)) as source:
        tx2_tree.write(tree, "proc/stat", tx2_tree.stat(busy=1025, idle=9075))
        source.read()
        tx2_tree.write(tree, "proc/stat", tx2_tree.stat(busy=1026, idle=9075))
        assert source.read().cores[0].load_percent == 25.0


def test_a_core_that_comes_back_has_no_load_yet(tree: Path) -> None:
    with ProcSource(str(tree)) as source:
        tx2_tree.write(tree, "proc/stat", tx2_tree.stat(busy=1025, idle=9075, cores="01345"))
        tx2_tree.write(tree, "sys/devices/system/cpu/online", "0-1,3-5")
        assert source.read().cores[1] == Core(True, None, 1113)


def test_a_rails_average_is_the_mean_of_the_reads(tree: Path) -> None:
    with ProcSource(str(tree)) as source:
        source.read()
        tx2_tree.write(tree, "sys/bus/i2c/devices/0-0041/iio:device1/in_power0_input", "5056")
        assert Rail("VDD_IN", 5056, 4056) in source.read().rails


def test_a_hwmon_power_monitor_is_read_where_there_is_no_iio(tmp_path: Path) -> None:
    for name, text in (("name", "ina3221"), ("in1_label", "VDD_IN"), ("in1_input", "5000")):
        tx2_tree.write(tmp_path, "sys/class/hwmon/hwmon3/" + name, text + "\n")
    tx2_tree.write(tmp_path, "sys/class/hwmon/hwmon3/curr1_input", "1060\n")
    assert read(tmp_path).rails == (Rail("VDD_IN", 5300, 5300),)


def test_thermal_zones_are_found_below_the_virtual_devices_too(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "sys/devices/virtual/thermal/thermal_zone0/type", "GPU-therm")
    tx2_tree.write(tmp_path, "sys/devices/virtual/thermal/thermal_zone0/temp", "35000")
    assert read(tmp_path).temperatures == (Temperature("GPU", 35.0),)


def test_a_cooling_device_at_work_is_throttling_but_a_fan_is_not(tree: Path) -> None:
    assert read(tree).throttling == ()
    tx2_tree.write(tree, "sys/class/thermal/cooling_device1/cur_state", "2\n")
    assert read(tree).throttling == ("cpu-balanced",)


def test_a_device_with_nothing_but_a_fan_does_not_claim_to_run_freely(tree: Path) -> None:
    for number in (1, 2):
        shutil.rmtree(str(tree / "sys/class/thermal/cooling_device{}".format(number)))
    assert read(tree).throttling is None


def test_a_power_mode_without_a_name_is_its_number(tree: Path) -> None:
    (tree / "etc/nvpmodel.conf").unlink()
    assert read(tree).power_mode == "3"


def test_the_gpu_of_an_older_name_is_read(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "sys/devices/gpu.0/load", "990\n")
    assert (read(tmp_path).gpu_percent, read(tmp_path).gpu_mhz) == (99.0, None)


def test_the_largest_free_block_counts_all_zones() -> None:
    page_kb = os.sysconf("SC_PAGE_SIZE") // 1024
    info = "Node 0, zone DMA 1 2 0\nNode 0, zone Normal 4 5 0\n"
    assert largest_free_block(info) == (2 * page_kb, 7)
    assert largest_free_block("nonsense") == (None, None)


def test_this_machine_can_be_read() -> None:
    with ProcSource() as source:
        readings = source.read()
        assert source.state() == SourceState("proc", OK)
    assert readings.ram_total_mb
    assert readings.ram_available_mb
    assert readings.cores
    assert readings.uptime_s
    assert readings.ram_used_mb < readings.ram_total_mb
