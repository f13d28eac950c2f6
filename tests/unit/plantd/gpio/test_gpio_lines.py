"""The wrapper of python-periphery: what it says where there is no chip, and what it does on one."""

import os
import time
from typing import Callable

import pytest
from support.gpio_sim import WHERE_IT_RUNS, sim_line

from plantd.errors import NotFoundError, UnavailableError
from plantd.gpio.lines import InputLine, LevelLine, OutputLine, age_s, chip_by_label, chips


def test_a_label_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(NotFoundError, match="no GPIO chip is labelled 'no-such'; this machine has"):
        chip_by_label("no-such")


def test_every_listed_chip_has_a_label_and_lines() -> None:
    there = chips()
    if not there:
        pytest.skip(WHERE_IT_RUNS)
    assert all(chip.label and chip.lines > 0 and os.path.exists(chip.path) for chip in there)


@pytest.mark.parametrize("abi", [1, 2])
def test_an_input_tells_edges_with_their_ages_and_reads_the_level(abi: int) -> None:
    sim = sim_line(161)
    sim.pull.write_text("pull-up")
    line = InputLine(sim.place.chip, sim.place.line, abi)
    try:
        assert line.read() is True
        assert line.edges() == []
        began = time.monotonic()
        for pull in ("pull-down", "pull-up", "pull-down"):
            sim.pull.write_text(pull)
        edges = line.edges()
        assert [edge.high for edge in edges] == [False, True, False]
        assert all(0.0 <= edge.age_s <= time.monotonic() - began + 0.01 for edge in edges)
        assert line.read() is False
    finally:
        line.close()
        line.close()
        sim.pull.write_text("pull-up")


@pytest.mark.parametrize("abi", [1, 2])
def test_a_level_is_read_without_asking_for_edges(abi: int) -> None:
    sim = sim_line(161)
    line = LevelLine(sim.place.chip, sim.place.line, abi)
    try:
        for pull, high in (("pull-up", True), ("pull-down", False), ("pull-up", True)):
            sim.pull.write_text(pull)
            assert line.read() is high
    finally:
        line.close()
        line.close()


@pytest.mark.parametrize("abi", [1, 2])
def test_edges_beyond_what_the_kernel_keeps_leave_the_level_right(abi: int) -> None:
    sim = sim_line(161)
    sim.pull.write_text("pull-up")
    line = InputLine(sim.place.chip, sim.place.line, abi)
    try:
        for _ in range(50):
            sim.pull.write_text("pull-down")
            sim.pull.write_text("pull-up")
        sim.pull.write_text("pull-down")
        assert len(line.edges()) < 101
        assert line.read() is False
    finally:
        line.close()
        sim.pull.write_text("pull-up")


@pytest.mark.parametrize("clock", [time.monotonic, time.time])
def test_an_age_is_told_whichever_clock_the_kernel_stamps_with(
    clock: Callable[[], float],
) -> None:
    began = time.monotonic()
    stamp_ns = int((clock() - 2.0) * 1e9)
    assert 1.9 <= age_s(stamp_ns) <= 2.1 + time.monotonic() - began


def test_a_stamp_of_the_future_is_now() -> None:
    assert age_s(int((time.monotonic() + 3.0) * 1e9)) == 0.0


@pytest.mark.parametrize("abi", [1, 2])
@pytest.mark.parametrize("active_low", [False, True])
def test_an_output_is_dark_until_it_is_told(abi: int, active_low: bool) -> None:
    sim = sim_line(109)
    line = OutputLine(sim.place.chip, sim.place.line, active_low, abi)
    try:
        levels = [sim.value.read_text().strip()]
        for on in (True, False):
            line.write(on)
            levels.append(sim.value.read_text().strip())
        assert levels == (["1", "0", "1"] if active_low else ["0", "1", "0"])
    finally:
        line.close()


def test_a_line_in_use_is_said() -> None:
    sim = sim_line(161)
    line = InputLine(sim.place.chip, sim.place.line)
    try:
        with pytest.raises(UnavailableError, match="line 161 of GPIO chip 'tegra-gpio' .*in use"):
            InputLine(sim.place.chip, sim.place.line)
    finally:
        line.close()


def test_a_line_beyond_the_chip_is_said() -> None:
    sim = sim_line(161)
    with pytest.raises(NotFoundError, match="has lines 0 to 191, no line 1000"):
        InputLine(sim.place.chip, 1000)
