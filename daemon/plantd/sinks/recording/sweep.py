"""Sets the pictures right after a power cut: strays go, losses are written down."""

from typing import Iterator, List, Set

from plantd.sinks.recording import rows
from plantd.sinks.recording.picture_files import SHARD, seq_from_name
from plantd.sinks.recording.store import RecordStore


def sweep(store: RecordStore, last_seq: int) -> Iterator[None]:
    """Compare pictures and verdicts, one folder a step; the caller may wait between steps.

    A picture becomes durable before its verdict does, so what a power cut leaves behind is a
    picture without a verdict. A verdict whose picture is gone stays and says so.

    Args:
        last_seq: pictures with a higher number are this service's own; their verdicts may be
            still to come.
    """
    seen: Set[str] = set()
    for shard in store.files.shards():
        seen.add(shard)
        _sweep_shard(store, shard, last_seq)
        yield
    for shard in _shards_with_rows(store):
        if shard not in seen:
            _mark_lost(store, shard, set())
            yield


def _sweep_shard(store: RecordStore, shard: str, last_seq: int) -> None:
    found = set(store.files.names(shard))
    expected = _expected(store, shard)
    for name in found - expected:
        seq = seq_from_name(name)
        if seq is not None and seq <= last_seq:
            store.files.remove_file(name)
    _mark_lost(store, shard, found & expected)
    store.files.remove_empty(shard)


def _expected(store: RecordStore, shard: str) -> Set[str]:
    first = int(shard) * SHARD
    found = store.db.execute(
        "SELECT frame_file, input_file FROM verdict "
        "WHERE seq >= ? AND seq < ? AND pictures IN ('kept', 'lost')",
        (first, first + SHARD),
    )
    return {name for names in found.fetchall() for name in names if name is not None}


def _mark_lost(store: RecordStore, shard: str, present: Set[str]) -> None:
    first = int(shard) * SHARD
    found = store.db.execute(
        "SELECT seq, frame_file, input_file FROM verdict "
        "WHERE seq >= ? AND seq < ? AND pictures = 'kept'",
        (first, first + SHARD),
    )
    for seq, *names in found.fetchall():
        if not present.issuperset(name for name in names if name is not None):
            store.db.execute(
                "UPDATE verdict SET pictures = ?, size_bytes = 0 WHERE seq = ?", (rows.LOST, seq)
            )


def _shards_with_rows(store: RecordStore) -> List[str]:
    found = store.db.execute(
        "SELECT DISTINCT seq / {} FROM verdict WHERE pictures = 'kept'".format(SHARD)
    )
    return ["{:06d}".format(row[0]) for row in found.fetchall()]
