"""Any verdict that JSON can say comes back from the record as it went in."""

import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st
from support.verdict_json import moment, verdict_json

from plantd.config import RecordConfig
from plantd.sinks.record import Record
from plantd.sinks.recording.picture_files import Saved, seq_from_name
from plantd.sinks.recording.rows import row_from_verdict, verdict_from_columns

NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@given(st.integers(1, 2**62), VALUES)
def test_a_row_keeps_the_whole_verdict(seq: int, value: object) -> None:
    verdict = verdict_json(seq, anything=value)
    row = row_from_verdict(verdict, Saved(None, None, 0))
    assert row.seq == seq
    assert verdict_from_columns(row.json, row.pictures) == {**verdict, "pictures": "none"}


@settings(max_examples=15)
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_the_database_keeps_the_whole_verdict(values: "list[object]") -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Record(folder, RecordConfig(reserve_mb=0), moment) as record:
            for value in values:
                verdict = verdict_json(record.next_seq(), anything=value)
                assert record.commit(verdict).wait(20.0)
            found = [verdict["anything"] for verdict in record.reader.newest(99)]
    assert found == values


@given(TEXTS)
def test_only_our_names_name_a_verdict(name: str) -> None:
    assert seq_from_name(name) is None or name.split("/")[1].startswith(str(seq_from_name(name)))
