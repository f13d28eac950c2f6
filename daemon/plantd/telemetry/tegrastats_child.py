"""The source `tegrastats`: NVIDIA's own program, followed line by line."""

import subprocess
import threading
import time
from typing import Callable, Optional, Sequence

from plantd.telemetry.background import RETRY_FIRST_S, BackgroundSource, nothing
from plantd.telemetry.interface import Readings
from plantd.telemetry.tegrastats_line import NAME, readings_from_line

INTERVAL_MIN_MS = 100
KILL_AFTER_S = 2.0


class TegrastatsSource(BackgroundSource):
    """Spawns `tegrastats --interval MS`, and spawns it again when it dies."""

    def __init__(
        self,
        interval_s: float,
        command: Sequence[str] = ("tegrastats",),
        changed: Callable[[], None] = nothing,
        clock: Callable[[], float] = time.monotonic,
        retry_first_s: float = RETRY_FIRST_S,
    ) -> None:
        """Args: `command` is the program without its options."""
        super().__init__(NAME, interval_s, changed, clock, retry_first_s)
        milliseconds = max(INTERVAL_MIN_MS, round(1000 * interval_s))
        self._command = [*command, "--interval", str(milliseconds)]
        self._spawning = threading.Lock()
        self._child: "Optional[subprocess.Popen[str]]" = None

    def follow(self) -> str:
        """Read the program's lines until it ends."""
        try:
            child = self._spawn()
        except OSError as error:
            return (
                "{} cannot be started ({}); it comes with the Jetson's L4T: "
                "elsewhere set telemetry.source to proc".format(self._command[0], error.strerror)
            )
        if child is None or child.stdout is None:
            return "{} was stopped".format(NAME)
        with child.stdout as lines:
            for line in lines:
                readings = readings_from_line(line)
                if readings != Readings(source=NAME):
                    self.deliver(readings)
        return "{} ended with status {}; it is started again".format(NAME, _wait(child))

    def interrupt(self) -> None:
        """End the program."""
        with self._spawning:
            if self._child is not None and self._child.poll() is None:
                self._child.terminate()

    def _spawn(self) -> "Optional[subprocess.Popen[str]]":
        with self._spawning:
            if self.stopping.is_set():
                return None
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
            )
            return self._child


def _wait(child: "subprocess.Popen[str]") -> int:
    """Return the exit status; what closed its output and lives on is killed."""
    try:
        return child.wait(KILL_AFTER_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
