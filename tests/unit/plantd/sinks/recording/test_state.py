"""Which failure of the disk means what."""

import errno
import os
import sqlite3

import pytest

from plantd.errors import RecordError
from plantd.sinks.recording.state import (
    FAILED,
    FULL,
    READ_ONLY,
    DiskError,
    RecordStatus,
    sentence_from_error,
    state_from_error,
)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), FULL),
        (OSError(errno.EROFS, "Read-only file system"), READ_ONLY),
        (PermissionError(errno.EACCES, "Permission denied"), READ_ONLY),
        (OSError(errno.EIO, "Input/output error"), FAILED),
        (sqlite3.OperationalError("database or disk is full"), FULL),
        (sqlite3.OperationalError("attempt to write a readonly database"), READ_ONLY),
        (sqlite3.OperationalError("disk I/O error"), FAILED),
        (sqlite3.DatabaseError("database disk image is malformed"), FAILED),
        (RecordError("another plantd writes the record"), FAILED),
    ],
)
def test_a_failure_has_its_state(error: DiskError, state: str) -> None:
    assert state_from_error(error) == state


def test_a_failure_says_where_and_what_helps() -> None:
    error = OSError(errno.EIO, os.strerror(errno.EIO))
    sentence = sentence_from_error(error, "/var/lib/plantd/record")
    assert sentence.startswith("the record in /var/lib/plantd/record cannot be written: ")
    assert "replace the card" in sentence


def test_an_error_that_is_a_sentence_stays_one() -> None:
    assert sentence_from_error(RecordError("a sentence"), "/x") == "a sentence"


def test_a_status_is_json_ready() -> None:
    status = RecordStatus("ok", "", "/x/record.db", set_aside=("/x/record.broken-1",))
    assert status.to_json()["set_aside"] == ["/x/record.broken-1"]
    assert status.to_json()["state"] == "ok"
