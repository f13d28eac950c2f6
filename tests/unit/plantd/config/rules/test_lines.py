"""What holds between the keys that name lines: of the button, of the lamps, of a display on SPI."""

import pytest

from plantd.config import ButtonConfig, Config, DisplayConfig, LightConfig
from plantd.config.rules import problems_between

SPI = DisplayConfig("ssd1306", bus="spi", dc_pin=29)
E_INK = DisplayConfig("inky-phat", dc_pin=29, reset_pin=37, busy_pin=7)
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
        (SPI._replace(reset_pin=29), "display.reset_pin", "which display.dc_pin takes already"),
        (SPI._replace(reset_pin=19), "display.reset_pin", "which light.red_pin takes already"),
        (SPI._replace(dc_pin=31), "display.dc_pin", "line 42 of tegra-gpio-aon, which button.pin"),
        (SPI._replace(board="nano"), "display.board", "is nano; button.board is tx2"),
        (E_INK._replace(dc_pin=None), "display.dc_pin", "inky-phat needs the pin that the panel's"),
        (E_INK._replace(reset_pin=None), "display.reset_pin", "the panel's RST is wired to"),
        (E_INK._replace(busy_pin=None), "display.busy_pin", "the panel's BUSY is wired to"),
        (E_INK._replace(busy_pin=11), "display.busy_pin", "is output only; pins that can be read"),
        (E_INK._replace(busy_pin=31), "display.busy_pin", "which button.pin takes already"),
        (E_INK._replace(busy_pin=29), "display.busy_pin", "which display.dc_pin takes already"),
        (E_INK._replace(board="nano"), "display.board", "is nano; button.board is tx2"),
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
        E_INK,
        E_INK._replace(busy_pin=16),
        E_INK._replace(gpio_chip="pinctrl-bcm2711", dc_pin=22, reset_pin=27, busy_pin=17),
        SPI._replace(busy_pin=1),
        NO_SUCH_WIRE,
        NO_SUCH_WIRE._replace(driver="png", bus="spi"),
    ],
)
def test_what_is_whole_or_takes_no_lines_is_taken(display: DisplayConfig) -> None:
    assert problems_between(Config(display=display), set()) == []


TWICE = Config(
    button=ButtonConfig("jetson", pin=7, line=3),
    light=LightConfig("gpiochip", red_pin=7, blue_pin=7),
)


def test_each_line_that_is_taken_already_is_told_at_its_own_key() -> None:
    told = "is line 76 of tegra-gpio, which button.pin takes already; expected a line of its own"
    assert problems_between(TWICE, set()) == [("light.red_pin", told), ("light.blue_pin", told)]


def test_a_display_that_is_wrong_hides_nothing_of_the_others() -> None:
    keys = [key for key, _ in problems_between(TWICE, {"display.dc_pin", "display.driver"})]
    assert keys == ["light.red_pin", "light.blue_pin"]


def test_each_board_that_differs_from_the_first_is_told() -> None:
    config = Config(
        display=SPI._replace(board="orin_nano"),
        button=ButtonConfig("gpiochip", pin=31),
        light=LightConfig("gpiochip", red_pin=19, board="nano"),
    )
    told = dict(problems_between(config, set()))
    assert told["light.board"].startswith("is nano; button.board is tx2")
    assert told["display.board"].startswith("is orin_nano; button.board is tx2")


def test_a_pin_that_only_the_library_of_its_driver_knows_is_left_to_it() -> None:
    assert problems_between(Config(button=ButtonConfig("jetson", pin=15)), set()) == []


@pytest.mark.parametrize("driver", ["inky-phat-ssd1608", "inky-what-ssd1683"])
def test_the_red_for_warmth_is_that_of_old_chips(driver: str) -> None:
    display = E_INK._replace(driver=driver, colour="red-ht")
    ((key, told),) = problems_between(Config(display=display), set())
    assert key == "display.colour"
    assert told.endswith("only inky-phat, inky-what; expected red")
    assert problems_between(Config(display=E_INK._replace(colour="red-ht")), set()) == []
