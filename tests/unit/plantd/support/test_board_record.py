"""A record says what a board is and can, says what it lacks, and is written whole."""

import datetime
import io
import json
import os
import sys
from pathlib import Path
from typing import List

import pytest
from support import board_records, tiny_bundle, tx2_tree
from support.board_records import CHIPS, TIMES, drawn_machine, drawn_record
from support.drawn_machine import Programs, probes
from support.tegrastats_samples import SAMPLES, program

from plantd.camera.gstreamer_facts import GstreamerFacts
from plantd.doctor.probes import Ran, run
from plantd.errors import EX_USAGE, AccessError, BundleError, CannotWriteError
from plantd.support import board_facts, board_record, board_schema, board_timing
from plantd.support.board_facts import Sources
from plantd.support.board_redaction import private_of, public

TODAY = datetime.date(2026, 6, 1)


def test_a_drawn_tx2_is_recorded_whole(tmp_path: Path) -> None:
    found = drawn_record(tmp_path)
    assert found["board"] == {
        "is_jetson": True,
        "model": "quill",
        "compatible": ["nvidia,p2771", "nvidia,tegra186"],
        "l4t": "32.7.1",
    }
    assert found["recorded"] == {"date": "2026-06-01", "dated_by": "hand"}
    assert found["versions"]["packages"] == {"nvidia-jetpack": "4.6.1-b110", "systemd": "237"}
    assert found["versions"]["libraries"]["tensorrt"] == "1.0"
    assert found["device_tests"]["passed"] == 2
    assert [test["name"][-6:] for test in found["device_tests"]["tests"]] == ["test_a", "test_b"]
    assert found["tegrastats"]["lines"] == [SAMPLES["tx2"], SAMPLES["tx2_root"]]
    assert found["gpiochips"]["chips"] == [dict(chip._asdict()) for chip in CHIPS]
    assert "nvarguscamerasrc" in found["gstreamer"]["present"]
    assert found["gstreamer"]["absent"] == []
    assert found["plan"]["key"]["machine"]["tensorrt"] == "8.2.1.8"
    assert found["engine_log"]["build"][0] == "machine: NVIDIA Tegra X2"
    assert found["engine_log"]["unit"][0] == "building"
    assert found["latencies"] == {"onnxruntime": TIMES, "tensorrt": TIMES}
    assert {check["id"] for check in found["doctor"]["checks"]} >= {"python", "button"}
    assert "missing" not in json.dumps(sorted(found))


def test_a_bare_machine_says_what_it_lacks(tmp_path: Path) -> None:
    programs = Programs()
    programs.answers.clear()
    nothing = GstreamerFacts("", "", "NO", None, "OpenCV cannot be imported: no answer")
    bare = probes(tmp_path, run=programs, gpio_chips=list, gstreamer=lambda: nothing)
    found = board_facts.record(bare, Sources(), TODAY)
    for name in ("device_tests", "tegrastats", "gpiochips", "engine_log", "plan"):
        assert list(found[name]) == ["missing"], name
        assert found[name]["missing"]
    assert found["versions"]["packages"] == {"missing": "dpkg-query is not here"}
    assert set(found["versions"]["libraries"]["numpy"]) == {"missing"}
    assert found["latencies"]["tensorrt"] == {"missing": "no answer within its time"}
    assert found["board"]["is_jetson"] is False
    # What is written is redacted first: the checks name paths, and a home may be among them.
    assert board_schema.problems_of(public(found, private_of(str(tmp_path)))) == []


def test_a_chip_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    def forbidden() -> "List[object]":
        raise AccessError("it belongs to group gpio")

    found = board_facts.gpiochips(probes(tmp_path, gpio_chips=forbidden))
    assert found == {"missing": "it belongs to group gpio"}


@pytest.mark.parametrize(
    ("ran", "expected"),
    [
        (Ran(69, "", "first\nno plan fits"), "it ended with 69: no plan fits"),
        (Ran(0, "[TRT] hello", ""), "it gave no times, but: [TRT] hello"),
    ],
)
def test_an_engine_without_times_says_why(ran: Ran, expected: str, tmp_path: Path) -> None:
    programs = Programs()
    programs.answers["python -m"] = ran
    found = board_facts.latencies(probes(tmp_path, run=programs), "tensorrt")
    assert found == {"missing": expected}


def test_failed_and_torn_reports_are_told(tmp_path: Path) -> None:
    found = drawn_record(tmp_path, "RuntimeError: no GPU&#10;second line")["device_tests"]
    assert (found["passed"], found["failed"], found["skipped"]) == (2, 1, 0)
    (failed,) = (test for test in found["tests"] if test["outcome"] == "failed")
    assert failed["message"] == "RuntimeError: no GPU"
    (tmp_path / "torn.xml").write_text("<testsuites>")
    assert (
        "did not run to their end"
        in board_facts.device_tests(str(tmp_path / "torn.xml"))["missing"]
    )


def test_real_lines_of_a_program_are_taken(tmp_path: Path) -> None:
    def stand_in(_command: object) -> "object":
        return run(program("die", SAMPLES["tx2"], SAMPLES["orin"]))

    found = board_facts.tegrastats(probes(tmp_path, run=stand_in))
    assert found["lines"] == ["RAM garbled", SAMPLES["tx2"], SAMPLES["orin"]]


def test_a_days_trust_is_told(tmp_path: Path) -> None:
    told = board_facts.recorded(probes(tmp_path), "", TODAY)
    assert told["date"] == "2026-06-01"
    assert told["dated_by"] in ("clock", "unsynchronised clock")


# ---- times --------------------------------------------------------------------------------------


def test_times_are_those_that_were_measured(tmp_path: Path) -> None:
    ticks = iter(range(1000))
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    found = board_timing.timing(path, "onnxruntime", "", 4, lambda: 0.001 * next(ticks))
    assert found["backend"] == "onnxruntime"
    assert found["model"] == "tiny 1.0.0"
    assert found["runs"] == 4
    assert [found[name] for name in ("open_ms", "first_ms", "median_ms", "p95_ms")] == [1.0] * 4
    # Opening, the first, the warm-up and four: nothing else was timed.
    assert next(ticks) == 2 + 1 + board_timing.WARM_UP + 4


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert board_timing.percentiles([5.0, 1.0, 9.0]) == {"median_ms": 5.0, "p95_ms": 9.0}
    many = [float(number) for number in range(1, 101)]
    assert board_timing.percentiles(many) == {"median_ms": 50.0, "p95_ms": 95.0}


def test_the_program_of_its_own_prints_them_or_says_why(tmp_path: Path) -> None:
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    command = [sys.executable, "-m", "plantd.support.board_timing"]
    done = run([*command, path, "onnxruntime", ""])
    assert done is not None
    assert done.code == 0, done.err
    assert json.loads(done.out.splitlines()[-1])["runs"] == board_timing.RUNS
    done = run([*command, str(tmp_path / "none"), "onnxruntime", ""])
    assert done is not None
    assert done.code == BundleError.exit_code
    assert "none" in done.err


# ---- the file -----------------------------------------------------------------------------------


def test_the_same_facts_give_the_same_bytes_under_a_name_that_says_which(tmp_path: Path) -> None:
    tree = drawn_record(tmp_path / "machine")
    turned = dict(reversed(list(tree.items())))
    path = board_record.write(str(tmp_path / "out"), tree)
    assert os.path.basename(path) == "device-record-quill-32.7.1.json"
    before = Path(path).read_bytes()
    assert board_record.write(str(tmp_path / "out"), turned) == path
    assert Path(path).read_bytes() == before
    assert os.listdir(str(tmp_path / "out")) == [os.path.basename(path)]


def test_a_place_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="name another folder"):
        board_record.write(str(tmp_path / "file" / "x"), drawn_record(tmp_path / "machine"))


def test_the_command_records_this_very_machine(tmp_path: Path) -> None:
    out = io.StringIO()
    settings = ["--set", "model.bundle=" + tiny_bundle.make(str(tmp_path / "tiny"))]
    settings += ["--set", "paths.state=" + str(tmp_path / "state")]
    asked = ["--out", str(tmp_path), "--date", "2026-06-01", *settings]
    assert board_record.main(asked, out) == 0
    (path,) = tmp_path.glob("device-record-*.json")
    assert str(path) in out.getvalue()
    tree = board_schema.load(str(path))
    assert tree["latencies"]["onnxruntime"]["runs"] == board_timing.RUNS
    assert ("this is not a Jetson" in out.getvalue()) == (not tree["board"]["is_jetson"])
    for host in (os.uname().nodename,):
        if host not in ("localhost", "plantd"):
            assert host not in path.read_text()


def test_a_day_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert board_record.main(["--date", "June"]) == EX_USAGE
    assert "--date" in capsys.readouterr().err


def test_what_the_drawn_machine_hides_is_really_planted(tmp_path: Path) -> None:
    raw = json.dumps(board_records.raw_record(tmp_path))
    assert [word for word in board_records.PRIVATE if word not in raw] == []
    assert tx2_tree.CORES == 6
    assert drawn_machine(tmp_path / "other").is_jetson
