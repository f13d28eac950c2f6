"""Measures what a large record costs after a kill: the first verdicts beside its check.

    python tests/bench/record.py --megabytes 820 --folder /var/tmp

The cache is cold: the record's own file is dropped from it (posix_fadvise), which needs no root.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Dict, List

from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.config import RecordConfig
from plantd.sinks.record import Record
from plantd.sinks.recording.picture_files import Saved
from plantd.sinks.recording.rows import INSERT, row_from_verdict

VERDICTS = 8
PAUSE_S = 1.0
LONG_ENOUGH_S = 3600.0


def main() -> None:
    """Measure once with the check beside the verdicts, once with the check put off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=820)
    parser.add_argument("--row-bytes", type=int, default=2500, help="of one verdict's JSON")
    parser.add_argument("--folder", help="where the record is made: on the disk to be measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        state = Path(folder)
        grow(state, options.row_bytes, size_bytes=options.megabytes << 20)
        for name, check_after_s in (("check put off", 3600.0), ("check at once", 0.0)):
            _forget(state)
            sys.stdout.write("{}: {}\n".format(name, _life(state, check_after_s)))
            sys.stdout.flush()


def grow(state: Path, row_bytes: int, size_bytes: int = 1 << 62, rows: int = 1 << 62) -> None:
    """Make a record of about so many bytes, or so many verdicts, in a state directory."""
    with Record(str(state), RecordConfig(reserve_mb=0), moment) as record:
        assert record.commit(verdict_json(record.next_seq()), JPEG, PNG).wait(LONG_ENOUGH_S)
    path = state / "record" / "record.db"
    with closing(sqlite3.connect(str(path), isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        seq = 2
        while path.stat().st_size < size_bytes and seq <= rows:
            some = [
                row_from_verdict(_wide(verdict_json(each), row_bytes), Saved(None, None, 0))
                for each in range(seq, min(seq + 5000, rows + 1))
            ]
            db.execute("BEGIN")
            db.executemany(INSERT, some)
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            seq += len(some)
    sys.stdout.write("{} verdicts, {} MB\n".format(seq - 1, path.stat().st_size >> 20))


def _wide(verdict: Dict[str, Any], row_bytes: int) -> Dict[str, Any]:
    return dict(verdict, padding="x" * max(0, row_bytes - len(json.dumps(verdict))))


def _forget(state: Path) -> None:
    """Leave the record as a kill does, and none of it in memory."""
    path = str(state / "record" / "record.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE fact SET value = 0 WHERE name = 'clean'")
    descriptor = os.open(path, os.O_RDWR)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def _life(state: Path, check_after_s: float) -> str:
    began = time.monotonic()
    config = RecordConfig(reserve_mb=0)
    with Record(str(state), config, moment, check_after_s=check_after_s) as record:
        opened_ms = (time.monotonic() - began) * 1000
        took_ms: List[float] = []
        for _ in range(VERDICTS):
            asked = time.monotonic()
            commit = record.commit(verdict_json(record.next_seq()), JPEG, PNG)
            assert commit.wait(LONG_ENOUGH_S), commit.error
            took_ms.append((time.monotonic() - asked) * 1000)
            time.sleep(PAUSE_S)
        checked = "not checked yet"
        if check_after_s == 0:
            record.wait_checked(LONG_ENOUGH_S)
            checked = "checked after {:.1f} s".format(time.monotonic() - began)
        check = record.status().check
    return "opened in {:.0f} ms; verdicts {} ms; {} ({})".format(
        opened_ms, " ".join("{:.0f}".format(each) for each in took_ms), checked, check.split(":")[0]
    )


if __name__ == "__main__":
    main()
