"""What of a verdict goes out as JSON and as a table, and what never does."""

import csv
import io
import json
from typing import Any, Dict

import pytest
from support import wire_samples as samples
from support.verdict_json import verdict_json

from plantd.export.lines import COLUMNS, FORMATS, KEYS, csv_line, format_of, json_line
from plantd.sinks.recording.labels import Label
from plantd.sinks.recording.reader import Recorded

SAID = Label("Wild_Leek", False, "ida", "2026-06-02T08:00:00Z", "synchronised")
PRESENT = {**samples.verdict(7, samples.EDIBLE), "pictures": "kept"}


def row(verdict: Dict[str, Any], picture: str = "", label: Any = None) -> Dict[str, str]:
    head, line = FORMATS["csv"]
    text = head + line(Recorded(verdict, None, label), picture or None)
    (found,) = csv.DictReader(io.StringIO(text))
    return dict(found)


def test_every_key_of_a_verdict_goes_out_and_no_other() -> None:
    assert set(samples.verdict(7)) | {"pictures"} == KEYS


@pytest.mark.parametrize("key", ["position", "gps", "latitude", "exif", "file"])
def test_where_it_was_never_goes_out(key: str) -> None:
    recorded = Recorded({**PRESENT, key: "52.5163, 13.3777"}, None, None)
    for _, line in FORMATS.values():
        assert "52.5163" not in line(recorded, None)


def test_a_line_of_json_is_the_verdict_with_its_picture_and_its_label() -> None:
    told = json.loads(json_line(Recorded(PRESENT, "000000/7.jpg", SAID), "labelled/000000/7.jpg"))
    assert {key: told[key] for key in PRESENT} == PRESENT
    assert told["picture"] == "labelled/000000/7.jpg"
    assert told["label"] == SAID.to_json()
    assert told["label"]["by"] == "ida"


def test_a_row_has_the_answer_beside_what_a_person_said() -> None:
    found = row(PRESENT, "labelled/000000/7.jpg", SAID)
    assert tuple(found) == COLUMNS
    assert (found["seq"], found["verdict"], found["species"]) == ("7", "edible", "Wild_Leek")
    assert (found["label"], found["label_poisonous"], found["labelled_by"]) == (
        "Wild_Leek",
        "0",
        "ida",
    )
    assert found["picture"] == "labelled/000000/7.jpg"


def test_what_an_older_version_did_not_write_is_empty() -> None:
    found = row(verdict_json(3))
    assert (found["seq"], found["species"], found["label"]) == ("3", "", "")


@pytest.mark.parametrize("sign", "=+-@\t")
def test_no_text_is_a_formula_of_a_spreadsheet(sign: str) -> None:
    assert row({**PRESENT, "model": sign + "cmd|' /C calc'!A0"})["model"].startswith("'" + sign)


def test_a_lone_return_stays_in_its_cell() -> None:
    assert row({**PRESENT, "caution": "one\rtwo\r\nthree"})["caution"] == "one\ntwo\nthree"


def test_a_number_below_nought_stays_a_number() -> None:
    assert row({**PRESENT, "poisonous_mass": -0.5})["poisonous_mass"] == "-0.5"


def test_the_ending_of_a_file_chooses_the_format() -> None:
    assert [format_of(name) for name in ("a.csv", "A.CSV", "a.jsonl", "a", "")] == [
        "csv",
        "csv",
        "jsonl",
        "jsonl",
        "jsonl",
    ]


def test_line_ends_in_a_text_stay_in_their_row() -> None:
    assert csv_line(Recorded({**PRESENT, "caution": "one\ntwo"}, None, None), None).count('"') >= 2
