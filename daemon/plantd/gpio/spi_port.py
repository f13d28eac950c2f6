"""A device on an SPI bus, written to by python-periphery: what a display needs of one."""

import os
from typing import Any, Sequence

from plantd.errors import AccessError, NotFoundError, UnavailableError
from plantd.gpio.wrapped import periphery_classes

# Mode 0, the most significant bit first, as SSD1306, SSD1309 and SH1106 read it, which take 10 MHz,
# 10 MHz and 4 MHz. Source: their data sheets, 4-wire serial interface.
MODE = 0
SPEED_HZ = 4000000


class SpiPort:
    """/dev/spidevBUS.DEVICE, open."""

    def __init__(self, path: str, speed_hz: int = SPEED_HZ) -> None:
        """Open it. Raises NotFoundError, AccessError or UnavailableError, each with what helps."""
        if not os.path.exists(path):
            raise NotFoundError(
                "{} is not there; look at display.spi_bus and display.spi_device; 'ls "
                "/dev/spidev*' lists them, and on a Jetson jetson-io.py switches SPI on".format(
                    path
                )
            )
        self._path = path
        try:
            self._port: Any = periphery_classes().spi(path, MODE, speed_hz)
        except PermissionError as error:
            raise AccessError(_no_access(path)) from error
        except OSError as error:
            if os.access(path, os.R_OK | os.W_OK):
                raise UnavailableError(_lost(path, error)) from error
            raise AccessError(_no_access(path)) from error

    def write(self, data: Sequence[int]) -> None:
        """Send bytes; nobody ever answers on SPI. Raises UnavailableError where the bus is gone."""
        try:
            self._port.transfer(list(data))
        except OSError as error:
            raise UnavailableError(_lost(self._path, error)) from error

    def close(self) -> None:
        """Give it back; may be called twice."""
        self._port.close()


def spi_path(bus: int, device: int) -> str:
    """Return the device node of a bus and a chip select."""
    return "/dev/spidev{}.{}".format(bus, device)


def _no_access(path: str) -> str:
    return (
        "{} may not be opened; what helps: sudo usermod -aG gpio plantd, then sudo systemctl "
        "restart plantd (make install sets group and udev rule)".format(path)
    )


def _lost(path: str, error: OSError) -> str:
    return "{} cannot be written to ({}); look at display.spi_bus and display.spi_device".format(
        path, error
    )
