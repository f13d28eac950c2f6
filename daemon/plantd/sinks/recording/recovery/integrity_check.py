"""Reads the whole database once, beside the writer: in a process of its own, which can be ended.

A check of a large record on a cold card takes minutes, in one call into SQLite: a thread could not
be ended. The process is `integrity_child`, run as a file.
"""

import os
import subprocess
import sys
import threading
from typing import Callable, Optional

from plantd.sinks.recording.recovery import integrity_child
from plantd.sinks.recording.recovery.integrity_child import DAMAGED, GOOD, UNREAD


class IntegrityCheck:
    """One check; `finding` is None until it has ended, then what it printed.

    Args:
        ended: called from a thread of the check's own, not after `stop`.
    """

    def __init__(self, database: str, ended: Callable[[], None]) -> None:
        self._database = database
        self._ended = ended
        self._stopped = threading.Event()
        self._child: "Optional[subprocess.Popen[bytes]]" = None
        self._thread = threading.Thread(target=self._run, name="record check", daemon=True)
        self.finding: Optional[str] = None

    def start(self) -> None:
        """Begin; raises OSError where no process can be started."""
        script = os.path.abspath(integrity_child.__file__)
        command = [sys.executable, "-I", "-S", script, self._database, str(os.getpid())]
        self._child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process that reads; 0 before `start`."""
        return self._child.pid if self._child is not None else 0

    def stop(self) -> None:
        """End it, finished or not; may be called twice."""
        self._stopped.set()
        if self._child is not None:
            self._child.kill()
            self._thread.join()

    def _run(self) -> None:
        assert self._child is not None
        said = self._child.communicate()[0].decode("utf-8", "replace").strip()
        if self._stopped.is_set():
            return
        lines = said.splitlines() or ["the check ended with {}".format(self._child.returncode)]
        known = lines[-1].split(" ")[0] in (GOOD, DAMAGED, UNREAD)
        self.finding = lines[-1] if known else "{} {}".format(UNREAD, lines[-1])
        self._ended()
