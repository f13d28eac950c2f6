"""A display on SPI: its port, its two lines, and what is said where they are not there."""

from pathlib import Path

import pytest
from support.drawn_oled import DrawnOled, DrawnSpi

from plantd.config import DisplayConfig
from plantd.errors import AccessError, NotFoundError, UnavailableError
from plantd.gpio.spi_port import SpiPort
from plantd.notifiers.display.drawing import picture_of
from plantd.notifiers.display.oled import Oled
from plantd.notifiers.display.scene import Scene
from plantd.notifiers.display.spi_bus import SpiBus
from plantd.notifiers.queued import NotDelivered

CONFIG = DisplayConfig("sh1106", bus="spi", spi_bus=1, spi_device=0, dc_pin=18)
PICTURE = picture_of(Scene("poisonous", "Poisonous"), (128, 64), 1)


def test_the_configured_port_and_lines_are_taken_and_given_back() -> None:
    wires = DrawnSpi(DrawnOled())
    bus = SpiBus(CONFIG._replace(reset_pin=31), wires.port, wires.line)
    assert wires.paths == ["/dev/spidev1.0"]
    assert sorted(wires.lines) == [42, 161]
    bus.cleanup()
    assert all(line.closed for line in wires.lines.values())


def test_the_reset_line_is_pulsed_at_the_start_and_when_it_is_set_up_again() -> None:
    wires = DrawnSpi(DrawnOled())
    screen = Oled(CONFIG._replace(reset_pin=31), lambda c: SpiBus(c, wires.port, wires.line))
    screen.open()
    assert (wires.resets, wires.lines[42].high) == (1, True)
    screen.renew()
    assert (wires.resets, wires.lines[42].high) == (2, True)


def test_without_a_reset_line_it_shows_too() -> None:
    chip = DrawnOled()
    wires = DrawnSpi(chip)
    screen = Oled(CONFIG, lambda config: SpiBus(config, wires.port, wires.line))
    screen.open()
    screen.show(PICTURE)
    screen.renew()
    assert list(wires.lines) == [161]
    assert chip.seen().tobytes() == PICTURE.tobytes()


def test_what_was_taken_is_given_back_where_the_port_is_not_there() -> None:
    wires = DrawnSpi(DrawnOled())
    with pytest.raises(NotFoundError, match="/dev/spidev1.0 is not there; look at display.spi_bus"):
        SpiBus(CONFIG, line_from=wires.line)
    assert all(line.closed for line in wires.lines.values())


def test_a_display_on_a_port_that_is_not_there_is_one_sentence() -> None:
    wires = DrawnSpi(DrawnOled())
    with pytest.raises(NotDelivered, match="/dev/spidev1.0 is not there"):
        Oled(CONFIG, lambda config: SpiBus(config, line_from=wires.line)).open()


def test_what_is_no_port_of_spi_is_told() -> None:
    with pytest.raises((UnavailableError, AccessError), match="/dev/null"):
        SpiPort("/dev/null")


def test_a_port_that_may_not_be_opened_says_what_helps(tmp_path: Path) -> None:
    # Nobody, not even root, opens a folder for writing.
    with pytest.raises((UnavailableError, AccessError), match="display.spi_bus|usermod"):
        SpiPort(str(tmp_path))
