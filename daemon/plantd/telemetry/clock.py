"""What time it is on a box whose clock may be wrong: boot, monotonic time, wall clock, trust."""

import ctypes
import os
import time
import uuid
from datetime import datetime, timezone
from typing import Callable, NamedTuple, Optional

from plantd.telemetry import kernel_files
from plantd.wire import Moment

# `struct timex` has 208 bytes on 64-bit Linux; the kernel writes no more than that.
TIMEX_BYTES = 512
# adjtimex(2): the clock is not synchronised to anything.
TIME_ERROR = 5
# systemd-timesyncd touches it after the first synchronisation; systemd 239 and later.
TIMESYNC_FILE = "run/systemd/timesync/synchronized"


class Synchronisation(NamedTuple):
    """Whether the wall clock can be trusted, and who said so: kernel, timesyncd or nobody."""

    synchronised: bool
    said_by: str


class Clock:
    """Tells the moment. Safe from any thread."""

    def __init__(
        self,
        root: str = "/",
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        kernel: Optional[Callable[[], Optional[bool]]] = None,
    ) -> None:
        """Args: `kernel` says whether the kernel's clock is synchronised, None if it won't say."""
        self._root = root
        self._monotonic = monotonic
        self._wall = wall
        self._kernel = kernel or kernel_synchronised
        self.boot_id = boot_id(root)

    def now(self) -> Moment:
        """Return this moment."""
        wall = datetime.fromtimestamp(int(self._wall()), timezone.utc)
        return Moment(
            boot_id=self.boot_id,
            mono_s=self._monotonic(),
            wall=wall.strftime("%Y-%m-%dT%H:%M:%SZ"),
            synchronised=self.synchronisation().synchronised,
        )

    def month(self) -> Optional[int]:
        """Return the month, 1 to 12, in UTC; None while nobody vouches for the wall clock."""
        now = self.now()
        return int(now.wall[5:7]) if now.synchronised else None

    def synchronisation(self) -> Synchronisation:
        """Ask the kernel; where it is not allowed to say (seccomp), look for timesyncd's file."""
        said = self._kernel()
        if said is not None:
            return Synchronisation(said, "kernel")
        if os.path.exists(os.path.join(self._root, TIMESYNC_FILE)):
            return Synchronisation(True, "timesyncd")
        return Synchronisation(False, "nobody")


def boot_id(root: str = "/") -> str:
    """Return the kernel's boot id; without /proc one that holds for this process."""
    read = kernel_files.text(root, "proc/sys/kernel/random/boot_id")
    return read or str(uuid.uuid4())


def kernel_synchronised() -> Optional[bool]:
    """Return what adjtimex(2) says, None where it cannot be called. It only reads: modes is 0."""
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    answer = int(adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
    return None if answer < 0 else answer != TIME_ERROR
