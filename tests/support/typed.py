"""A program in a terminal of its own: what a user types into it, what a user reads."""

import codecs
import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import Dict, List, Optional

from plantd.system.lifetime import Closable

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\n"
WAIT_S = 120.0
# A session of its own whose terminal is standard input, so that Ctrl-C reaches all of it.
_IN_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


class Typed(Closable):
    """Runs a command in a pseudo-terminal; `printed` is all that it has printed so far."""

    def __init__(self, command: List[str], cwd: str, environ: Dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.printed = ""
        self._read_to = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._process: Optional["subprocess.Popen[bytes]"] = subprocess.Popen(
            [sys.executable, "-c", _IN_A_TERMINAL, *command],
            cwd=cwd,
            env=environ,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def type(self, text: str) -> None:
        """Type it."""
        os.write(self._master, text.encode("utf-8"))

    def wait_for(self, pattern: str) -> str:
        """Return what matched of what was printed since the last call."""
        until = time.monotonic() + WAIT_S
        while True:
            found = re.compile(pattern).search(self.printed, self._read_to)
            if found:
                self._read_to = found.end()
                return found.group()
            if not self._read(until):
                raise AssertionError("no {!r} in:\n{}".format(pattern, self.printed))

    def wait(self) -> int:
        """Read to the end and return the exit code."""
        until = time.monotonic() + WAIT_S
        while self._read(until):
            pass
        assert self._process is not None
        return self._process.wait(WAIT_S)

    def close_window(self) -> None:
        """Take the terminal away, as a window that is closed; may be called twice."""
        master, self._master = self._master, -1
        if master >= 0:
            os.close(master)

    def close(self) -> None:
        """End what is still there; may be called twice."""
        process, self._process = self._process, None
        self.close_window()
        if process is not None:
            try:
                process.wait(WAIT_S)
            finally:
                process.kill()
                process.wait()

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, until - time.monotonic()))
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # EIO: nobody has the terminal any more
            data = b""
        self.printed += self._decoder.decode(data).replace("\r\n", "\n")
        return bool(data)
