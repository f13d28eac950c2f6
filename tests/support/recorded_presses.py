"""A real record with presses in it, their pictures, and what a person said of them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Optional

from plantd.config import RecordConfig
from plantd.sinks.record import Record
from plantd.sinks.recording import labels
from plantd.sinks.recording.labels import Label
from plantd.sinks.recording.store import Place
from support.picture_bytes import drawn, jpeg
from support.verdict_json import MOMENT, moment, verdict_json
from support.wire_samples import verdict as sample

LONG_ENOUGH_S = 20.0
PICTURE = jpeg(drawn())


def record_presses(
    state: Path, count: int, picture: Optional[bytes] = PICTURE, **facts: Any
) -> None:
    """Record `count` presses, two minutes apart, that a service would have recorded."""
    with Record(str(state), RecordConfig(reserve_mb=0), moment) as record:
        for _ in range(count):
            seq = record.next_seq()
            verdict = {**sample(seq), "mono_s": MOMENT.mono_s + 120.0 * seq, **facts}
            assert record.commit(verdict, picture, None).wait(LONG_ENOUGH_S)


def record_plain(state: Path, count: int) -> None:
    """Record many small verdicts without pictures, as fast as the disk allows."""
    with Record(str(state), RecordConfig(reserve_mb=0), moment) as record:
        commits = []
        for _ in range(count):
            commits.append(record.commit(verdict_json(record.next_seq())))
            assert commits[-1].wait(LONG_ENOUGH_S)


def say(
    state: Path, seq: int, label: str, poisonous: Optional[bool] = None, by: str = "ida"
) -> None:
    """Label one verdict, as a person does."""
    said = Label(label, poisonous, by, MOMENT.wall, "synchronised")
    with closing(sqlite3.connect(Place(str(state)).database, isolation_level=None)) as db:
        labels.add(db, seq, said)
