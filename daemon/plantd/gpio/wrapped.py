"""What is used of python-periphery: its one wrapper."""

from typing import Any, NamedTuple, Type

from plantd.errors import UnavailableError


class Classes(NamedTuple):
    """Its classes: lines by both versions of the character device, and a port of SPI."""

    gpio_v1: Type[Any]
    gpio_v2: Type[Any]
    spi: Type[Any]


def periphery_classes() -> Classes:
    """Return them. Raises UnavailableError where it is not installed."""
    try:
        from periphery.gpio_cdev1 import Cdev1GPIO
        from periphery.gpio_cdev2 import Cdev2GPIO
        from periphery.spi import SPI
    except ImportError as error:
        raise UnavailableError(
            "python-periphery is not installed; lines of a GPIO chip and SPI need it: "
            "pip install python-periphery"
        ) from error
    return Classes(Cdev1GPIO, Cdev2GPIO, SPI)
