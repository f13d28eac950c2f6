"""From the configuration to a light, and the lines of a real chip."""

import threading
from typing import Dict

import pytest
from support.gpio_sim import SimLine, sim_line

from plantd.config import LightConfig, PathsConfig
from plantd.errors import ConfigError, UnavailableError
from plantd.gpio.pins import Place
from plantd.light import Pattern, light_from_config
from plantd.light.gpiochip import GpiochipOutput, Wire, wires_from_config
from plantd.light.player import LightPlayer

PATHS = PathsConfig()
RGB = LightConfig(driver="gpiochip", red_pin=19, green_pin=21, blue_pin=31, buzzer_pin=7)


def test_an_unknown_driver_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ConfigError, match="'led' is not a light; expected one of fake, gpiochip, no"
    ):
        light_from_config(LightConfig(driver="led"), PATHS)


def test_pins_lead_to_lines() -> None:
    assert wires_from_config(RGB) == [
        Wire("red", Place("tegra-gpio", 109)),
        Wire("green", Place("tegra-gpio", 108)),
        Wire("blue", Place("tegra-gpio-aon", 42)),
        Wire("buzzer", Place("tegra-gpio", 76)),
    ]


def test_all_wrong_pins_are_reported_at_once() -> None:
    with pytest.raises(ConfigError) as refusal:
        wires_from_config(RGB._replace(red_pin=16, green_pin=15, blue_pin=1))
    assert [problem.split(":")[0] for problem in refusal.value.problems] == [
        "light.red_pin",
        "light.green_pin",
        "light.blue_pin",
    ]


def test_a_buzzer_alone_is_no_light() -> None:
    with pytest.raises(ConfigError, match="needs at least one of red_pin"):
        wires_from_config(LightConfig(driver="gpiochip", buzzer_pin=7))


def test_two_lamps_on_one_pin_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"light\.green_pin: the same line as light\.red_pin"):
        wires_from_config(RGB._replace(green_pin=19))


def test_a_chip_that_is_not_there_is_one_sentence() -> None:
    light = light_from_config(RGB._replace(chip="no-such", blue_pin=20), PATHS)
    with pytest.raises(UnavailableError, match="the light cannot be driven: no GPIO chip is label"):
        light.open()


@pytest.mark.parametrize("active_low", [False, True])
@pytest.mark.parametrize("abi", [1, 2])
def test_lamps_of_a_real_chip_are_lit_and_dark_again(active_low: bool, abi: int) -> None:
    lines: Dict[str, SimLine] = {"red": sim_line(109), "green": sim_line(108)}
    wires = [Wire(colour, line.place) for colour, line in lines.items()]
    bulbs = GpiochipOutput(wires, active_low, abi)

    def lit() -> "set[str]":
        return {
            colour
            for colour, line in lines.items()
            if (line.value.read_text().strip() == "1") != active_low
        }

    def becomes(colours: "set[str]") -> bool:
        ticks = threading.Event()
        for _ in range(1000):
            if lit() == colours:
                return True
            ticks.wait(0.01)
        return False

    with LightPlayer(bulbs, answer_s=60.0) as light:
        assert becomes(set())
        light.show(Pattern.ACKNOWLEDGED)
        assert becomes({"red", "green"})
        light.show(Pattern.EDIBLE)
        assert becomes({"green"})
        light.show(Pattern.STARTING)  # blue is not wired: all there are
        assert becomes({"red", "green"})
        light.show(Pattern.OFF)
        assert becomes(set())
