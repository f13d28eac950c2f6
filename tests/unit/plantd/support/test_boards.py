"""Every committed record of a board is read; and what one may prove is proven by nothing else.

tests/data/boards is empty until somebody has run `make device-record` on a board. So that the
tests below are not empty too, a drawn TX2's record goes through all of them, as "drawn": it proves
the loader and the table, and nothing about a board.
"""

import copy
import io
import json
import re
from pathlib import Path
from typing import Any, Callable, Dict

import pytest
from support.board_records import drawn_record
from support.checkout import TOP

from plantd.errors import NotFoundError
from plantd.support import board_proven, board_record, board_schema
from plantd.telemetry.tegrastats_line import readings_from_line

BOARDS = TOP / "tests" / "data" / "boards"
COMMITTED = sorted(BOARDS.glob("*.json"))
Record = Dict[str, Any]


@pytest.fixture(params=["drawn", *COMMITTED], ids=lambda param: getattr(param, "name", param))
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "drawn":
        return board_record.write(str(tmp_path), drawn_record(tmp_path / "machine"))
    return str(request.param)


@pytest.fixture
def drawn(tmp_path: Path) -> Record:
    return json.loads(board_record.text_of(drawn_record(tmp_path)))


def test_a_record_is_as_it_should_be(path: str) -> None:
    assert board_schema.load(path)["schema"] == 1


def test_a_record_is_written_as_the_recorder_writes(path: str) -> None:
    tree = board_schema.load(path)
    assert board_record.text_of(tree) == Path(path).read_text(encoding="utf-8")


def test_a_records_tegrastats_lines_are_read(path: str) -> None:
    lines = board_schema.part(board_schema.load(path), "tegrastats").get("lines", [])
    assert len(lines) == 2 or Path(path).parent == BOARDS
    for line in lines:
        read = readings_from_line(line)
        assert read.ram_total_mb
        assert read.cores
        assert read.temperatures


def test_a_recorded_tx2_has_the_lines_that_pins_name(path: str) -> None:
    tree = board_schema.load(path)
    assert board_schema.is_tx2(tree) or Path(path).parent == BOARDS
    assert board_schema.unfit_pins(tree) == []


# ---- what is no record --------------------------------------------------------------------------


def _lose_chip(tree: Record) -> None:
    del tree["gpiochips"]["chips"][1]


def _short_chip(tree: Record) -> None:
    tree["gpiochips"]["chips"][0]["lines"] = 100


DAMAGES = [
    (lambda tree: tree.update(schema=2), "record.schema is 2; expected 1"),
    (lambda tree: tree.update(extra=1), "record.extra is not known"),
    (lambda tree: tree["board"].update(model=3), "record.board.model is 3; expected str"),
    (lambda tree: tree["board"].update(is_jetson=1), "record.board.is_jetson is 1; expected bool"),
    (lambda tree: tree.update(tegrastats=[]), "record.tegrastats is []; expected dict"),
    (lambda tree: tree["device_tests"].update(passed=True), "passed is True; expected int"),
    (lambda tree: tree["doctor"]["checks"][0].update(id="aura"), "no check is called 'aura'"),
    (lambda tree: tree["doctor"]["checks"][0].update(state="fine"), "'fine'; expected one of"),
    (lambda tree: tree["tegrastats"]["lines"].append("RAM x"), "is not understood: 'RAM x'"),
    (lambda tree: tree["engine_log"]["build"].append("10.0.0.7"), "record.engine_log.build[2] is"),
    (_lose_chip, "pin 31 is line 42 of tegra-gpio-aon, which has no lines"),
    (_short_chip, "pin 18 is line 161 of tegra-gpio, which has 100 lines"),
]


@pytest.mark.parametrize(("damage", "expected"), DAMAGES, ids=[said for _, said in DAMAGES])
def test_a_damaged_record_is_refused(
    damage: Callable[[Record], None], expected: str, drawn: Record, tmp_path: Path
) -> None:
    assert board_schema.problems_of(drawn) == []
    damage(drawn)
    file = tmp_path / "damaged.json"
    file.write_text(json.dumps(drawn))
    with pytest.raises(NotFoundError) as refused:
        board_schema.load(str(file))
    assert expected in str(refused.value)
    assert "make device-record" in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_what_is_no_record_at_all_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(NotFoundError, match="x.json"):
        board_schema.load(str(tmp_path / "x.json"))


ODD = [
    ("doctor", {"checks": [None]}, r"record.doctor.checks\[0\] is None"),
    ("tegrastats", {"lines": [None]}, r"record.tegrastats.lines\[0\] is None"),
    ("gpiochips", {"chips": [{"missing": "x"}]}, r"record.gpiochips.chips\[0\] is"),
    ("gpiochips", {"chips": [{"label": "tegra-gpio"}]}, "which has no lines"),
    ("gpiochips", {"chips": [{"label": None, "lines": None}]}, "which has no lines"),
]


@pytest.mark.parametrize(("section", "said", "told"), ODD)
def test_a_list_that_has_nothing_in_a_place_is_told(
    drawn: Record, section: str, said: Dict[str, Any], told: str
) -> None:
    assert any(re.search(told, each) for each in board_schema.problems_of({**drawn, section: said}))


@pytest.mark.parametrize("section", ["doctor", "tegrastats", "gpiochips"])
def test_a_list_may_be_missing(drawn: Record, section: str) -> None:
    lists = {"doctor": "checks", "tegrastats": "lines", "gpiochips": "chips"}
    said = {lists[section]: {"missing": "nobody asked"}}
    assert board_schema.problems_of({**drawn, section: said}) == []


def test_every_section_may_be_missing(drawn: Record) -> None:
    for name in list(drawn):
        if name != "schema":
            absent, said, null = (copy.deepcopy(drawn) for _ in range(3))
            del absent[name]
            said[name], null[name] = {"missing": "the tool is not here"}, None
            for tree in (absent, said, null):
                assert board_schema.problems_of(tree) == []
                assert board_proven.table([tree], "boards")


# ---- what is proven -----------------------------------------------------------------------------


def test_a_whole_record_proves_every_subject(drawn: Record) -> None:
    rows = board_proven.table([drawn], "boards")
    assert len(rows) == 2 + len(board_proven.SUBJECTS)
    where = "proven on quill (TX2 family), L4T 32.7.1, 2026-06-01"
    assert all(where in row for row in rows[2:])
    assert not [row for row in rows if "unproven" in row]
    assert "| 2 passed, 0 failed, 0 skipped |" in rows[2]
    assert "fp16: first 800.5 ms, median 7.25 ms, p95 8.5 ms over 50" in rows[3]
    assert "VDD_SYS_GPU" in rows[5]


def _row(tree: Record, subject: str) -> str:
    (row,) = (row for row in board_proven.table([tree], "b") if subject in row)
    return row


@pytest.mark.parametrize(
    ("damage", "subject"),
    [
        (lambda tree: tree["device_tests"].update(failed=1), "suite"),
        (lambda tree: tree["device_tests"].update(skipped=1), "suite"),
        (lambda tree: tree["device_tests"].update(passed=0), "suite"),
        (lambda tree: tree.pop("device_tests"), "suite"),
        (lambda tree: tree["latencies"].update(tensorrt={"missing": "no plan"}), "default bundle"),
        (lambda tree: tree["board"].update(compatible=[]), "TX2's header"),
        (_short_chip, "TX2's header"),
        (lambda tree: tree.pop("tegrastats"), "tegrastats"),
        (lambda tree: tree["gstreamer"].update(present=["nvvidconv"]), "CSI"),
        (lambda tree: tree.update(gstreamer={"missing": "no gst-inspect"}), "CSI"),
    ],
)
def test_what_a_record_does_not_show_stays_unproven(
    damage: Callable[[Record], None], subject: str, drawn: Record
) -> None:
    assert "unproven" not in _row(drawn, subject)
    damage(drawn)
    assert "unproven" in _row(drawn, subject)


def test_a_clock_that_nobody_set_is_told(drawn: Record) -> None:
    drawn["recorded"]["dated_by"] = "unsynchronised clock"
    assert "2026-06-01 by an unsynchronised clock" in _row(drawn, "suite")


def test_boards_stand_side_by_side(drawn: Record) -> None:
    other = copy.deepcopy(drawn)
    other["board"].update(model="NVIDIA Jetson Nano", compatible=["nvidia,tegra210"])
    rows = board_proven.table([drawn, other], "b")
    assert len(rows) == 2 + 2 * len(board_proven.SUBJECTS)
    assert "Jetson Nano (TX1 and Nano family)" in rows[2]


def test_what_is_no_jetson_proves_nothing(drawn: Record) -> None:
    drawn["board"]["is_jetson"] = False
    assert board_proven.table([drawn], "b") == [board_proven.NOTHING.format("b")]


def test_the_command_reads_the_folder(path: str, tmp_path: Path) -> None:
    out = io.StringIO()
    assert board_record.main(["--proven", str(Path(path).parent)], out) == 0
    assert ("proven on" in out.getvalue()) or board_proven.NOTHING[:30] in out.getvalue()


def test_without_records_the_command_says_that_nothing_is_proven(tmp_path: Path) -> None:
    out = io.StringIO()
    assert board_record.main(["--proven", str(tmp_path)], out) == 0
    assert out.getvalue() == board_proven.NOTHING.format(tmp_path) + "\n"


def test_a_damaged_record_fails_the_command(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "x.json").write_text("{")
    assert board_record.main(["--proven", str(tmp_path)]) == NotFoundError.exit_code
    assert "x.json cannot be read as a record" in capsys.readouterr().err
