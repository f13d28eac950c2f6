"""An SPI bus and three lines of a GPIO chip, as the library inky wants them of its users.

inky would load spidev, RPi.GPIO and smbus2 itself, and write to whoever answers at 50 on an I2C
bus, which on a Jetson may be a memory of the board's own: it is handed these instead.
"""

import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple

from plantd.config import DisplayConfig
from plantd.config.rules.lines import display_lines
from plantd.errors import UnavailableError
from plantd.gpio.lines import LevelLine, OutputLine
from plantd.gpio.pins import Place
from plantd.gpio.spi_port import SpiPort, spi_path

# What inky calls the three lines.
DC, RESET, BUSY = "display.dc_pin", "display.reset_pin", "display.busy_pin"
# inky's slowest: the larger panels, too, are filled in half a second.
SPEED_HZ = 488000
LOOK_S = 0.05
# Within that it rises once a picture is begun. Source: SSD1608 data sheet, BUSY: high while the
# chip refreshes the glass.
RISE_S = 1.0
REMEDY = "look at its wires, at {} and at display.driver".format(BUSY)


class Wiring(NamedTuple):
    """What opens a device node and lines, and what tells and takes time.

    Attributes:
        clock: monotonic seconds.
        wait: waits for an event, or so many seconds; returns whether the event is set.
    """

    port: Callable[[str], Any] = lambda path: SpiPort(path, SPEED_HZ)
    output: Callable[[Place], Any] = lambda place: OutputLine(place.chip, place.line)
    level: Callable[[Place], Any] = lambda place: LevelLine(place.chip, place.line)
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[threading.Event, float], bool] = lambda event, for_s: event.wait(for_s)


class Interrupted(UnavailableError):
    """Somebody does not want to wait for the panel any longer."""


class PanelLines:
    """Lines of a GPIO chip as inky knows them from RPi.GPIO; no wait for BUSY lasts for ever.

    Attributes:
        interrupted: once it is set, no wait lasts at all.
    """

    BCM, OUT, IN, LOW, HIGH, PUD_OFF = 11, 0, 1, 0, 1, 0

    def __init__(self, config: DisplayConfig, wiring: Wiring) -> None:
        """Take the lines. Raises PlantdError."""
        self.interrupted = threading.Event()
        self._wiring = wiring
        self._limit_s = self._until_s = 0.0
        self._has_risen = False
        self._lines: Dict[str, Any] = {}
        try:
            for pin, place in display_lines(config):
                self._lines[pin] = (wiring.level if pin == BUSY else wiring.output)(place)
        except BaseException:
            self.close()
            raise

    def setmode(self, _mode: int) -> None:
        """There is one way only to number them."""

    def setwarnings(self, _wanted: bool) -> None:
        """There are none."""

    def setup(self, pin: str, direction: int, initial: int = LOW, **_bias: int) -> None:
        """Set a line, which is taken, to its first level. Raises UnavailableError."""
        if direction == self.OUT:
            self.output(pin, initial)

    def output(self, pin: str, level: int) -> None:
        """Switch a line. Raises UnavailableError."""
        self._lines[pin].write(bool(level))

    def input(self, pin: str) -> bool:
        """Return a line's level. Raises UnavailableError where nobody should ask any longer."""
        if self.interrupted.is_set():
            raise Interrupted("the picture was given up before it stood there")
        high = bool(self._lines[pin].read())
        self._has_risen = self._has_risen or high
        if high and self._wiring.clock() > self._until_s:
            raise UnavailableError(stuck(self._limit_s))
        return high

    def begin(self, limit_s: float) -> None:
        """Allow that many seconds for one picture from now on."""
        self._limit_s, self._until_s = limit_s, self._wiring.clock() + limit_s
        self._has_risen = False

    def wait_until_done(self) -> None:
        """Wait until BUSY has risen and fallen. Raises UnavailableError where it does not."""
        rises_s = self._wiring.clock() + RISE_S
        while self.input(BUSY) or (not self._has_risen and self._wiring.clock() < rises_s):
            self._wiring.wait(self.interrupted, LOOK_S)
        self.look_for_life()

    def look_for_life(self) -> None:
        """Raise UnavailableError where BUSY has not risen since `begin`."""
        if not self._has_risen:
            raise UnavailableError(
                "no e-ink answers: its BUSY never rose while a picture was drawn; " + REMEDY
            )

    def close(self) -> None:
        """Give the lines back; may be called twice."""
        lines: List[Any] = list(self._lines.values())
        self._lines = {}
        for line in lines:
            line.close()


class PanelPort:
    """A port of SPI as inky knows them from spidev."""

    def __init__(self, config: DisplayConfig, wiring: Wiring) -> None:
        """Open it. Raises PlantdError."""
        self._port = wiring.port(spi_path(config.spi_bus, config.spi_device))
        #: inky sets it; the port has a speed already.
        self.max_speed_hz = SPEED_HZ

    def open(self, _bus: int, _device: int) -> None:
        """It is open."""

    def xfer(self, data: List[int]) -> None:
        """Send 4096 bytes at most. Raises UnavailableError."""
        self._port.write(data)

    def close(self) -> None:
        """Give it back; may be called twice."""
        self._port.close()


class NoMemory:
    """An I2C bus where no panel's memory answers."""

    def write_i2c_block_data(self, _address: int, _register: int, _data: List[int]) -> None:
        """Raise OSError: nobody is written to."""
        raise OSError("not asked")


def stuck(limit_s: float) -> str:
    """Return what is told of a BUSY that does not fall."""
    return "the e-ink's BUSY was still high after {:g} s; {}".format(limit_s, REMEDY)
