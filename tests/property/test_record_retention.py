"""Limits of the record, for any usage and any limits."""

from hypothesis import given
from hypothesis import strategies as st

from plantd.config import RecordConfig
from plantd.sinks.recording.retention import MIB, RESERVE_FLOOR, Usage, shortage_bytes

SIZES = st.integers(0, 2**42)
USAGES = st.builds(Usage, SIZES, SIZES, SIZES)
CONFIGS = st.builds(RecordConfig, keep_mb=st.integers(1, 2**20), reserve_mb=st.integers(0, 2**20))


@given(USAGES, CONFIGS)
def test_a_shortage_never_exceeds_the_record(usage: Usage, config: RecordConfig) -> None:
    assert 0 <= shortage_bytes(usage, config) <= usage.record_bytes


@given(USAGES, CONFIGS)
def test_freeing_the_shortage_keeps_keep_mb(usage: Usage, config: RecordConfig) -> None:
    left = usage.record_bytes - shortage_bytes(usage, config)
    assert left <= config.keep_mb * MIB


@given(USAGES, CONFIGS)
def test_freeing_the_shortage_ends_it(usage: Usage, config: RecordConfig) -> None:
    freed = shortage_bytes(usage, config)
    after = Usage(usage.record_bytes - freed, 0, usage.free_bytes + freed)
    assert shortage_bytes(after, config) == 0


@given(USAGES, CONFIGS)
def test_the_reserve_alone_leaves_the_floor(usage: Usage, config: RecordConfig) -> None:
    left = usage.record_bytes - shortage_bytes(usage, config)
    floor = min(usage.record_bytes, int(config.keep_mb * MIB * RESERVE_FLOOR))
    assert left >= floor


@given(USAGES, CONFIGS, SIZES)
def test_more_free_space_never_takes_more(usage: Usage, config: RecordConfig, more: int) -> None:
    roomier = usage._replace(free_bytes=usage.free_bytes + more)
    assert shortage_bytes(roomier, config) <= shortage_bytes(usage, config)
