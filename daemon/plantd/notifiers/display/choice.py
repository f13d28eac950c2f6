"""From the configuration to the display it names. Nothing is chosen by what happens to be there."""

from importlib import import_module
from typing import TYPE_CHECKING

from plantd.config import DisplayConfig
from plantd.config.displays import PANELS, PNG, is_on_i2c, is_on_spi
from plantd.notifiers.display.notifier import Display
from plantd.system import libraries

if TYPE_CHECKING:
    from plantd.notifiers.display.screen import Screen


def display_from_config(config: DisplayConfig, cache: str) -> Display:
    """Return the display, not opened.

    Args:
        cache: the folder of the picture of driver png.
    """
    return Display(config, lambda: screen_from_config(config, cache))


def screen_from_config(config: DisplayConfig, cache: str) -> "Screen":
    """Return the screen, closed. Raises ImportError without Pillow."""
    if config.driver == PNG:
        from plantd.notifiers.display.picture_file import PictureFile

        return PictureFile(config, cache)
    if config.driver in PANELS:
        from plantd.notifiers.display.eink import EInk

        return EInk(config)
    from plantd.notifiers.display.oled import Oled

    return Oled(config)


def libraries_missing(config: DisplayConfig) -> str:
    """Return what helps where a display's libraries cannot be imported; empty where they can."""
    needed = ["PIL.Image"]
    if config.driver in PANELS:
        needed += ["inky", "inky." + PANELS[config.driver].module]
    elif config.driver != PNG:
        needed += ["luma.core.interface.serial", "luma.oled.device"]
    needed += ["smbus2"] * is_on_i2c(config) + ["periphery"] * is_on_spi(config)
    try:
        for library in needed:
            import_module(library)
    except ImportError as error:
        return libraries.sentence(error, libraries.is_l4t())
    return ""
