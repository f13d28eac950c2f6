"""An SSD1306 or SH1106 on an I2C bus, as far as luma.oled drives one: what would be seen of it.

Source: the data sheets' tables of commands. It stands where smbus2's bus stands below luma's I2C.
"""

import errno
from typing import List

from PIL import Image

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
