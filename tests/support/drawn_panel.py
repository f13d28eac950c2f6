"""An e-ink panel on SPI, as far as inky drives one: what would be seen of it, and when.

Source: the tables of commands of the data sheets of SSD1608, SSD1675 and SSD1683: a bit of the
first memory is white, one of the second the third ink whatever the first says; BUSY is high while
the chip sets itself up, while it refreshes the glass, and in deep sleep, out of which only RST
brings it. How the glass is wired to the memory: its long side is that of the lines, and the newer
inky-phat's glass has the columns 8 to 129 of 136.
"""

import threading
from importlib import import_module
from typing import Dict, List, Sequence

import numpy as np
import pytest
from PIL import Image

from plantd.config import DisplayConfig
from plantd.config.displays import PANELS
from plantd.errors import UnavailableError
from plantd.gpio.pins import Place
from plantd.notifiers.display.panel_wires import Wiring

WIRED = {"bus": "spi", "dc_pin": 31, "reset_pin": 13, "busy_pin": 7}
DC_LINE, RESET_LINE, BUSY_LINE = 42, 77, 76
REFRESH_S = 15.0
SETUP_S = 0.01
WAVEFORM = 0x32
SOFT_RESET, SLEEP, REFRESH, FIRST, SECOND = 0x12, 0x10, 0x20, 0x24, 0x26
X_WINDOW = 0x44
GARBAGE = 0xAA
# Of its 136 columns those from 129 down to 8 are seen.
TOP_OF_SSD1608 = 6


class DrawnPanel:
    """A panel on a bus, and the time that passes for whoever waits for it.

    Attributes:
        plugged: False says that nobody answers, and that BUSY hangs in the air, low.
        has_bus: False says that the port is gone.
        is_stuck: its BUSY never falls again.
        rises_after_s: how long after a picture was begun BUSY rises.
        refreshes: how many pictures were begun.
        now_s: the time.
        lines: those that were taken, by their numbers.
        waveform: the last that it was given.
    """

    def __init__(self, config: DisplayConfig) -> None:
        self.plugged = self.has_bus = True
        self.is_stuck = False
        self.rises_after_s = 0.0
        self.refreshes = 0
        self.now_s = 100.0
        self.lines: Dict[int, "DrawnLine"] = {}
        self.paths: List[str] = []
        self.closed = 0
        self.waveform: List[int] = []
        self._size = PANELS[config.driver].size
        self._seen = np.full(self._size[::-1], 3, np.uint8)
        self._until_s = self._begun_s = 0.0
        self._asleep = True
        self._forget()

    @property
    def wiring(self) -> Wiring:
        """Return what stands in place of port, lines and time."""
        return Wiring(self.port, self.line, self.line, self.time, self.wait)

    def port(self, path: str) -> "DrawnPanel":
        """Return the port at a path."""
        self.paths.append(path)
        return self

    def line(self, place: Place) -> "DrawnLine":
        """Take a line."""
        self.lines[place.line] = DrawnLine(self, place.line)
        return self.lines[place.line]

    def time(self) -> float:
        """Return the time: also what inky asks for as time.time()."""
        return self.now_s

    def sleep(self, for_s: float) -> None:
        """Let time pass: what inky asks for as time.sleep()."""
        self.now_s += for_s

    def wait(self, event: threading.Event, for_s: float) -> bool:
        """Let time pass, unless an event is set."""
        self.now_s += for_s
        return event.is_set()

    @property
    def is_busy(self) -> bool:
        """Return whether BUSY is high."""
        begun = self.now_s >= self._begun_s + self.rises_after_s
        busy = self._asleep or self.is_stuck or (begun and self.now_s < self._until_s)
        return self.plugged and busy

    def reset(self) -> None:
        """RST rose."""
        if self.plugged:
            self._asleep, self._until_s = False, self.now_s + SETUP_S

    def lose_power(self) -> None:
        """For an instant: the glass keeps what it shows."""
        self._forget()
        self._asleep = True

    def write(self, data: Sequence[int]) -> None:
        """Take bytes, as a command or its data as D/C says. Raises without a port."""
        if not self.has_bus:
            raise UnavailableError("/dev/spidev0.0 cannot be written to; look at display.spi_bus")
        assert len(data) <= 4096
        if not self.plugged or self._asleep:
            return
        if self.lines[DC_LINE].high:
            self._data += data
            self._take()
        else:
            self._command, self._data = data[0], []
            self._obey()

    def close(self) -> None:
        """Give the port back."""
        self.closed += 1

    def seen(self) -> Image.Image:
        """Return what is seen: mode "P", as inky numbers inks; 3 is between two pictures."""
        if self.now_s < self._until_s and self.refreshes:
            return Image.fromarray(np.full_like(self._seen, 3))
        return Image.fromarray(self._seen)

    def _forget(self) -> None:
        self._command, self._data = 0, []  # type: int, List[int]
        self._memory = {FIRST: [GARBAGE], SECOND: [GARBAGE]}
        self._width_bytes = 0

    def _obey(self) -> None:
        if self._command == SOFT_RESET:
            self._forget()
            self._until_s = self.now_s + SETUP_S
        elif self._command == REFRESH:
            self.refreshes += 1
            self._begun_s = self.now_s
            self._until_s = self.now_s + REFRESH_S
            self._seen = self._picture()

    def _take(self) -> None:
        if self._command in self._memory:
            self._memory[self._command] = list(self._data)
        elif self._command == X_WINDOW:
            self._width_bytes = self._data[-1] + 1
        elif self._command == WAVEFORM:
            self.waveform = list(self._data)
        elif self._command == SLEEP:
            self._asleep = bool(self._data[0])
        # The rest says voltages and waveforms, which change nothing that is looked at here.

    def _picture(self) -> np.ndarray:
        white, third = (self._plane(self._memory[which]) for which in (FIRST, SECOND))
        inks = np.where(third == 1, 2, 1 - white).astype(np.uint8)
        width, height = self._size
        if inks.shape == (height, width):
            return inks
        # The glass lies on its side: its upper edge is that of the highest column.
        standing = np.rot90(inks)
        top = TOP_OF_SSD1608 if len(standing) > height else 0
        return standing[top : top + height]

    def _plane(self, memory: List[int]) -> np.ndarray:
        bits = np.unpackbits(np.array(memory, np.uint8))
        return bits.reshape(-1, self._width_bytes * 8)


class DrawnLine:
    """A line of a GPIO chip."""

    def __init__(self, panel: DrawnPanel, line: int) -> None:
        self.high = self.closed = False
        self._panel = panel
        self._line = line

    def write(self, on: bool) -> None:
        """Switch it."""
        if self._line == RESET_LINE and on and not self.high:
            self._panel.reset()
        self.high = on

    def read(self) -> bool:
        """Return its level."""
        assert self._line == BUSY_LINE
        return self._panel.is_busy

    def close(self) -> None:
        """Give it back."""
        self.closed = True


def let_time_pass(monkeypatch: pytest.MonkeyPatch, panel: DrawnPanel) -> None:
    """Give inky the panel's time in place of the machine's, so that no test sleeps."""
    for kind in PANELS.values():
        monkeypatch.setattr(import_module("inky." + kind.module), "time", panel)
