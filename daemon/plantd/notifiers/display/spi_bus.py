"""An SPI bus and two lines of a GPIO chip, as luma's spi wants them: in place of its own libraries.

luma would load spidev and RPi.GPIO, of which the one needs a compiler on the device and the other
a Raspberry Pi; python-periphery, which button and light use already, does both.
"""

from typing import Any, Callable, Dict, List, Optional, Sequence

from plantd.config import DisplayConfig
from plantd.config.rules.lines import display_lines
from plantd.gpio.lines import OutputLine
from plantd.gpio.pins import Place
from plantd.gpio.spi_port import SpiPort, spi_path

# What luma calls the two lines; 0 would be none to it.
DC, RESET = 1, 2
# luma's slowest but two; the port has the speed that the chips bear.
SPEED_HZ = 4000000


class SpiBus:
    """luma's spi, and who gives back what it was given.

    Args:
        config: which port, which lines.
        port_from, line_from: open a device node, and a line of a chip.
    """

    def __init__(
        self,
        config: DisplayConfig,
        port_from: Callable[[str], Any] = SpiPort,
        line_from: Callable[[Place], Any] = lambda place: OutputLine(place.chip, place.line),
    ) -> None:
        """Open it and reset the display. Raises PlantdError, or ImportError without luma."""
        from luma.core.interface.serial import spi

        places = dict(display_lines(config))
        self._lines = Lines(
            {DC: places["display.dc_pin"], RESET: places.get("display.reset_pin")}, line_from
        )
        self._has_reset = "display.reset_pin" in places
        self._port = Port(port_from)
        try:
            self._spi: Any = spi(
                spi=self._port,
                gpio=self._lines,
                port=config.spi_bus,
                device=config.spi_device,
                bus_speed_hz=SPEED_HZ,
                gpio_DC=DC,
                gpio_RST=RESET if self._has_reset else None,
            )
        except BaseException:
            self.cleanup()
            raise

    def command(self, *words: int) -> None:
        """Send a command."""
        self._spi.command(*words)

    def data(self, data: Any) -> None:
        """Send pixels."""
        self._spi.data(data)

    def reset(self) -> None:
        """Reset a display whose reset line is wired: one that lost its power needs it."""
        if self._has_reset:
            self._lines.output(RESET, Lines.LOW)
            self._lines.output(RESET, Lines.HIGH)

    def cleanup(self) -> None:
        """Give port and lines back."""
        self._port.close()
        self._lines.close()


class Port:
    """A port of SPI as luma knows them from spidev."""

    def __init__(self, port_from: Callable[[str], Any]) -> None:
        self._port_from = port_from
        self._port: Any = None
        #: luma sets it; the port has a speed already.
        self.max_speed_hz = SPEED_HZ

    def open(self, bus: int, device: int) -> None:
        """Open it. Raises PlantdError."""
        self._port = self._port_from(spi_path(bus, device))

    def writebytes(self, data: Sequence[int]) -> None:
        """Send bytes. Raises PlantdError."""
        self._port.write(data)

    def close(self) -> None:
        """Give it back; may be called twice."""
        port, self._port = self._port, None
        if port is not None:
            port.close()


class Lines:
    """Lines of a GPIO chip as luma knows them from RPi.GPIO."""

    LOW, HIGH, OUT = 0, 1, 2

    def __init__(
        self, places: Dict[int, Optional[Place]], line_from: Callable[[Place], Any]
    ) -> None:
        self._places = places
        self._line_from = line_from
        self._lines: Dict[int, Any] = {}

    def setup(self, pin: int, _direction: int) -> None:
        """Take a line as an output. Raises PlantdError."""
        place = self._places[pin]
        assert place is not None
        self._lines[pin] = self._line_from(place)

    def output(self, pin: int, level: int) -> None:
        """Switch it. Raises PlantdError."""
        self._lines[pin].write(bool(level))

    def close(self) -> None:
        """Give the lines back; may be called twice."""
        lines: List[Any] = list(self._lines.values())
        self._lines = {}
        for line in lines:
            line.close()
