"""An SSD1306 or SH1106 on I2C or SPI, as far as luma.oled drives one: what would be seen of it.

Source: the data sheets' tables of commands. It stands where smbus2's bus stands below luma's I2C,
and where the port and the two lines stand below its SPI.
"""

import errno
from typing import Dict, List, Sequence

from PIL import Image

from plantd.errors import UnavailableError
from plantd.gpio.pins import Place

WIDTH, HEIGHT, PAGES = 128, 64, 8
ADDRESS = 0x3C
# Command -> bytes that follow it, where there are any.
_FOLLOWED = {0x20: 1, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}
_FOLLOWED.update({0x21: 2, 0x22: 2})
# The SH1106 has 132 columns, of which the middle 128 are seen.
_HIDDEN = 2


class DrawnOled:
    """A display on a bus.

    Attributes:
        plugged: False says that nobody answers.
        lit: whether it is switched on and its charge pump runs.
        commands: how many bytes of commands it was sent.
    """

    def __init__(self) -> None:
        self.plugged = True
        self.commands = 0
        self.lose_power()

    def lose_power(self) -> None:
        """For an instant: it forgets how it was set up, and holds anything."""
        self._memory = [[0xAA] * (WIDTH + _HIDDEN) for _ in range(PAGES)]
        self._column = self._page = 0
        self._columns, self._offset = (0, WIDTH - 1), 0
        self._on = self._pump = False

    @property
    def lit(self) -> bool:
        return self._on and self._pump

    def write_i2c_block_data(self, address: int, register: int, data: List[int]) -> None:
        """Take a transaction, as smbus2's SMBus does. Raises OSError where nobody answers."""
        if not self.plugged or address != ADDRESS:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        if register == 0x40:
            for byte in data:
                self._store(byte)
        else:
            self._obey(list(data))

    def take(self, is_data: bool, data: Sequence[int]) -> None:
        """Take bytes that came by SPI. Nobody hears of a display that is not there."""
        if self.plugged and is_data:
            for byte in data:
                self._store(byte)
        elif self.plugged:
            self._obey(list(data))

    def seen(self) -> Image.Image:
        """Return what is seen: (128, 64), black and white."""
        picture = Image.new("1", (WIDTH, HEIGHT))
        if self.lit:
            for y in range(HEIGHT):
                for x in range(WIDTH):
                    bit = self._memory[y // 8][x + self._offset] >> y % 8 & 1
                    picture.putpixel((x, y), bit)
        return picture

    def _obey(self, words: List[int]) -> None:
        self.commands += len(words)
        while words:
            command = words.pop(0)
            given = [words.pop(0) for _ in range(_FOLLOWED.get(command, 0))]
            if command in (0xAE, 0xAF):
                self._on = command == 0xAF
            elif command == 0x8D:
                self._pump = given == [0x14]
            elif command == 0x21:
                self._columns = (given[0], given[1])
                self._column = given[0]
            elif command == 0x22:
                self._page = given[0]
            elif 0xB0 <= command <= 0xB7:
                self._page, self._columns = command - 0xB0, (0, WIDTH + _HIDDEN - 1)
            elif command < 0x10:
                self._column = self._offset = command
            # The rest says how the glass is wired, which changes nothing that is looked at here.

    def _store(self, byte: int) -> None:
        self._memory[self._page][self._column] = byte
        self._column += 1
        if self._column > self._columns[1]:
            self._column, self._page = self._columns[0], (self._page + 1) % PAGES


class DrawnSpi:
    """A port of SPI and the lines D/C and RES, wired to a display.

    Attributes:
        lines: those that were taken, by their places.
        resets: how often RES rose.
    """

    def __init__(self, chip: DrawnOled, dc_line: int = 161) -> None:
        """Args: what is wired; which line of the chip its D/C is on: pin 18 of a TX2."""
        self.lines: Dict[int, "DrawnLine"] = {}
        self.resets = 0
        self.paths: List[str] = []
        self._chip = chip
        self._dc_line = dc_line

    def port(self, path: str) -> "DrawnSpi":
        """Return the port at a path."""
        self.paths.append(path)
        return self

    def line(self, place: Place) -> "DrawnLine":
        """Take a line."""
        self.lines[place.line] = DrawnLine(self, place.line)
        return self.lines[place.line]

    def write(self, data: Sequence[int]) -> None:
        """Take bytes, as commands or pixels as D/C says. Raises UnavailableError without a bus."""
        if not self._chip.plugged:
            raise UnavailableError("/dev/spidev0.0 cannot be written to; look at display.spi_bus")
        self._chip.take(self.lines[self._dc_line].high, data)

    def close(self) -> None:
        """Give it back."""


class DrawnLine:
    """A line of a GPIO chip."""

    def __init__(self, spi: DrawnSpi, line: int) -> None:
        self.high = self.closed = False
        self._spi = spi
        self._is_reset = line != spi._dc_line

    def write(self, on: bool) -> None:
        if self._is_reset and on and not self.high:
            self._spi.resets += 1
        self.high = on

    def close(self) -> None:
        self.closed = True
