"""Reads the whole database once, beside the writer: in a process of its own, which can be ended.

    python3 -m plantd.sinks.recovery.integrity_check DATABASE

Prints "ok", "damaged ..." or "unread ...". A check of a large record on a cold card takes minutes,
in one call into SQLite: a thread could not be ended. It yields to everything else that runs.
"""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import Callable, Optional
from urllib.parse import quote

from plantd.sinks import record_rows as rows

GOOD = "ok"
DAMAGED = "damaged"
UNREAD = "unread"
_NICENESS = 19


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
        command = [sys.executable, "-m", __name__, self._database]
        self._child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._thread.start()

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


def finding_of(database: str) -> str:
    """Return GOOD; DAMAGED or UNREAD with SQLite's words."""
    uri = "file:{}?mode=ro".format(quote(os.path.abspath(database)))
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=10.0)) as db:
            answer = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return "{} {}".format(DAMAGED if rows.is_damage(error) else UNREAD, error)
    return GOOD if answer == "ok" else "{} quick_check says: {}".format(DAMAGED, answer)


if __name__ == "__main__":
    os.nice(_NICENESS)
    sys.stdout.write(finding_of(sys.argv[1]) + "\n")
