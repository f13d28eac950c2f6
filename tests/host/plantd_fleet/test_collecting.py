"""Exports, logs, folders and support bundles become Parquet files, once each."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any, Dict, Iterator, List

import duckdb
import pytest
from support import wire_samples as samples

from plantd.errors import BusyError, NotFoundError, UsageError
from plantd_fleet.collecting import collect
from plantd_fleet.questions import QUESTIONS, ask
from plantd_fleet.records import VERDICTS, Added, Records, sources

RIDGE = {"name": "ridge-03", "id": "3f9a1c20b7de"}
POND = {"name": "pond", "id": "0a0a0a0a0a0a"}
SAID = {"label": "Wild_Leek", "poisonous": False, "by": "ida", "wall": "2026-06-02T08:00:00Z"}

Json = Dict[str, Any]


def verdict(seq: int, box: Any = RIDGE, **more: Any) -> Json:
    return {**samples.verdict(seq), "box": box, "picture": None, "label": None, **more}


def export(path: Path, verdicts: List[Json], end: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each) + "\n" for each in verdicts) + end)
    return str(path)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records(str(tmp_path / "records"))
    yield made
    made.close()


def rows(records: Records, what: str = "*") -> List[Any]:
    asked = "SELECT {} FROM read_parquet({}, hive_partitioning=true) ORDER BY seq"
    return duckdb.execute(asked.format(what, sources(records.files(VERDICTS)))).fetchall()


def test_a_verdict_becomes_a_row_below_its_box_and_month(records: Records, tmp_path: Path) -> None:
    done = collect(records, [export(tmp_path / "a.jsonl", [verdict(7)])])
    assert done.added == Added(1, 0, 1)
    where = "verdicts/box=3f9a1c20b7de/month=2026-06/rows.parquet"
    assert (records.folder / where).is_file()
    columns = "seq, box_name, verdict, species, named, poison_p, total_ms, model"
    assert rows(records, columns) == [
        (7, "ridge-03", "poisonous", "lily_of_the_valley", True, 0.97, 96.8, "plants70 1.0.0")
    ]


@pytest.mark.parametrize("folder", ["a[1]", "*", "what?", "it's", "a\\b"])
def test_a_folder_may_be_called_like_a_pattern(tmp_path: Path, folder: str) -> None:
    # What these mean as patterns is there too, and is another box's.
    for other in ("a1", "whats", "else"):
        export(tmp_path / other / "a.jsonl", [verdict(1, POND), verdict(2, POND)])
    path = export(tmp_path / folder / "a.jsonl", [verdict(7)])
    records = Records(str(tmp_path / folder / "records"))
    for done in (collect(records, [path]), collect(records, [str(tmp_path / folder)])):
        assert done.added.partitions == 1
    assert rows(records, "seq, box") == [(7, RIDGE["id"])]
    assert [row[1:] for row in ask(records, "answers").rows] == [(1, 1, 0, 0)]
    records.close()


def test_the_same_export_twice_changes_nothing(records: Records, tmp_path: Path) -> None:
    path = export(tmp_path / "a.jsonl", [verdict(seq) for seq in (1, 2)])
    collect(records, [path])
    before = rows(records)
    assert collect(records, [path]).added == Added(0, 0, 1)
    assert rows(records) == before


def test_a_longer_export_adds_what_is_new(records: Records, tmp_path: Path) -> None:
    collect(records, [export(tmp_path / "a.jsonl", [verdict(1)])])
    done = collect(records, [export(tmp_path / "b.jsonl", [verdict(1), verdict(2)])])
    assert done.added.verdicts == 1
    assert [row[0] for row in rows(records, "seq")] == [1, 2]


def test_a_label_that_came_later_is_taken_and_an_older_export_takes_none_away(
    records: Records, tmp_path: Path
) -> None:
    old = export(tmp_path / "a.jsonl", [verdict(1)])
    new = export(tmp_path / "b.jsonl", [verdict(1, label=SAID)])
    for path in (old, new, old):
        collect(records, [path])
    assert rows(records, "label, label_poisonous, label_by") == [("Wild_Leek", False, "ida")]


def test_a_number_that_a_box_gave_twice_loses_no_press(records: Records, tmp_path: Path) -> None:
    again = verdict(1, boot_id="another", mono_s=5.0)
    collect(records, [export(tmp_path / "a.jsonl", [verdict(1), again])])
    assert len(rows(records)) == 2
    assert ask(records, "twice").rows == [("ridge-03", "3f9a1c20b7de", 1)]


def test_boxes_and_months_lie_apart(records: Records, tmp_path: Path) -> None:
    lines = [verdict(1), verdict(1, POND), verdict(2, wall="2026-07-01T00:00:00Z")]
    assert collect(records, [export(tmp_path / "a.jsonl", lines)]).added == Added(3, 0, 3)


@pytest.mark.parametrize(
    "line", ['{"broken', "7", '{"type": "verdict"}', '{"type": "verdict", "seq": "x"}']
)
def test_a_damaged_line_is_counted_and_the_others_are_taken(
    records: Records, tmp_path: Path, line: str
) -> None:
    done = collect(records, [export(tmp_path / "a.jsonl", [verdict(1)], line + "\n")])
    assert (done.added.verdicts, done.left_out) == (1, 1)


def test_a_clock_that_says_nothing_leaves_the_line_out(records: Records, tmp_path: Path) -> None:
    done = collect(records, [export(tmp_path / "a.jsonl", [verdict(1, wall="yesterday")])])
    assert (done.added.verdicts, done.left_out) == (0, 1)


def test_lines_that_do_not_say_whose_they_are_need_a_name(records: Records, tmp_path: Path) -> None:
    path = export(tmp_path / "a.jsonl", [verdict(1, None)])
    with pytest.raises(UsageError, match="1 lines do not say which box they are from.* --box NAME"):
        collect(records, [path])
    assert collect(records, [path], "pond").added.verdicts == 1


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", ".hidden"])
def test_a_name_never_leads_out_of_the_records(records: Records, tmp_path: Path, name: str) -> None:
    path = export(tmp_path / "a.jsonl", [verdict(1, {"name": name, "id": name})])
    with pytest.raises(UsageError):
        collect(records, [path])
    assert records.files(VERDICTS) == []


def test_two_at_once_are_refused(records: Records, tmp_path: Path) -> None:
    path = export(tmp_path / "a.jsonl", [verdict(1)])
    other = Records(str(records.folder))
    with other.locked(), pytest.raises(BusyError, match="another program collects"):
        collect(records, [path])
    other.close()


def test_what_is_not_there_is_said(records: Records, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no"):
        collect(records, [str(tmp_path / "none.jsonl")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="holds nothing to collect"):
        collect(records, [str(tmp_path / "empty")])


def test_a_cut_while_a_file_is_written_leaves_the_old_one(records: Records, tmp_path: Path) -> None:
    collect(records, [export(tmp_path / "a.jsonl", [verdict(1)])])
    (path,) = records.folder.glob("verdicts/*/*/rows.parquet")
    (path.parent / "rows.parquet.new").write_bytes(b"half")
    assert len(rows(records)) == 1
    collect(records, [export(tmp_path / "b.jsonl", [verdict(2)])])
    assert len(rows(records)) == 2


def bundle(path: Path, log: List[Json]) -> str:
    """A support bundle with a box and the end of its log."""
    lines = "".join(json.dumps(each) + "\n" for each in log)
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("box.json", json.dumps(RIDGE)), ("log.ndjson", lines)):
            member = tarfile.TarInfo("plantd-support/" + name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return str(path)


def test_a_support_bundle_gives_its_log_with_the_temperatures(
    records: Records, tmp_path: Path
) -> None:
    press = {**samples.verdict(1), "mono_s": 100.0}
    reading = {
        "type": "telemetry",
        "boot_id": press["boot_id"],
        "mono_s": 95.0,
        "wall": press["wall"],
        "temperatures_c": {"CPU": 51.5, "GPU": 47.0},
    }
    done = collect(records, [bundle(tmp_path / "ridge.tar.gz", [reading, press])])
    assert done.added == Added(1, 1, 2)
    assert ask(records, "latency").rows == [(50, 1, 96.8, 96.8, 27.3)]


def test_the_same_press_in_a_log_and_in_an_export_is_one_row(
    records: Records, tmp_path: Path
) -> None:
    collect(records, [bundle(tmp_path / "ridge.tar.gz", [samples.verdict(1)])])
    collect(records, [export(tmp_path / "a.jsonl", [verdict(1, label=SAID)])])
    assert rows(records, "seq, label") == [(1, "Wild_Leek")]


def test_two_models_on_the_same_picture_are_compared(records: Records, tmp_path: Path) -> None:
    folder = tmp_path / "stick" / "unlabelled"
    folder.mkdir(parents=True)
    (folder / "1.jpg").write_bytes(b"a picture")
    one = verdict(1, picture="unlabelled/1.jpg")
    other = verdict(
        2, picture="unlabelled/1.jpg", model="plants70 1.1.0", verdict="unsure", mono_s=9.0
    )
    export(tmp_path / "stick" / "verdicts.jsonl", [one, other])
    collect(records, [str(tmp_path / "stick")])
    assert ask(records, "disagreement").rows == [("plants70 1.0.0", "plants70 1.1.0", 1, 1, 0, 0)]


def test_a_picture_outside_of_the_folder_is_not_looked_at(records: Records, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    export(tmp_path / "stick" / "a.jsonl", [verdict(1, picture="../secret")])
    collect(records, [str(tmp_path / "stick")])
    assert rows(records, "picture") == [(None,)]


def test_what_people_said_counts_false_alarms(records: Records, tmp_path: Path) -> None:
    lines = [verdict(1, label=SAID), verdict(2, label={**SAID, "poisonous": True}), verdict(3)]
    collect(records, [export(tmp_path / "a.jsonl", lines)])
    assert ask(records, "labels").rows == [("plants70 1.0.0", 2, 1, 0, 0)]


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_every_question_is_answered_without_temperatures_and_labels_too(
    records: Records, tmp_path: Path, name: str
) -> None:
    collect(records, [export(tmp_path / "a.jsonl", [verdict(1)])])
    assert ask(records, name).columns


def test_without_records_a_question_says_what_brings_them(records: Records) -> None:
    with pytest.raises(NotFoundError, match="plantd-fleet collect brings them there"):
        ask(records, "seen")
