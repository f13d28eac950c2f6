"""What doctor says about the pin of a button before anybody solders."""

import pytest

from plantd.config import ButtonConfig
from plantd.doctor.wiring import level_word, wiring_lines
from plantd.errors import ConfigError

TX2 = ButtonConfig(driver="gpiochip", board="tx2", pin=18)


def test_a_pin_behind_a_level_shifter_wants_one_kilo_ohm() -> None:
    circuit, _ = wiring_lines(TX2)
    assert "1 kOhm here, since 4.7 kOhm is too weak" in circuit
    assert "Jetson TX2" in circuit


def test_a_pin_without_a_level_shifter_asks_for_no_value() -> None:
    circuit, _ = wiring_lines(TX2._replace(pin=31))
    assert "kOhm" not in circuit
    assert "resistor" in circuit


def test_what_the_pin_shares_is_named() -> None:
    assert "pin 18 of a Jetson TX2 shares its line with: modem wake" in wiring_lines(TX2)[1]


def test_a_pin_on_a_bus_names_the_pins_that_are_on_none() -> None:
    assert "pins without such a bus: 18, 19, 21, 31" in wiring_lines(TX2._replace(pin=35))[1]


def test_a_line_is_known_by_its_pin() -> None:
    by_line = TX2._replace(pin=None, chip="tegra-gpio", line=161)
    assert wiring_lines(by_line) == wiring_lines(TX2)


def test_a_line_of_another_chip_shares_nothing_that_is_known() -> None:
    elsewhere = TX2._replace(pin=None, chip="pinctrl-bcm2711", line=17)
    (circuit,) = wiring_lines(elsewhere)
    assert "3.3 V" in circuit


@pytest.mark.parametrize(
    ("active_low", "circuit"),
    [
        (True, "the button to ground, and a resistor"),
        (False, "the button to 3.3 V, and a resistor"),
    ],
)
def test_the_circuit_follows_active_low(active_low: bool, circuit: str) -> None:
    assert circuit in wiring_lines(TX2._replace(active_low=active_low))[0]


@pytest.mark.parametrize("driver", ["fake", "evdev"])
def test_a_button_without_a_wire_has_no_circuit(driver: str) -> None:
    config = ButtonConfig(driver=driver)
    assert wiring_lines(config) == []
    assert level_word(config, True) == "pressed"


def test_a_wire_s_level_is_told_as_it_is() -> None:
    assert level_word(TX2, True) == "pressed (low)"
    assert level_word(TX2, False) == "released (high)"
    assert level_word(TX2._replace(active_low=False), True) == "pressed (high)"


def test_a_pin_that_cannot_be_a_button_is_refused() -> None:
    with pytest.raises(ConfigError, match="output only"):
        wiring_lines(TX2._replace(pin=11))
