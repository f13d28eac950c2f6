"""Runs one command of the owner's on each verdict, with the verdict's JSON on its input.

How this works: no shell, one command at a time, in a process group of its own, at a lower
priority. The input is an unlinked file, so that a command that does not read it blocks nobody.
When the command has ended, or its time is over, its whole group is killed: nothing of it stays.
"""

import contextlib
import logging
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from typing import Dict, Optional, Tuple

from plantd.config.forms.hook import words_of
from plantd.notifiers.queued import NotDelivered, Notice, QueuedNotifier

logger = logging.getLogger(__name__)

NAME = "hooks.command"
QUEUE_LENGTH = 32
SHM_DIR = "/dev/shm"
# Of what a command says, the log gets this much; the rest is read and thrown away.
OUTPUT_BYTES = 4096
NICENESS = 10
# Pipes are looked at this often for an abort.
_LOOK_S = 0.2
# What systemd tells the service, and nobody else.
_PRIVATE = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID")


class CommandHook(QueuedNotifier):
    """Runs the command for one verdict after the other."""

    def __init__(self, command: str, timeout_s: float) -> None:
        """Args: the command as a shell would split it; how long one run may take."""
        super().__init__(NAME, QUEUE_LENGTH)
        self._command = words_of(command)
        self._timeout_s = timeout_s
        self._aborted = threading.Event()

    def deliver(self, notice: Notice) -> None:
        """Run the command. Raises NotDelivered where it cannot start, fails or takes too long."""
        with tempfile.TemporaryFile(dir=SHM_DIR if os.path.isdir(SHM_DIR) else None) as given:
            given.write(notice.line)
            given.seek(0)
            try:
                child = subprocess.Popen(
                    self._command,
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=_environment(notice),
                    cwd="/",
                    start_new_session=True,
                )
            except OSError as error:
                raise NotDelivered(
                    "{} cannot be started: {}; it must be executable, and its interpreter "
                    "there".format(self._command[0], error.strerror or error)
                ) from error
        self._watch(child)

    def abort(self) -> None:
        """End the command that runs."""
        self._aborted.set()

    def _watch(self, child: "subprocess.Popen[bytes]") -> None:
        with contextlib.suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PGRP, child.pid, NICENESS)
        assert child.stdout is not None
        with child.stdout:
            code, said = self._wait(child, child.stdout.fileno())
        for line in said.decode("utf-8", "replace").splitlines():
            logger.info("%s says: %s", NAME, line)
        if code is None:
            raise NotDelivered(
                "{} did not end within {:g} s and was killed; make it quicker, or raise "
                "hooks.timeout_s".format(self._command[0], self._timeout_s)
            )
        if code != 0:
            raise NotDelivered(
                "{} ended {}; the journal has what it said".format(self._command[0], _how(code))
            )

    def _wait(self, child: "subprocess.Popen[bytes]", out: int) -> Tuple[Optional[int], bytes]:
        """Return its exit code, None when its time was over, and the beginning of its output."""
        until, said = time.monotonic() + self._timeout_s, b""
        try:
            while time.monotonic() < until and not self._aborted.is_set():
                if not select.select([out], [], [], _LOOK_S)[0]:
                    continue
                found = os.read(out, OUTPUT_BYTES)
                if not found:
                    break
                said = (said + found)[:OUTPUT_BYTES]
            while time.monotonic() < until and not self._aborted.is_set():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return child.wait(_LOOK_S), said
            return None, said
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _environment(notice: Notice) -> Dict[str, str]:
    """Return the service's environment, and the answer in short, for who reads no JSON."""
    told = {
        "PLANTD_SEQ": str(notice.event.get("seq", "")),
        "PLANTD_VERDICT": str(notice.event.get("verdict", "")),
        "PLANTD_TRIGGER": str(notice.event.get("trigger", "")),
    }
    kept = {name: value for name, value in os.environ.items() if name not in _PRIVATE}
    return {**kept, **told}


def _how(code: int) -> str:
    return "with exit code {}".format(code) if code > 0 else "by signal {}".format(-code)
