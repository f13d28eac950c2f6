"""Verdicts that an older version recorded are read, shown, explained and compared as ever."""

import os
import sqlite3
from contextlib import closing

import pytest
from support import wire_samples as samples
from support.checkout import TOP
from support.verdict_json import moment

from plantd.cli.explanation import explanation
from plantd.cli.verdict_lines import detail_lines, history_lines, verdict_lines
from plantd.config import RecordConfig
from plantd.sinks.record import Record

RECORDED = TOP / "tests" / "data" / "records" / "record-0.1.0.sql"


def plain(text: str, colour: str) -> str:
    return text


@pytest.fixture
def verdicts(tmp_path):
    """What the record of 0.1.0 holds: poisonous, edible, unclear, unknown, dark, engine fault."""
    os.makedirs(str(tmp_path / "record"))
    with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as database:
        database.executescript(RECORDED.read_text())
    with Record(str(tmp_path), RecordConfig(reserve_mb=0), moment) as record:
        assert record.next_seq() == 7
        return list(record.reader.verdicts(0, 100))


def test_every_verdict_of_an_older_record_is_read(verdicts):
    assert [each["seq"] for each in verdicts] == [1, 2, 3, 4, 5, 6]


def test_an_older_verdict_is_shown_by_its_labels_and_its_reasons(verdicts):
    text = "\n".join(line for each in verdicts for line in verdict_lines(each, plain))
    assert "POISONOUS: do not eat it, do not taste it\n  looks like  0.91 lily of the val" in text
    assert "UNSURE: treat it as poisonous (not confident enough)" in text
    assert "UNSURE: treat it as poisonous (the engine failed)" in text
    assert all(detail_lines(each) for each in verdicts)
    assert len(history_lines(verdicts, plain)) >= 7


def test_an_older_verdict_is_explained(verdicts):
    for each in verdicts:
        text = " ".join(explanation(each, samples.model()))
        assert "does not know it" not in text
        assert "(unknown)" not in text


def test_an_older_verdict_on_what_it_does_not_know_names_no_plant(verdicts):
    unknown = verdicts[3]
    assert unknown["rule"] == "not_a_known_plant"
    text = "\n".join(verdict_lines(unknown, plain) + history_lines([unknown], plain)[1:])
    assert "it looks like none of the plants that this box knows" in " ".join(text.split())
    assert "Wild Leek" not in text
    assert "hellebore" not in text
    assert any("Wild Leek" in line for line in detail_lines(unknown) if "nearest" in line)
