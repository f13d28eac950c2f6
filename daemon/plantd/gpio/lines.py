"""Lines of a GPIO chip, by python-periphery: for the button, the light and a display.

`Cdev1GPIO` is asked for by name: the kernel 4.9 of JetPack 4 speaks only the first version of the
character-device interface, and python-periphery's own choice would be the second from kernel 5.10
on, so that the device's path would run nowhere else.
"""

import errno
import fcntl
import getpass
import glob
import os
import select
import struct
import time
from typing import Any, List, NamedTuple, Optional, Type

from plantd.errors import AccessError, InUseError, NotFoundError, PlantdError, UnavailableError
from plantd.gpio.wrapped import periphery_classes

# struct gpiochip_info { char name[32]; char label[32]; __u32 lines; }. Source: linux/gpio.h
_CHIP_INFO = struct.Struct("32s32sI")
_GET_CHIP_INFO = 0x8044B401
# struct gpioline_info { __u32 line_offset; __u32 flags; char name[32]; char consumer[32]; }
_LINE_INFO = struct.Struct("II32s32s")
_GET_LINE_INFO = 0xC048B402
_CONSUMER = "plantd"
# More than the kernel keeps of a line (16): a look ends, however fast the edges come.
_MOST_EDGES = 64


class Chip(NamedTuple):
    """A GPIO chip: its device node, the driver's label, how many lines it has."""

    path: str
    label: str
    lines: int


class Edge(NamedTuple):
    """A change of a line: its electrical level from then on, and how many seconds ago that was."""

    high: bool
    age_s: float


def chips() -> List[Chip]:
    """Return the chips that may be read. Raises AccessError when there are some and none may."""
    found: List[Chip] = []
    forbidden: List[str] = []
    for path in sorted(glob.glob("/dev/gpiochip*")):
        try:
            found.append(_chip_at(path))
        except PermissionError:
            forbidden.append(path)
        except OSError:
            continue  # unplugged between the listing and the look
    if forbidden and not found:
        raise AccessError(_no_access(forbidden[0]))
    return found


def chip_by_label(label: str) -> Chip:
    """Return the chip with this label. Numbers change with the order of drivers, labels do not.

    Raises NotFoundError naming the labels there are, AccessError when no chip may be read.
    """
    there = chips()
    for chip in there:
        if chip.label == label:
            return chip
    labels = ", ".join(repr(chip.label) for chip in there) or "no GPIO chip at all"
    raise NotFoundError(
        "no GPIO chip is labelled {!r}; this machine has {}; set `chip` to one of its labels "
        "(gpiodetect lists them) or choose another driver".format(label, labels)
    )


def holder_of(path: str, line: int) -> str:
    """Return who holds a line of the chip at a path, in his own word; empty where nobody says."""
    asked = _LINE_INFO.pack(line, 0, b"", b"")
    try:
        node = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        answer = fcntl.ioctl(node, _GET_LINE_INFO, asked)
    except OSError:
        return ""
    finally:
        os.close(node)
    consumer = bytes(_LINE_INFO.unpack(answer)[3])
    return consumer.split(b"\0")[0].decode("utf-8", "replace")


class LevelLine:
    """An input whose level is looked at now and then."""

    def __init__(self, label: str, line: int, abi: int = 1) -> None:
        """Take the line. Raises NotFoundError, AccessError or UnavailableError."""
        self._gpio = _take(label, line, "in", abi)

    def read(self) -> bool:
        """Return the electrical level now. Raises UnavailableError when the chip is gone."""
        try:
            return bool(self._gpio.read())
        except OSError as error:
            raise UnavailableError(_lost(error)) from error

    def close(self) -> None:
        """Give the line back; may be called twice."""
        self._gpio.close()


class InputLine(LevelLine):
    """An input that reports both edges."""

    def __init__(self, label: str, line: int, abi: int = 1) -> None:
        """Take the line, without asking for a bias: version 1 on kernel 4.9 knows none.

        `abi` 2 takes the newer interface, which the tests run beside the first.
        Raises NotFoundError, AccessError or UnavailableError, each saying what helps.
        """
        self._gpio = _take(label, line, "in", abi, edge="both")

    def fileno(self) -> int:
        """Becomes readable on an edge."""
        return int(self._gpio.fd)

    def edges(self) -> List[Edge]:
        """Take the edges that have arrived, oldest first; more may have been dropped.

        Raises UnavailableError when the chip is gone.
        """
        found: List[Edge] = []
        try:
            while len(found) < _MOST_EDGES and select.select([self._gpio.fd], [], [], 0)[0]:
                event = self._gpio.read_event()
                found.append(Edge(event.edge == "rising", age_s(event.timestamp)))
        except OSError as error:
            raise UnavailableError(_lost(error)) from error
        return found


class OutputLine:
    """An output, dark until it is told otherwise."""

    def __init__(self, label: str, line: int, active_low: bool = False, abi: int = 1) -> None:
        """Take the line. Raises NotFoundError, AccessError or UnavailableError."""
        self._active_low = active_low
        self._gpio = _take(label, line, "high" if active_low else "low", abi)

    def write(self, on: bool) -> None:
        """Switch. Raises UnavailableError when the chip is gone."""
        try:
            self._gpio.write(on != self._active_low)
        except OSError as error:
            raise UnavailableError(_lost(error)) from error

    def close(self) -> None:
        """Give the line back; may be called twice. Its level is then the kernel's business."""
        self._gpio.close()


def age_s(stamp_ns: int) -> float:
    """Return how long ago the kernel stamped an edge, never negative.

    Before 5.7 the stamps are of the wall clock, since then of the monotonic one: whichever is
    nearer. Who uses this must bear a wall clock that jumped meanwhile.
    """
    stamp_s = stamp_ns / 1e9
    return max(0.0, min(time.monotonic() - stamp_s, time.time() - stamp_s, key=abs))


def _chip_at(path: str) -> Chip:
    node = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(node, _GET_CHIP_INFO, bytes(_CHIP_INFO.size))
    finally:
        os.close(node)
    _, label, lines = _CHIP_INFO.unpack(answer)
    return Chip(path, label.split(b"\0")[0].decode("utf-8", "replace"), lines)


def _take(label: str, line: int, direction: str, abi: int, **options: Any) -> Any:
    chip = chip_by_label(label)
    if not 0 <= line < chip.lines:
        raise NotFoundError(
            "GPIO chip {!r} ({}) has lines 0 to {}, no line {}".format(
                label, chip.path, chip.lines - 1, line
            )
        )
    # The kernel's active-low flag is left alone: levels are electrical here, on every kernel.
    try:
        return _gpio_class(abi)(chip.path, line, direction, label=_CONSUMER, **options)
    except OSError as error:
        raise _refused(error, chip, line) from error


def _gpio_class(abi: int) -> Type[Any]:
    classes = periphery_classes()
    return {1: classes.gpio_v1, 2: classes.gpio_v2}[abi]


def _refused(error: OSError, chip: Chip, line: int) -> PlantdError:
    where = "line {} of GPIO chip {!r} ({})".format(line, chip.label, chip.path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessError(_no_access(chip.path))
    if error.errno == errno.EBUSY:
        holder = holder_of(chip.path, line)
        return InUseError(
            "{} is in use by {}; `gpioinfo` shows every line".format(
                where, repr(holder) if holder else "another program or driver"
            )
        )
    return UnavailableError("{} cannot be taken: {}".format(where, error))


def _no_access(path: str) -> str:
    return (
        "{} may not be opened by user {}; it belongs to group gpio: "
        "sudo usermod -aG gpio {}, then start plantd again (make install sets group and "
        "udev rule)".format(path, _user(), _user())
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except KeyError:
        return str(os.getuid())


def _lost(error: Optional[BaseException]) -> str:
    return "the GPIO line is gone: {}".format(error)
