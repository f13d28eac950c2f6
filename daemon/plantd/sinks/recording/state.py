"""How the record is doing, and which failure of the disk means what. Pure."""

import errno
import sqlite3
from typing import Any, Dict, NamedTuple, Tuple, Union

from plantd.errors import RecordError

OK = "ok"
FULL = "full"
READ_ONLY = "read_only"
FAILED = "failed"
STATES = (OK, FULL, READ_ONLY, FAILED)

DISK_ERRORS = (OSError, sqlite3.Error, RecordError)
DiskError = Union[OSError, sqlite3.Error, RecordError]

_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY_ERRNOS = (errno.EROFS, errno.EACCES, errno.EPERM)
_HELP = {
    FULL: "verdicts are answered and not recorded; free space, or lower record.keep_mb",
    READ_ONLY: "verdicts are answered and not recorded; mount it read-write, and let the "
    "service's user write there",
    FAILED: "verdicts are answered and not recorded; look at the disk (dmesg), replace the card",
}


class RecordStatus(NamedTuple):
    """The record for `status` and `health`.

    Attributes:
        state: ok, full, read_only or failed.
        detail: one sentence when it is not ok, or when a broken record was set aside.
        path: of the database.
        last_seq: the last sequence number that was given out.
        waiting: verdicts that wait for the disk.
        committed, failed: verdicts since the service started.
        set_aside: folders of records that were found broken.
        check: of the whole database: "running", "skipped: ...", "ok" or what is wrong.
        incident: what last befell its files and was mended; "" for nothing since the start.
    """

    state: str
    detail: str
    path: str
    last_seq: int = 0
    waiting: int = 0
    committed: int = 0
    failed: int = 0
    pictures_bytes: int = 0
    database_bytes: int = 0
    free_bytes: int = 0
    set_aside: Tuple[str, ...] = ()
    check: str = ""
    incident: str = ""

    def to_json(self) -> Dict[str, Any]:
        """Return it as it stands in /v1/status."""
        return {**self._asdict(), "set_aside": list(self.set_aside)}


def read_only_error() -> OSError:
    """Return what is met where the whole file system takes nothing."""
    return OSError(errno.EROFS, "the filesystem is read-only")


def state_from_error(error: DiskError) -> str:
    """Return which state a failure of the disk puts the record in."""
    if isinstance(error, OSError):
        if error.errno in _FULL_ERRNOS:
            return FULL
        return READ_ONLY if error.errno in _READ_ONLY_ERRNOS else FAILED
    if isinstance(error, sqlite3.OperationalError):
        # Python 3.6 gives SQLite's result code as words only.
        if "full" in str(error):
            return FULL
        return READ_ONLY if "readonly" in str(error) else FAILED
    return FAILED


def sentence_from_error(error: DiskError, folder: str) -> str:
    """Return what happened, where, and what helps."""
    if isinstance(error, RecordError):
        return str(error)
    return "the record in {} cannot be written: {}; {}".format(
        folder, error, _HELP[state_from_error(error)]
    )
