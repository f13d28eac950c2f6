"""An OLED on I2C or SPI, driven by luma.oled.

How this works: luma sets a display up in its constructor, which also registers for the end of the
process, so that one that was made is never freed. It is therefore made only once somebody has
answered on the bus (on SPI nobody ever does); and the commands that set it up are kept, to be sent
again by `renew()` to a display that lost its power unnoticed.
"""

import contextlib
import os
from typing import Any, Callable, List, Optional, Tuple

from PIL.Image import Image as Picture

from plantd.config import DisplayConfig
from plantd.errors import PlantdError
from plantd.notifiers.display.drawing import MODES
from plantd.notifiers.display.screen import Screen
from plantd.notifiers.display.spi_bus import SpiBus
from plantd.notifiers.queued import NotDelivered
from plantd.system import libraries

# Source: SSD1306 and SH1106 data sheets, "NOP": a command that changes nothing.
NO_OPERATION = 0xE3
DEPTH_OF_MODE = {mode: depth for depth, mode in MODES.items()}


class Oled(Screen):
    """A display of OLEDS."""

    def __init__(
        self, config: DisplayConfig, bus_from: Optional[Callable[[DisplayConfig], Any]] = None
    ) -> None:
        """Args: which display, and where; what opens its bus, if not display.bus."""
        self._config = config
        self._bus_from = bus_from or (SpiBus if config.bus == "spi" else i2c_bus)
        self._bus: Any = None
        self._device: Any = None

    def open(self) -> None:
        """See Screen."""
        try:
            from luma.oled import device as devices
        except ImportError as error:
            raise NotDelivered(libraries.sentence(error, libraries.is_l4t())) from error
        config = self._config
        with self._told():
            self._bus = Repeating(self._bus_from(config))
            self._bus.command(NO_OPERATION)
            made = getattr(devices, config.driver)
            self._bus.commands.clear()
            device = made(
                self._bus,
                width=config.width_px,
                height=config.height_px,
                rotate=config.rotation // 90,
            )
            self._bus.is_set_up = True
            # Else luma clears it at the end of the process, when its bus is closed already.
            device.persist = True
            self._device = device

    @property
    def size(self) -> Tuple[int, int]:
        """See Screen."""
        width, height = self._device.size
        return int(width), int(height)

    @property
    def depth(self) -> int:
        """See Screen."""
        return DEPTH_OF_MODE[self._device.mode]

    def show(self, picture: Picture) -> None:
        """See Screen."""
        with self._told():
            self._device.display(picture)

    def renew(self) -> None:
        """See Screen."""
        with self._told():
            self._bus.repeat()

    def close(self) -> None:
        """See Screen."""
        bus, self._bus, self._device = self._bus, None, None
        if bus is not None:
            # Closing what is gone already is no trouble.
            with contextlib.suppress(Exception):
                bus.cleanup()

    @contextlib.contextmanager
    def _told(self) -> Any:
        """Turn luma's errors and the bus's into the one sentence that helps."""
        from luma.core import error as luma_errors

        try:
            yield
        except luma_errors.DeviceDisplayModeError as error:
            raise NotDelivered(
                "luma.oled: {}; look at display.width_px and display.height_px".format(
                    str(error).rstrip(".")
                )
            ) from error
        except luma_errors.DevicePermissionError as error:
            raise NotDelivered(
                "/dev/i2c-{} may not be opened; what helps: sudo usermod -aG i2c plantd, then "
                "sudo systemctl restart plantd".format(self._config.i2c_bus)
            ) from error
        except ImportError as error:
            raise NotDelivered(libraries.sentence(error, libraries.is_l4t())) from error
        except PlantdError as error:
            raise NotDelivered(str(error)) from error
        except (luma_errors.Error, OSError) as error:
            raise NotDelivered(_unanswered(self._config)) from error


class Repeating:
    """A bus of luma's that remembers the commands until the display is set up.

    Attributes:
        commands: those remembered.
        is_set_up: set when all are.
    """

    def __init__(self, bus: Any) -> None:
        self._bus = bus
        self.commands: List[Tuple[int, ...]] = []
        self.is_set_up = False

    def command(self, *words: int) -> None:
        """Send a command."""
        if not self.is_set_up:
            self.commands.append(words)
        self._bus.command(*words)

    def data(self, data: Any) -> None:
        """Send pixels."""
        self._bus.data(data)

    def repeat(self) -> None:
        """Send again what sets the display up."""
        if isinstance(self._bus, SpiBus):
            self._bus.reset()
        for words in self.commands:
            self._bus.command(*words)

    def cleanup(self) -> None:
        """Close the bus."""
        self._bus.cleanup()


def i2c_bus(config: DisplayConfig) -> Any:
    """Return luma's I2C, open. Raises luma's errors, or OSError."""
    from luma.core.interface.serial import i2c

    return i2c(port=config.i2c_bus, address="0x" + config.i2c_address)


def _unanswered(config: DisplayConfig) -> str:
    node = "/dev/i2c-{}".format(config.i2c_bus)
    if not os.path.exists(node):
        return "{} is not there; look at display.i2c_bus; 'i2cdetect -l' lists the buses".format(
            node
        )
    return (
        "no display answers at {} on {}; look at its wires and at display.i2c_address; "
        "'i2cdetect -y {}' lists who answers".format(config.i2c_address, node, config.i2c_bus)
    )
