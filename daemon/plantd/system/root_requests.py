"""What only root may do, asked for by a file: restart nvargus-daemon, power off. Nothing else.

How this works: the service writes the request's name to `root-request` in its run directory.
systemd's plantd-root.path sees the file and starts plantd-root.service, which runs this module as
root: it removes the file first, looks the name up in GRANTS, refuses what came too soon after the
last time, and starts the one command. What the file holds is never part of a command.
"""

import logging
import os
import stat
import subprocess
import sys
import time
from typing import Dict, NamedTuple, Optional, Sequence, Tuple

from plantd.errors import EX_DATAERR, EX_OK, EX_TEMPFAIL

logger = logging.getLogger(__name__)

RESTART_NVARGUS = "restart-nvargus-daemon"
POWER_OFF = "poweroff"

FILE_NAME = "root-request"
MAX_BYTES = 64
RUN = "/run/plantd"
# Root's own memory of when it last did what; gone with the next boot, as its clock is.
STAMPS = "/run/plantd-root"


class Grant(NamedTuple):
    """What a request does, and how often it is done at most."""

    command: Tuple[str, ...]
    every_s: float


GRANTS: Dict[str, Grant] = {
    RESTART_NVARGUS: Grant(
        ("systemctl", "--no-block", "--no-ask-password", "restart", "nvargus-daemon.service"), 240.0
    ),
    POWER_OFF: Grant(("systemctl", "--no-block", "--no-ask-password", "poweroff"), 60.0),
}


class RootRequests:
    """The service's side."""

    def __init__(self, run: str) -> None:
        """Args: the run directory, which plantd-root.path watches when it is /run/plantd."""
        self._path = os.path.join(run, FILE_NAME)

    def ask(self, request: str) -> None:
        """Ask root for one of GRANTS. Never raises for what the system refuses: it is logged."""
        assert request in GRANTS, request
        new = self._path + ".new"
        try:
            with open(new, "w", encoding="utf-8") as file:
                file.write(request + "\n")
            os.rename(new, self._path)
        except OSError as error:
            logger.error("root cannot be asked for %s: %s", request, error)
            return
        logger.warning("root is asked for: %s", request)


def consume(run: str) -> Optional[str]:
    """Remove the request and return what it held; None when there is none to be read.

    The directory belongs to the service: whatever lies there may be a trap, and is only removed.
    """
    path = os.path.join(run, FILE_NAME)
    held: Optional[str] = None
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        file = -1
    if file >= 0:
        if stat.S_ISREG(os.fstat(file).st_mode):
            held = os.read(file, MAX_BYTES).decode("utf-8", "replace").rstrip("\n")
        os.close(file)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return None
    return held


def may(request: str, last_s: Optional[float], now_s: float) -> bool:
    """Return whether the request may be granted again. Seconds are monotonic."""
    return last_s is None or now_s - last_s >= GRANTS[request].every_s


def main(run: str = RUN, stamps: str = STAMPS) -> int:
    """Do what the file asks for, if it may be done; return the exit code."""
    request = consume(run)
    if request is None:
        sys.stderr.write("no request in {}\n".format(run))
        return EX_OK
    if request not in GRANTS:
        known = ", ".join(sorted(GRANTS))
        sys.stderr.write("refused: {!r} is none of {}\n".format(request, known))
        return EX_DATAERR
    stamp, now_s = os.path.join(stamps, request), time.monotonic()
    if not may(request, _stamped(stamp), now_s):
        sys.stderr.write(
            "refused: {} was done less than {:.0f} s ago\n".format(request, GRANTS[request].every_s)
        )
        return EX_TEMPFAIL
    with open(stamp, "w", encoding="utf-8") as file:
        file.write("{}\n".format(now_s))
    return _start(GRANTS[request].command)


def _stamped(path: str) -> Optional[float]:
    try:
        with open(path, encoding="utf-8") as file:
            return float(file.read())
    except (FileNotFoundError, ValueError):
        return None


def _start(command: Sequence[str]) -> int:
    sys.stderr.write("{}\n".format(" ".join(command)))
    return subprocess.call(list(command))


if __name__ == "__main__":
    sys.exit(main())
