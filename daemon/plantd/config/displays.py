"""The displays that can be named, and what each of them is. Pure."""

from typing import Dict, NamedTuple, Tuple

from plantd.config import DisplayConfig

NONE, PNG = "none", "png"
# Chips of OLEDs, as luma.oled names them.
OLEDS = ("ssd1306", "ssd1309", "sh1106")


class Panel(NamedTuple):
    """An e-ink panel.

    Attributes:
        size: pixels, width and height.
        module: of the library inky, whose class Inky drives it.
    """

    size: Tuple[int, int]
    module: str


# The module for chips that bear no name of their own there.
OLD_CHIPS = "inky"
# As Pimoroni sells them; those with a chip in their name are the newer ones.
PANELS: Dict[str, Panel] = {
    "inky-phat": Panel((212, 104), OLD_CHIPS),
    "inky-phat-ssd1608": Panel((250, 122), "inky_ssd1608"),
    "inky-what": Panel((400, 300), OLD_CHIPS),
    "inky-what-ssd1683": Panel((400, 300), "inky_ssd1683"),
}
DRIVERS = (NONE, PNG, *OLEDS, *PANELS)
# Black alone, or a third ink beside white and black; red-ht is the red that bears warmth.
BLACK, RED, RED_HT, YELLOW = "black", "red", "red-ht", "yellow"
COLOURS = (BLACK, RED, RED_HT, YELLOW)
# A head, a line of text and of when it is need so many pixels.
PAPER_HEIGHT_MIN_PX = 80


def is_paper(display: DisplayConfig) -> bool:
    """Whether it keeps its picture without power, or is drawn as if it did."""
    return display.driver in PANELS or (display.driver == PNG and display.paper)


def is_on_spi(display: DisplayConfig) -> bool:
    """Whether a display is driven that hangs on an SPI bus."""
    return display.driver in PANELS or (display.driver in OLEDS and display.bus == "spi")


def is_on_i2c(display: DisplayConfig) -> bool:
    """Whether a display is driven that hangs on an I2C bus."""
    return display.driver in OLEDS and display.bus == "i2c"
