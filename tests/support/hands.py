"""Hands that move each kind of button's raw level, and the buttons they move.

Used by the contract suite: one hand a driver, the same tests for all.
"""

import os
import socket
import struct
import threading
from abc import ABC, abstractmethod
from pathlib import Path

from plantd.button.board_pin import JetsonLine
from plantd.button.debounce import DebounceSettings
from plantd.button.debounced import DebouncedButton
from plantd.button.fake import FakeLine
from plantd.button.gpiochip import GpiochipLine
from plantd.button.input_device import EV_KEY, EVENT, PRESS, RELEASE, EvdevLine
from plantd.button.line import Line
from plantd.gpio.pins import Place

KEY_ENTER = 28


class Hand(ABC):
    """Moves the raw level of one line. It never waits for the button to notice."""

    @abstractmethod
    def line(self) -> Line:
        """A line that this hand moves."""

    @abstractmethod
    def press(self) -> None: ...

    @abstractmethod
    def release(self) -> None: ...

    def button(self, settings: DebounceSettings) -> DebouncedButton:
        return DebouncedButton(self.line(), settings)

    def bounce(self) -> None:
        """Twelve changes; the level ends released."""
        for _ in range(6):
            self.press()
            self.release()

    def shake(self, stop: threading.Event) -> None:
        """Change the level as fast as a wire without a resistor, until told to stop."""
        while not stop.wait(0.002):
            self.press()
            self.release()

    @abstractmethod
    def close(self) -> None:
        """Let go of whatever the hand itself opened; may be called twice."""


class FakeHand(Hand):
    """Datagrams to the fake's control socket, without waiting for the answer."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "button.sock")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def line(self) -> Line:
        return FakeLine(self._path)

    def press(self) -> None:
        self._socket.sendto(b"press", self._path)

    def release(self) -> None:
        self._socket.sendto(b"release", self._path)

    def bounce(self) -> None:
        self._socket.sendto(b"bounce", self._path)

    def close(self) -> None:
        self._socket.close()


class PipeHand(Hand):
    """Input event records through a named pipe."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "event0")
        os.mkfifo(self._path)
        self._pipe = os.open(self._path, os.O_RDWR)

    def line(self) -> Line:
        return EvdevLine(self._path)

    def press(self) -> None:
        self.send(EV_KEY, KEY_ENTER, PRESS)

    def release(self) -> None:
        self.send(EV_KEY, KEY_ENTER, RELEASE)

    def send(self, kind: int, code: int, value: int) -> None:
        os.write(self._pipe, EVENT.pack(0, 0, kind, code, value) + EVENT.pack(0, 0, 0, 0, 0))

    def close(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
        self._pipe = -1


class PretendGpio:
    """What JetsonLine uses of the library Jetson.GPIO, with one pin."""

    BOARD, IN = 10, 1

    def __init__(self) -> None:
        self.level = 1
        self.set_up = False
        self.fails = ""

    def setmode(self, mode: int) -> None:
        assert mode == self.BOARD

    def setup(self, pin: int, direction: int) -> None:
        if self.fails:
            raise RuntimeError(self.fails)
        assert (pin, direction) == (18, self.IN)
        self.set_up = True

    def input(self, pin: int) -> int:
        if self.fails:
            raise RuntimeError(self.fails)
        assert self.set_up
        return self.level

    def cleanup(self, pin: int) -> None:
        self.set_up = False


class JetsonHand(Hand):
    """Sets the level that the pretended library reads."""

    def __init__(self) -> None:
        self.gpio = PretendGpio()

    def line(self) -> Line:
        return JetsonLine(18, active_low=True, gpio=self.gpio)

    def press(self) -> None:
        self.gpio.level = 0

    def release(self) -> None:
        self.gpio.level = 1

    def shake(self, stop: threading.Event) -> None:
        """Slower: what changes between two looks is not seen."""
        while not stop.wait(0.006):
            self.gpio.level ^= 1
        self.gpio.level = 1

    def close(self) -> None:
        self.gpio.set_up = False


class GpioSimHand(Hand):
    """The pull of a line of the kernel's gpio-sim: the chip is real to every program."""

    def __init__(self, pull: Path, place: Place, abi: int) -> None:
        self._pull = pull
        self._place = place
        self._abi = abi
        self.release()

    def line(self) -> Line:
        return GpiochipLine(self._place, active_low=True, abi=self._abi)

    def press(self) -> None:
        self._pull.write_text("pull-down")

    def release(self) -> None:
        self._pull.write_text("pull-up")

    def close(self) -> None:
        self.release()


class UinputHand(Hand):
    """A keyboard of one key, made through /dev/uinput."""

    # Source: linux/uinput.h
    _UI_SET_EVBIT, _UI_SET_KEYBIT = 0x40045564, 0x40045565
    _UI_DEV_CREATE, _UI_DEV_DESTROY = 0x5501, 0x5502
    _UI_GET_SYSNAME = (2 << 30) | (64 << 16) | (ord("U") << 8) | 44
    _USER_DEV = struct.Struct("80sHHHHi" + "64i" * 4)

    def __init__(self) -> None:
        import fcntl

        self._node = os.open("/dev/uinput", os.O_WRONLY)
        fcntl.ioctl(self._node, self._UI_SET_EVBIT, EV_KEY)
        fcntl.ioctl(self._node, self._UI_SET_KEYBIT, KEY_ENTER)
        os.write(self._node, self._USER_DEV.pack(b"plantd test button", 3, 1, 1, 1, 0, *[0] * 256))
        fcntl.ioctl(self._node, self._UI_DEV_CREATE)
        name = fcntl.ioctl(self._node, self._UI_GET_SYSNAME, bytes(64)).split(b"\0")[0].decode()
        events = list(Path("/sys/devices/virtual/input", name).glob("event*"))
        self.path = "/dev/input/" + events[0].name

    def line(self) -> Line:
        return EvdevLine(self.path, KEY_ENTER)

    def press(self) -> None:
        self._send(PRESS)

    def release(self) -> None:
        self._send(RELEASE)

    def _send(self, value: int) -> None:
        os.write(self._node, EVENT.pack(0, 0, EV_KEY, KEY_ENTER, value))
        os.write(self._node, EVENT.pack(0, 0, 0, 0, 0))

    def close(self) -> None:
        """Unplug it."""
        if self._node >= 0:
            os.close(self._node)
        self._node = -1
