"""Real lines of tegrastats are read leniently, and what is read can be printed again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tegrastats_samples import SAMPLES

from plantd.telemetry.interface import Core, Rail, Readings, Temperature
from plantd.telemetry.tegrastats_line import line_from_readings, readings_from_line


def test_a_tx2_line_is_read_in_full() -> None:
    off = Core(online=False)
    assert readings_from_line(SAMPLES["tx2"]) == Readings(
        source="tegrastats",
        ram_used_mb=2344,
        ram_total_mb=7852,
        largest_free_block_kb=4096,
        largest_free_blocks=1154,
        swap_used_mb=0,
        swap_total_mb=3926,
        swap_cached_mb=0,
        cores=(
            Core(True, 1, 345),
            off,
            off,
            Core(True, 1, 345),
            Core(True, 0, 345),
            Core(True, 2, 345),
        ),
        emc_percent=4,
        emc_mhz=1600,
        gpu_percent=0,
        gpu_mhz=624,
        temperatures=(
            Temperature("PLL", 37.5),
            Temperature("MCPU", 37.5),
            Temperature("Tboard", 32),
            Temperature("GPU", 35),
            Temperature("BCPU", 37.5),
            Temperature("thermal", 36.5),
            Temperature("Tdiode", 34.25),
        ),
        rails=(
            Rail("VDD_SYS_GPU", 152, 152),
            Rail("VDD_SYS_SOC", 687, 687),
            Rail("VDD_4V0_WIFI", 0, 0),
            Rail("VDD_IN", 3056, 3056),
            Rail("VDD_SYS_CPU", 152, 152),
            Rail("VDD_SYS_DDR", 883, 883),
        ),
    )


COUNTS = {
    # board: cores, those online, temperatures without the dummy, rails
    "tx2_4gb": (6, 4, 6, 0),
    "tx2_root": (6, 6, 8, 6),
    "tx2": (6, 4, 7, 6),
    "tx1": (4, 4, 7, 3),
    "nano": (4, 4, 5, 3),
    "agx_xavier": (8, 4, 7, 6),
    "xavier_nx": (6, 6, 5, 3),
    "orin": (8, 4, 9, 3),
}


@pytest.mark.parametrize("board", sorted(SAMPLES))
def test_everything_on_a_boards_line_is_found(board: str) -> None:
    readings = readings_from_line(SAMPLES[board])
    online = [core for core in readings.cores if core.online]
    found = (len(readings.cores), len(online), len(readings.temperatures), len(readings.rails))
    assert found == COUNTS[board]
    assert readings.ram_total_mb
    assert readings.ram_used_mb
    assert readings.gpu_percent is not None
    assert readings.emc_percent is not None


@pytest.mark.parametrize("board", sorted(SAMPLES))
def test_what_was_read_is_printed_and_read_again(board: str) -> None:
    readings = readings_from_line(SAMPLES[board])
    assert readings_from_line(line_from_readings(readings)) == readings


def test_a_tx2_line_is_printed_as_tegrastats_prints_it() -> None:
    line = SAMPLES["tx2"].replace(" APE 150", "").replace(" PMIC@100C", "")
    assert line_from_readings(readings_from_line(SAMPLES["tx2"])) == line


def test_milliwatts_with_their_unit_are_rails() -> None:
    assert readings_from_line(SAMPLES["orin"]).rails[0] == Rail("VDD_IN", 5299, 5299)


def test_frequencies_that_are_left_out_are_none() -> None:
    readings = readings_from_line(SAMPLES["tx2_4gb"])
    assert (readings.emc_percent, readings.emc_mhz) == (0, None)
    assert (readings.gpu_percent, readings.gpu_mhz) == (0, None)


def test_a_shared_frequency_holds_for_every_core() -> None:
    cores = readings_from_line("CPU [3%,off,5%]@1420").cores
    assert cores == (Core(True, 3, 1420), Core(False), Core(True, 5, 1420))


def test_two_gpu_clusters_and_a_time_stamp_are_understood() -> None:
    line = "11-24-2023 04:22:11 RAM 1/2MB (lfb 3x512kB) GR3D_FREQ 12%@[306,305]"
    readings = readings_from_line(line)
    assert (readings.gpu_percent, readings.gpu_mhz) == (12, 306)
    assert (readings.largest_free_blocks, readings.largest_free_block_kb) == (3, 512)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CV0@-256C CPU@43.5C GPU@-256C", [("CPU", 43.5)]),
        ("PMIC@100C tj@48C gpu@999C", [("tj", 48.0)]),
        ("cpu@47.5C/49.75C tj@50C/61C", [("cpu", 47.5), ("tj", 50.0)]),
        ("cpu@47.5/97C soc@-256C/-256C", [("cpu", 47.5)]),
        ("cpu@off gpu@C tj@12.5C/", []),
    ],
)
def test_temperatures_that_can_be_believed_are_found(text: str, expected: list) -> None:
    assert [
        tuple(zone) for zone in readings_from_line("RAM 1/2MB " + text).temperatures
    ] == expected


def test_a_rail_of_three_values_says_now_mean_and_highest() -> None:
    rails = readings_from_line(
        "VDD_GPU 6330mW/6100mW/7000mW VIN 28906/14453/30000 NC 0mW/0mW"
    ).rails
    assert rails == (Rail("VDD_GPU", 6330, 6100), Rail("VIN", 28906, 14453), Rail("NC", 0, 0))


def test_a_clock_without_a_load_is_no_load() -> None:
    readings = readings_from_line("EMC_FREQ @4266 GR3D_FREQ @[1574,1572,1570]")
    assert (readings.emc_percent, readings.emc_mhz) == (None, 4266)
    assert (readings.gpu_percent, readings.gpu_mhz) == (None, 1574)
    assert line_from_readings(readings) == "EMC_FREQ @4266 GR3D_FREQ @1574"


def test_what_is_off_is_none() -> None:
    readings = readings_from_line("CPU [0%,5%,off]@2601 EMC_FREQ off GR3D_FREQ off NVENC off")
    assert readings.cores == (Core(True, 0, 2601), Core(True, 5, 2601), Core(False))
    assert readings._replace(cores=()) == Readings(source="tegrastats")


def test_absent_fields_are_left_out_of_the_line() -> None:
    assert line_from_readings(Readings()) == ""
    assert line_from_readings(Readings(ram_used_mb=1, ram_total_mb=2)) == "RAM 1/2MB"


@pytest.mark.parametrize("form", ["RAM {}/1MB (lfb 1x4MB)", "EMC_FREQ {0}%@{0}", "GPU@{}C"])
def test_a_number_of_thousands_of_digits_is_not_read(form: str) -> None:
    assert readings_from_line(form.format("1" * 20000)) == Readings(source="tegrastats")


def test_a_load_that_is_not_known_yet_is_no_zero() -> None:
    readings = Readings(source="tegrastats", cores=(Core(True, None, 345), Core(True)))
    assert line_from_readings(readings) == "CPU [-@345,-]"
    assert readings_from_line("CPU [-@345,-]") == readings


def test_a_rail_without_an_average_is_none_too() -> None:
    readings = Readings(source="tegrastats", rails=(Rail("VDD_IN", 3056),))
    assert line_from_readings(readings) == "VDD_IN 3056/-"
    assert readings_from_line("VDD_IN 3056/-") == readings


@given(st.text())
def test_no_text_raises(line: str) -> None:
    assert readings_from_line(line).source == "tegrastats"


@given(st.data())
def test_no_truncated_or_spliced_line_raises(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(sorted(SAMPLES.values())))
    start, end = sorted(data.draw(st.integers(0, len(line))) for _ in range(2))
    readings = readings_from_line(line[:start] + line[end:])
    assert len(readings.temperatures) <= len(readings_from_line(line).temperatures) + 1
