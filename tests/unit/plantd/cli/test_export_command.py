"""plantd-cli export on a real record: whole files, folders to train on, ranges, refusals."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import pytest
from support.as_nobody import NOBODY, skip_unless_root
from support.checkout import TOP
from support.documents import command_lines
from support.picture_bytes import GPS_MARK, exif, with_exif
from support.recorded_presses import PICTURE, record_plain, record_presses, say
from support.small_disk import on_small_disk
from support.verdict_json import verdict_json

from plantd.cli import main
from plantd.config import RecordConfig
from plantd.errors import (
    EX_CANTCREAT,
    EX_CONFIG,
    EX_IOERR,
    EX_NOINPUT,
    EX_NOPERM,
    EX_OK,
    EX_USAGE,
)
from plantd.export import exporting
from plantd.sinks.record import Record
from plantd.sinks.recording import rows as record_rows
from plantd.sinks.recording.picture_files import Saved
from plantd.wire import Moment

LONG_ENOUGH_S = 20.0


class Run(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def seqs(self) -> List[int]:
        return [json.loads(line)["seq"] for line in self.out.splitlines()]


def export(state: Path, *argv: Any) -> Run:
    out, err = io.StringIO(), io.StringIO()
    code = main(["export", "--state", str(state), *map(str, argv)], out, err, {})
    return Run(code, out.getvalue(), err.getvalue())


def rows(path: Path) -> List[Dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def lines(path: Path) -> List[Dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_verdicts_go_to_standard_output_as_lines_of_json(tmp_path: Path) -> None:
    record_presses(tmp_path, 3)
    done = export(tmp_path)
    assert (done.code, done.seqs, done.err) == (EX_OK, [1, 2, 3], "")


def test_a_file_that_ends_in_csv_is_a_table(tmp_path: Path) -> None:
    record_presses(tmp_path, 2)
    path = tmp_path / "verdicts.csv"
    done = export(tmp_path, path)
    assert done.out == "{}: 2 verdicts, 0 labelled\n".format(path)
    assert [row["seq"] for row in rows(path)] == ["1", "2"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_dash_is_standard_output_and_the_format_can_be_told(tmp_path: Path) -> None:
    record_presses(tmp_path, 1)
    assert export(tmp_path, "-", "--format", "csv").out.startswith("seq,wall,clock,")


def test_the_summary_is_json_for_programs(tmp_path: Path) -> None:
    record_presses(tmp_path, 1)
    told = json.loads(export(tmp_path, tmp_path / "out.jsonl", "--json").out)
    assert told == {
        "path": str(tmp_path / "out.jsonl"),
        "verdicts": 1,
        "labelled": 0,
        "pictures": None,
        "damaged": 0,
    }


def test_ranges_narrow_what_goes_out(tmp_path: Path) -> None:
    walls = ["2026-06-01T10:00:00Z", "2026-06-02T00:00:00Z", "2026-06-03T23:59:59Z"]
    for wall, answer in zip(walls, ("poisonous", "unsure", "unsure")):
        record_presses(tmp_path, 1, None, wall=wall, verdict=answer)
    assert export(tmp_path, "--since", "2026-06-02").seqs == [2, 3]
    assert export(tmp_path, "--until", "2026-06-02").seqs == [1]
    assert export(tmp_path, "--since", "2026-06-01T10:00:01", "--until", "2026-06-03").seqs == [2]
    assert export(tmp_path, "--from-seq", "#3").seqs == [3]
    assert export(tmp_path, "--answer", "unsure").seqs == [2, 3]
    assert export(tmp_path, "--since", "2027-01-01") == Run(EX_OK, "", "")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--since", "yesterday"),
        ("--until", "2026-13-01"),
        ("--answer", "tasty"),
        ("--format", "xml"),
        ("--from-seq", "-1"),
        ("--apart", "5"),
        ("--pictures", ""),
    ],
)
def test_what_is_not_understood_is_said(tmp_path: Path, wrong: Any) -> None:
    done = export(tmp_path, *wrong)
    assert (done.code, done.out) == (EX_USAGE, "")
    assert done.err.count("\n") == 1


def test_pages_join_without_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 3)
    record_presses(tmp_path, 7, None)
    assert export(tmp_path).seqs == [1, 2, 3, 4, 5, 6, 7]


def test_a_record_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = export(tmp_path)
    assert done.code == EX_NOINPUT
    assert "there is no record in {}".format(tmp_path) in done.err


def test_a_record_that_is_broken_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "record.db").write_bytes(b"not a database" * 100)
    done = export(tmp_path, tmp_path / "out.csv")
    assert done.code == EX_IOERR
    assert sorted(path.name for path in tmp_path.iterdir()) == ["record"]


def test_the_record_is_found_by_the_configuration(tmp_path: Path) -> None:
    record_presses(tmp_path / "state", 1, None)
    config = tmp_path / "plantd.yaml"
    config.write_text("paths:\n  state: {}\n".format(tmp_path / "state"))
    out, err = io.StringIO(), io.StringIO()
    assert main(["export", "--config", str(config)], out, err, {}) == EX_OK
    assert json.loads(out.getvalue())["seq"] == 1
    config.write_text("paths: 3\n")
    assert main(["export", "--config", str(config)], out, err, {}) == EX_CONFIG


def test_the_commands_of_the_page_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_presses(tmp_path / "state", 2, wall="2026-06-03T10:00:00Z")
    for seq in (1, 2):
        say(tmp_path / "state", seq, "Wild_Leek", poisonous=False)
    (tmp_path / "plantd.yaml").write_text("paths:\n  state: {}\n".format(tmp_path / "state"))
    monkeypatch.setenv("PLANTD_CONFIG", str(tmp_path / "plantd.yaml"))
    monkeypatch.chdir(tmp_path)
    page = (TOP / "docs" / "export-and-review.md").read_text(encoding="utf-8")
    commands = [each for each in command_lines(page, "plantd-cli") if each[0] == "export"]
    assert len(commands) >= 5
    for command in commands:
        out, err = io.StringIO(), io.StringIO()
        assert (main(command, out, err, {}), err.getvalue()) == (EX_OK, "")
    assert [row["seq"] for row in rows(tmp_path / "june.csv")] == ["1", "2"]
    assert len(lines(tmp_path / "verdicts.jsonl")) == 2
    assert (tmp_path / "set" / "labelled" / "000000" / "1.jpg").is_file()
    assert len(rows(tmp_path / "ours" / "manifest.csv")) == 2


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    record_presses(tmp_path, 1, None)
    done = export(tmp_path, tmp_path / "none" / "out.csv")
    assert done.code == EX_CANTCREAT
    assert "cannot be written: No such file or directory" in done.err


def test_a_full_disk_is_said_nothing_is_left_and_the_record_can_still_be_read(
    tmp_path: Path,
) -> None:
    seen = on_small_disk("support.export_on_disk", "onto_a_full_disk", tmp_path, 1024)
    for code, told in (seen["file"], seen["folder"]):
        assert (code, "No space left on device" in told) == (EX_CANTCREAT, True)
    assert seen["read"] == [EX_OK, 4]
    assert seen["left"] == []


@pytest.mark.parametrize("closed", ["state", "record"])
def test_a_record_that_this_user_may_not_read_is_said(tmp_path: Path, closed: str) -> None:
    skip_unless_root()
    # Short of the test's own folders, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="plantd-", dir="/tmp") as folder:
        state = Path(folder) / "state"
        record_presses(state, 1, None)
        os.chmod(folder, 0o755)
        os.chmod(str(state if closed == "state" else state / "record"), 0o700)
        program = (
            "import os, sys; from plantd.cli import main; import plantd.cli.export_command\n"
            "os.setgroups([]); os.setgid({0}); os.setuid({0})\n"
            "sys.exit(main(['export', '--state', sys.argv[1]]))"
        ).format(NOBODY)
        done = subprocess.run(
            [sys.executable, "-c", program, str(state)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == EX_NOPERM
    assert "ask as root: sudo plantd-cli export" in done.stderr


def test_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    record_presses(tmp_path, 1, None)
    os.mkfifo(str(tmp_path / "pipe"))
    done = export(tmp_path, tmp_path / "pipe")
    assert done.code == EX_CANTCREAT
    assert "is not a file" in done.err


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    record_presses(tmp_path, 1, None)
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with closing(sqlite3.connect(str(tmp_path / "record" / "record.db"))) as db, db:
        db.execute("UPDATE verdict SET json = '{' WHERE seq = 1")
    done = export(tmp_path, path)
    assert done.code == EX_IOERR
    assert path.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir() if "export" in each.name) == []


def test_pictures_become_a_folder_that_names_them(tmp_path: Path) -> None:
    record_presses(tmp_path, 3)
    say(tmp_path, 1, "Wild_Leek", poisonous=False)
    say(tmp_path, 2, "no_plant", poisonous=False)
    folder = tmp_path / "set"
    done = export(tmp_path, "--pictures", folder)
    assert done.code == EX_OK
    assert "{}: 3 verdicts, 2 labelled, 3 pictures\n".format(folder) == done.out
    assert (folder / "labelled" / "000000" / "1.jpg").read_bytes() == PICTURE
    (plant,) = rows(folder / "manifest.csv")
    assert plant == {
        "file": "labelled/000000/1.jpg",
        "class": "Wild_Leek",
        "poisonous": "0",
        "split": "train",
        "source_repo": "plantd",
        "group": "Wild_Leek-1",
    }
    (thing,) = rows(folder / "strangers" / "manifest.csv")
    assert (thing["file"], thing["kind"], thing["poisonous"]) == ("000000/2.jpg", "thing", "0")
    told = lines(folder / "verdicts.jsonl")
    assert [each["picture"] for each in told] == [
        "labelled/000000/1.jpg",
        "strangers/000000/2.jpg",
        "unlabelled/000000/3.jpg",
    ]
    assert all((folder / each["picture"]).is_file() for each in told)
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_plant_that_the_model_does_not_know_is_a_stranger_nobody_vouches_for(
    tmp_path: Path,
) -> None:
    record_presses(tmp_path, 1)
    say(tmp_path, 1, "another_plant")
    export(tmp_path, "--pictures", tmp_path / "set")
    (plant,) = rows(tmp_path / "set" / "strangers" / "manifest.csv")
    assert (plant["kind"], plant["poisonous"]) == ("plant", "")
    assert not (tmp_path / "set" / "manifest.csv").exists()


def test_the_last_label_counts_and_the_verdict_stays(tmp_path: Path) -> None:
    record_presses(tmp_path, 1)
    before = json.loads(export(tmp_path).out)
    for label in ("foxglove", "Wild_Leek"):
        say(tmp_path, 1, label, poisonous=label == "foxglove")
    after = json.loads(export(tmp_path).out)
    assert after.pop("label")["label"] == "Wild_Leek"
    assert before.pop("label") is None
    assert after == before


def test_reviewed_leaves_out_what_nobody_labelled(tmp_path: Path) -> None:
    record_presses(tmp_path, 3)
    assert export(tmp_path, "--reviewed").seqs == []
    say(tmp_path, 2, "Wild_Leek", poisonous=False)
    assert export(tmp_path, "--reviewed").seqs == [2]


def test_one_occasion_alone_cannot_be_trained_on_and_that_is_said(tmp_path: Path) -> None:
    record_presses(tmp_path, 2, mono_s=5.0)
    for seq in (1, 2):
        say(tmp_path, seq, "Wild_Leek", poisonous=False)
    done = export(tmp_path, "--pictures", tmp_path / "set")
    assert "all labelled pictures lie in one split (train)" in done.err
    apart = export(tmp_path, "--pictures", tmp_path / "apart", "--apart", "0")
    assert (apart.code, apart.err) == (EX_OK, "")
    assert [row["split"] for row in rows(tmp_path / "apart" / "manifest.csv")] == ["train", "val"]


def test_no_position_leaves_in_a_picture(tmp_path: Path) -> None:
    record_presses(tmp_path, 1, with_exif(PICTURE, exif(1)))
    export(tmp_path, "--pictures", tmp_path / "set")
    found = b"".join(p.read_bytes() for p in (tmp_path / "set").rglob("*") if p.is_file())
    assert PICTURE in found
    assert GPS_MARK not in found


def test_a_picture_that_is_gone_is_left_out_and_said(tmp_path: Path) -> None:
    record_presses(tmp_path, 2)
    (tmp_path / "record" / "pictures" / "000000" / "1.jpg").unlink()
    done = export(tmp_path, "--pictures", tmp_path / "set")
    assert done.code == EX_OK
    assert "1 pictures were left out" in done.err
    told = lines(tmp_path / "set" / "verdicts.jsonl")
    assert [each["picture"] for each in told] == [None, "unlabelled/000000/2.jpg"]


def test_without_any_picture_there_is_no_folder(tmp_path: Path) -> None:
    record_presses(tmp_path, 2, None)
    done = export(tmp_path, "--pictures", tmp_path / "set")
    assert done.code == EX_NOINPUT
    assert sorted(path.name for path in tmp_path.iterdir() if "record" not in path.name) == []


def test_a_folder_with_something_in_it_is_never_touched(tmp_path: Path) -> None:
    record_presses(tmp_path, 1)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("mine")
    done = export(tmp_path, "--pictures", tmp_path / "set")
    assert done.code == EX_CANTCREAT
    assert [each.name for each in (tmp_path / "set").iterdir()] == ["mine.txt"]


def test_a_folder_whose_name_its_own_list_would_swallow_is_refused(tmp_path: Path) -> None:
    record_presses(tmp_path, 1)
    assert export(tmp_path, "--pictures", tmp_path / "labelled").code == EX_USAGE


def test_it_loads_neither_cv2_nor_numpy() -> None:
    code = "import sys, plantd.cli.export_command as c; print({'cv2', 'numpy'} & set(sys.modules))"
    environ = {**os.environ, "PYTHONPATH": str(TOP / "daemon")}
    assert subprocess.check_output([sys.executable, "-c", code], env=environ) == b"set()\n"


def test_it_runs_beside_the_service_that_writes(tmp_path: Path) -> None:
    now = Moment("boot-1", 1.0, "2026-06-01T10:12:03Z", True)
    with Record(str(tmp_path), RecordConfig(reserve_mb=0), lambda: now) as record:
        for _ in range(2):
            seq = record.next_seq()
            assert record.commit(verdict_json(seq), PICTURE).wait(LONG_ENOUGH_S)
            assert export(tmp_path).seqs == list(range(1, seq + 1))
        assert record.status().state == "ok"
    assert export(tmp_path, "--pictures", tmp_path / "set").code == EX_OK


def test_a_record_is_read_and_nothing_in_it_is_changed(tmp_path: Path) -> None:
    record_presses(tmp_path, 2)
    before = {p: p.read_bytes() for p in (tmp_path / "record").rglob("*") if p.is_file()}
    export(tmp_path, "--pictures", tmp_path / "set")
    after = {p: p.read_bytes() for p in (tmp_path / "record").rglob("*") if p.is_file()}
    assert {p: after.get(p) for p in before} == before


def test_many_verdicts_take_no_more_memory_than_few(tmp_path: Path) -> None:
    taken = {}
    for count in (2000, 20000):
        state = tmp_path / str(count)
        record_plain(state, 1)
        with closing(sqlite3.connect(str(state / "record" / "record.db"))) as db, db:
            many = (
                record_rows.row_from_verdict(verdict_json(seq), Saved(None, None, 0))
                for seq in range(2, count + 1)
            )
            db.executemany(record_rows.INSERT, many)
        tracemalloc.start()
        assert export(state, tmp_path / "out.jsonl").code == EX_OK
        taken[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert taken[20000] < 2 * taken[2000]


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    record_presses(tmp_path, 3, None)
    command = '"{}" -m plantd.cli export --state "{}" | true; echo ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", command.format(sys.executable, tmp_path)],
        env={**os.environ, "PYTHONPATH": str(TOP / "daemon")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")
