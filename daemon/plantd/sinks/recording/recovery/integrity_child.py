"""Reads a whole database: `python3 -I -S integrity_child.py DATABASE PARENT_PID`.

Prints "ok", "damaged ..." or "unread ...". It imports nothing but what it needs, since on a slow
processor every import delays the answers beside it; it yields to everything else that runs, and it
ends with its parent, so that no checks pile up where a service is killed again and again.
"""

import ctypes
import os
import signal
import sqlite3
import sys
from contextlib import closing
from urllib.parse import quote

GOOD = "ok"
DAMAGED = "damaged"
UNREAD = "unread"
_NICENESS = 19
# Source: linux/prctl.h
_PR_SET_PDEATHSIG = 1


def finding_of(database: str) -> str:
    """Return GOOD; DAMAGED or UNREAD with SQLite's words."""
    uri = "file:{}?mode=ro".format(quote(os.path.abspath(database)))
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=10.0)) as db:
            answer = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        # As rows.is_damage has it, which is not imported here.
        is_damage = type(error) is sqlite3.DatabaseError
        return "{} {}".format(DAMAGED if is_damage else UNREAD, error)
    except UnicodeDecodeError as error:
        # As plantd.system.database has it: SQLite's words quote bytes that are no text.
        return "{} {!r}".format(DAMAGED, error.object)
    return GOOD if answer == "ok" else "{} quick_check says: {}".format(DAMAGED, answer)


def _end_with(parent_pid: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(0)


if __name__ == "__main__":
    os.nice(_NICENESS)
    _end_with(int(sys.argv[2]))
    sys.stdout.write(finding_of(sys.argv[1]) + "\n")
