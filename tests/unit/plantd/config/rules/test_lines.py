"""What holds between the keys that name the lines of a display on SPI, and those of the others."""

import pytest

from plantd.config import ButtonConfig, Config, DisplayConfig, LightConfig
from plantd.config.rules import problems_between

SPI = DisplayConfig("ssd1306", bus="spi", dc_pin=29)
NO_SUCH_WIRE = DisplayConfig("ssd1306", dc_pin=1, reset_pin=1)


@pytest.mark.parametrize(
    ("display", "key", "told"),
    [
        (SPI._replace(dc_pin=None), "display.dc_pin", "needs the pin that the display's D/C"),
        (
            SPI._replace(dc_pin=16),
            "display.dc_pin",
            "pin 16 is input only; pins that can be driven",
        ),
        (SPI._replace(reset_pin=1), "display.reset_pin", "pin 1 of a Jetson TX2 is not a GPIO"),
        (SPI._replace(reset_pin=29), "display.dc_pin", "display.dc_pin and display.reset_pin"),
        (SPI._replace(reset_pin=19), "display.dc_pin", "display.reset_pin and light.red_pin"),
        (SPI._replace(dc_pin=31), "display.dc_pin", "display.dc_pin and button.pin"),
        (SPI._replace(board="nano"), "display.board", "is nano; button.board is tx2"),
    ],
)
def test_the_lines_of_a_display_on_spi_are_its_own(
    display: DisplayConfig, key: str, told: str
) -> None:
    config = Config(
        display=display,
        button=ButtonConfig("gpiochip", pin=31),
        light=LightConfig("gpiochip", red_pin=19),
    )
    ((blamed, sentence),) = problems_between(config, set())
    assert blamed == key
    assert told in sentence


@pytest.mark.parametrize(
    "display",
    [
        SPI._replace(reset_pin=37),
        SPI._replace(gpio_chip="pinctrl-bcm2711", dc_pin=24, reset_pin=1),
        NO_SUCH_WIRE,
        NO_SUCH_WIRE._replace(driver="png", bus="spi"),
    ],
)
def test_what_is_whole_or_takes_no_lines_is_taken(display: DisplayConfig) -> None:
    assert problems_between(Config(display=display), set()) == []
