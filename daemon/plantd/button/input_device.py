"""A button that is an input device: a USB button or foot switch, or the kernel's gpio-keys.

The records are read with `struct`: one fixed layout and two ioctls are less than a dependency that
must be compiled on the device. A named pipe that carries such records does as well (a bridge from
another machine, the tests); a pipe cannot be asked which keys are down, nor told which clock to
stamp with.
"""

import errno
import fcntl
import os
import stat
import struct
import time
from typing import List, NamedTuple, Optional, Set

from plantd.button.line import Line, LineReading
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import ButtonError, ButtonInUseError, ConfigError

# struct input_event { struct timeval time; __u16 type; __u16 code; __s32 value; }, and its codes.
# Source: linux/input.h, linux/input-event-codes.h
EVENT = struct.Struct("llHHi")
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
RELEASE, PRESS, AUTOREPEAT = 0, 1, 2
KEY_BYTES = 96  # KEY_MAX is 0x2ff
EVIOCGKEY = (2 << 30) | (KEY_BYTES << 16) | (ord("E") << 8) | 0x18
EVIOCSCLOCKID = (1 << 30) | (4 << 16) | (ord("E") << 8) | 0xA0
EVIOCGRAB = (1 << 30) | (4 << 16) | (ord("E") << 8) | 0x90


class Change(NamedTuple):
    """Whether a key is down, and for how many seconds it has been so."""

    down: bool
    age_s: float


class EvdevLine(Line):
    """The keys of one input device: pressed while any of them (or the one configured) is down."""

    driver = "evdev"

    def __init__(self, path: str, key: Optional[int] = None) -> None:
        """Args: the device, best a /dev/input/by-id/ path; the key's code, None for any key."""
        self._path = path
        self._key = key
        self._node = -1
        self._is_pipe = False
        self._down: Set[int] = set()
        self._rest = b""

    @classmethod
    def from_config(cls, config: ButtonConfig, _paths: PathsConfig) -> "EvdevLine":
        """Return the configured device. Raises ConfigError when none is named."""
        if not config.device:
            raise ConfigError(
                [
                    "button.device: driver evdev needs the input device's path, such as {}".format(
                        "/dev/input/by-id/usb-...-event-kbd"
                    )
                ]
            )
        return cls(config.device, config.line)

    @property
    def name(self) -> str:
        """The device, and the key when there is one."""
        return self._path if self._key is None else "{} key {}".format(self._path, self._key)

    def open(self) -> bool:
        """Open the device for ourselves alone: its keys must not type into a console."""
        try:
            self._node = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise ButtonError(
                "the button's input device {} cannot be opened: {}; {}".format(
                    self._path, error.strerror, _remedy(error)
                )
            ) from error
        self._rest = b""
        self._is_pipe = stat.S_ISFIFO(os.fstat(self._node).st_mode)
        try:
            if not self._is_pipe:
                fcntl.ioctl(self._node, EVIOCGRAB, 1)
                fcntl.ioctl(self._node, EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))
            self._down = self._keys_down()
        except OSError as error:
            self.close()
            if error.errno == errno.EBUSY:
                raise ButtonInUseError(
                    "the button's input device {} is in use by another program; `fuser -v {}` "
                    "names it".format(self._path, self._path)
                ) from error
            raise ButtonError(
                "{} is not an input device: {}; expected a /dev/input/event* node".format(
                    self._path, error.strerror
                )
            ) from error
        return bool(self._down)

    def fileno(self) -> Optional[int]:
        """Readable on an event."""
        return None if self._node < 0 else self._node

    def look(self) -> LineReading:
        """Read every event that has arrived."""
        changes: List[Change] = []
        while True:
            try:
                data = os.read(self._node, EVENT.size * 64)
            except BlockingIOError:
                return _seen(changes)
            except OSError as error:
                return _seen(changes, self._unplugged(os.strerror(error.errno or errno.EIO)))
            if not data:
                return _seen(changes, self._unplugged("end of file"))
            changes += self._changes(data)

    def close(self) -> None:
        """Close the device."""
        if self._node >= 0:
            os.close(self._node)
        self._node = -1

    def _changes(self, data: bytes) -> List[Change]:
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        changes: List[Change] = []
        now_s = time.monotonic()
        for seconds, micros, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN and code == SYN_DROPPED:
                self._down = self._keys_down()
            elif kind == EV_KEY and value != AUTOREPEAT and self._counts(code):
                (self._down.add if value == PRESS else self._down.discard)(code)
            else:
                continue
            age_s = 0.0 if self._is_pipe else max(0.0, now_s - seconds - micros / 1e6)
            changes.append(Change(bool(self._down), age_s))
        return changes

    def _keys_down(self) -> Set[int]:
        if self._is_pipe:
            return set()
        bits = fcntl.ioctl(self._node, EVIOCGKEY, bytes(KEY_BYTES))
        down = {code for code in range(KEY_BYTES * 8) if bits[code // 8] >> code % 8 & 1}
        return {code for code in down if self._counts(code)}

    def _counts(self, code: int) -> bool:
        return self._key is None or code == self._key

    def _unplugged(self, why: str) -> str:
        return "the button's input device {} is gone ({}): plug it in again".format(self._path, why)


def _seen(changes: List[Change], lost: str = "") -> LineReading:
    downs, ages_s = [each.down for each in changes], [each.age_s for each in changes]
    return LineReading(downs, lost, ages_s)


def _remedy(error: OSError) -> str:
    if error.errno == errno.EACCES:
        return "the user must be in group input: sudo usermod -aG input USER"
    return "is it plugged in? `ls -l /dev/input/by-id/` lists what is"
