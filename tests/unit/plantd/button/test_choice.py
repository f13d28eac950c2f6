"""From the configuration to a button."""

from pathlib import Path

import pytest

from plantd.button import button_from_config
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import ButtonError, ConfigError

PATHS = PathsConfig(run="/run/plantd")


def test_an_unknown_driver_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ConfigError, match="'gpoichip' is not a button; .*evdev, fake, gpiochip, jet"
    ):
        button_from_config(ButtonConfig(driver="gpoichip"), PATHS)


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (ButtonConfig(driver="gpiochip"), "tegra-gpio line 161"),
        (ButtonConfig(driver="gpiochip", chip="x", line=3), "x line 3"),
        (ButtonConfig(driver="jetson", pin=21), "BOARD pin 21"),
        (ButtonConfig(driver="fake"), "/run/plantd/button.sock"),
        (ButtonConfig(driver="fake", control_socket="/tmp/b.sock"), "/tmp/b.sock"),
        (ButtonConfig(driver="evdev", device="/dev/input/event3"), "/dev/input/event3"),
        (ButtonConfig(driver="evdev", device="/dev/e", line=28), "/dev/e key 28"),
    ],
)
def test_the_configuration_names_the_line(config: ButtonConfig, line: str) -> None:
    status = button_from_config(config, PATHS).status()
    assert (status.driver, status.line) == (config.driver, line)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (ButtonConfig(driver="evdev"), "button.device"),
        (ButtonConfig(driver="jetson", pin=None), "button.pin"),
        (ButtonConfig(driver="gpiochip", pin=11), "button.pin"),
    ],
)
def test_a_configuration_without_a_usable_line_is_refused(config: ButtonConfig, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        button_from_config(config, PATHS)


def test_debounce_and_long_press_come_from_the_configuration(tmp_path: Path) -> None:
    config = ButtonConfig(driver="fake", debounce_ms=5, long_press_s=20.0)
    button = button_from_config(config, PathsConfig(run=str(tmp_path)))
    assert button._settings == (0.005, 20.0, 60.0, 80)  # type: ignore[attr-defined]


def test_a_chip_that_is_not_there_is_one_sentence() -> None:
    button = button_from_config(ButtonConfig(driver="gpiochip", chip="no-such", line=1), PATHS)
    with pytest.raises(ButtonError, match=r"no GPIO chip is labelled 'no-such'; this machine has"):
        button.open()
    assert not button.status().ok
