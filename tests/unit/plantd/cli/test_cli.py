"""plantd-cli against the real API server on a Unix socket: output, exit codes, quiet endings."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional

import pytest
from support import wire_samples as samples
from support.answering_service import PICTURE, AnsweringService
from support.checkout import TOP

import plantd
from plantd.api.appliance import Check
from plantd.cli import main
from plantd.cli.status_lines import status_lines
from plantd.errors import BusyError, CameraError, EngineError

DAEMON = str(TOP / "daemon")
WAIT_S = 30.0


class Run(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> List[str]:
        return self.out.splitlines()


class Screen(io.StringIO):
    """Standard output that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def service(tmp_path: Path) -> Iterator[AnsweringService]:
    with AnsweringService(tmp_path) as made:
        yield made


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "plant.jpg"
    path.write_bytes(PICTURE)
    return str(path)


def run(
    *argv: str, on: Optional[AnsweringService] = None, environ: Optional[Dict[str, str]] = None
) -> Run:
    """Run the program in this process, without a terminal."""
    out, err = io.StringIO(), io.StringIO()
    where = {"PLANTD_SOCKET": on.socket} if on else {}
    code = main(argv, out, err, {**where, **(environ or {})})
    return Run(code, out.getvalue(), err.getvalue())


def started(service: AnsweringService, *argv: str, out: int = subprocess.PIPE) -> subprocess.Popen:
    """Start the program as one of its own."""
    environ = {**os.environ, "PYTHONPATH": DAEMON, "PLANTD_SOCKET": service.socket}
    command = [sys.executable, "-m", "plantd.cli", *argv]
    return subprocess.Popen(
        command, env=environ, stdout=out, stderr=subprocess.PIPE, encoding="utf-8"
    )


def ended(child: subprocess.Popen) -> Run:
    out, err = child.communicate(timeout=WAIT_S)
    return Run(child.returncode, out or "", err)


def test_status_prints_what_the_service_says(service: AnsweringService) -> None:
    done = run("status", on=service)
    assert (done.code, done.err) == (0, "")
    assert done.lines == status_lines(samples.status())


def test_engine_prints_the_engine_that_answers(service: AnsweringService) -> None:
    done = run("engine", on=service)
    assert done.code == 0
    engine = service.answers.status_json["engine"]
    assert [line.split()[0] for line in done.lines][:2] == ["backend", "precision"]
    assert engine["plan"] in "".join(done.out.split())
    assert json.loads(run("engine", "--json", on=service).out) == engine


def test_engine_says_why_there_is_none(service: AnsweringService) -> None:
    service.answers.status_json["engine"] = None
    done = run("engine", on=service)
    assert done.code == 69
    assert "still being loaded" in done.err
    service.answers.checks = [Check("engine", "failed", "the plan is stale; make engine")]
    assert "the plan is stale; make engine" in run("engine", on=service).err


def test_status_as_json_is_all_of_it_in_one_line(service: AnsweringService) -> None:
    done = run("status", "--json", on=service)
    assert len(done.lines) == 1
    assert json.loads(done.out) == json.loads(json.dumps(samples.status()))


def test_the_socket_is_an_option_too(service: AnsweringService) -> None:
    assert run("status", "--socket", service.socket).code == 0


def test_capture_prints_the_verdict(service: AnsweringService) -> None:
    done = run("capture", on=service)
    assert done.code == 0
    assert (
        done.lines[0]
        == "#1042  UNSURE: not confident enough which plant it is. Treat it as poisonous"
    )
    assert "uncalibrated" in done.out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BusyError("another press is being answered"), 75),
        (CameraError("no frame came"), 69),
        (EngineError("the engine failed"), 69),
    ],
)
def test_what_the_service_cannot_do_is_one_sentence_and_a_code(
    service: AnsweringService, error: Exception, code: int
) -> None:
    service.answers.error = error
    done = run("capture", on=service)
    assert (done.code, done.out) == (code, "")
    assert done.err == "plantd-cli: {}\n".format(error)


def test_nobody_answers_says_what_to_do(tmp_path: Path) -> None:
    done = run("status", "--socket", str(tmp_path / "none.sock"))
    assert (done.code, done.out) == (69, "")
    assert done.err.count("\n") == 1
    assert "systemctl status plantd" in done.err


def test_a_service_that_hangs_is_left_after_the_timeout(tmp_path: Path) -> None:
    path = str(tmp_path / "deaf.sock")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(path)
        deaf.listen(1)
        done = run("status", "--socket", path, "--timeout", "0.2")
    assert done.code == 69
    assert "did not answer within 0.2 s" in done.err


def test_classify_sends_the_file_and_prints_its_verdict(
    service: AnsweringService, picture: str
) -> None:
    done = run("classify", picture, on=service)
    assert (done.code, done.err) == (0, "")
    assert service.answers.asked == [PICTURE]
    assert done.lines[0] == picture + ":"
    assert "edible species by its looks" in done.lines[1]
    assert "look-alikes lily of the valley, false hellebore" in done.out


def test_classify_goes_on_after_a_bad_file_and_ends_with_the_worst_code(
    service: AnsweringService, picture: str, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").write_text("")
    bad = [str(tmp_path / name) for name in ("text.jpg", "empty.jpg", "gone.jpg")]
    done = run("classify", *bad, picture, on=service)
    assert done.code == 66
    assert done.lines[0] == picture + ":"
    complaints = done.err.splitlines()
    assert len(complaints) == 3
    assert "text.jpg: the data is not a JPEG or PNG" in complaints[0]
    assert "empty.jpg: is 0 bytes long" in complaints[1]
    assert "gone.jpg: cannot be read (No such file or directory)" in complaints[2]


@pytest.mark.parametrize(("name", "code"), [("text.jpg", 65), ("empty.jpg", 65), ("gone.jpg", 66)])
def test_one_bad_file_has_its_own_code(
    service: AnsweringService, tmp_path: Path, name: str, code: int
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").write_text("")
    assert run("classify", str(tmp_path / name), on=service).code == code


def test_a_folder_is_no_picture(service: AnsweringService, tmp_path: Path) -> None:
    done = run("classify", str(tmp_path), on=service)
    assert done.code == 66
    assert "Is a directory" in done.err


def test_a_busy_service_does_not_stop_the_other_pictures(
    service: AnsweringService, picture: str
) -> None:
    service.answers.error = BusyError("another press is being answered")
    assert run("classify", picture, picture, on=service).code == 75
    assert len(service.answers.asked) == 2


def test_classify_stops_where_nobody_answers(tmp_path: Path, picture: str) -> None:
    done = run("classify", picture, picture, picture, "--socket", str(tmp_path / "none.sock"))
    assert done.code == 69
    assert done.err.splitlines()[1:] == ["plantd-cli: 2 more pictures were not sent"]


def test_classify_as_json_has_a_line_a_file(service: AnsweringService, picture: str) -> None:
    done = run("classify", "--json", picture, "gone.jpg", on=service)
    first, second = (json.loads(line) for line in done.lines)
    assert (first["file"], first["verdict"], first["seq"]) == (picture, "edible", 1043)
    assert (second["file"], second["exit_code"]) == ("gone.jpg", 66)
    assert "cannot be read" in second["error"]


def test_many_pictures_show_their_progress_on_a_terminal_only(
    service: AnsweringService, picture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By its name alone: a path that is longer than the line is cut.
    folder, name = os.path.split(picture)
    monkeypatch.chdir(folder)
    out, err = Screen(), Screen()
    main(["classify", name, name], out, err, {"PLANTD_SOCKET": service.socket})
    assert "1/2 " + name in err.getvalue()
    assert "2/2 " + name in err.getvalue()
    assert err.getvalue().endswith("\r\033[K")
    assert run("classify", picture, picture, on=service).err == ""


def test_history_is_the_newest_verdicts(service: AnsweringService) -> None:
    done = run("history", on=service)
    assert [line.split()[0] for line in done.lines] == ["seq", "#1040", "#1041"]
    assert run("history", "-n", "1", on=service).lines[1].split()[0] == "#1041"


def test_history_after_a_number_begins_there(service: AnsweringService) -> None:
    done = run("history", "--after", "1039", "-n", "1", "--json", on=service)
    assert [json.loads(line)["seq"] for line in done.lines] == [1040]


def test_an_empty_history_says_so(service: AnsweringService) -> None:
    service.answers.known = {}
    assert run("history", on=service).lines == ["no verdict is recorded yet"]
    later = run("history", "--after", "7", on=service).lines
    assert later == ["no verdict after #7 is recorded yet"]
    assert run("history", "--json", on=service).out == ""


def test_show_prints_one_verdict_in_full(service: AnsweringService) -> None:
    done = run("show", "#1040", on=service)
    assert done.code == 0
    assert done.lines[0].startswith("#1040  POISONOUS")
    assert "  rule        poison_head" in done.lines
    assert json.loads(run("show", "1040", "--json", on=service).out) == samples.verdict(1040)


def test_a_verdict_that_is_not_there_is_66(service: AnsweringService) -> None:
    done = run("show", "7", on=service)
    assert (done.code, done.err) == (66, "plantd-cli: there is no verdict 7\n")


def test_explain_says_why(service: AnsweringService) -> None:
    done = run("explain", "1041", on=service)
    assert "The poison head gave 0.970 for poisonous; from 0.500 on" in done.out
    assert max(len(line) for line in done.lines) <= 80
    said = json.loads(run("explain", "1041", "--json", on=service).out)
    assert said["seq"] == 1041
    assert " ".join(done.out.split()) == " ".join(" ".join(said["explanation"]).split())


def test_model_list_shows_the_active_one(service: AnsweringService) -> None:
    assert run("model", "list", on=service).lines[0] == "active  plants70 1.0.0"
    said = json.loads(run("model", "list", "--json", on=service).out)
    assert said["model"] == json.loads(json.dumps(samples.model()))


def test_watch_prints_verdicts_from_a_number_on_and_ends_after_so_many(
    service: AnsweringService,
) -> None:
    done = run("watch", "--after", "1039", "-n", "2", on=service)
    assert (done.code, done.err) == (0, "")
    heads = [line.split()[0] for line in done.lines if line.startswith("#")]
    assert heads == ["#1040", "#1041"]


def test_watch_as_json_is_the_stream(service: AnsweringService) -> None:
    done = run("watch", "--after", "1039", "-n", "2", "--json", on=service)
    events = [json.loads(line) for line in done.lines]
    assert [event["seq"] for event in events if event["type"] == "verdict"] == [1040, 1041]


def test_watch_ends_when_the_service_does(service: AnsweringService) -> None:
    child = started(service, "watch", "--json")
    assert child.stdout is not None
    # The first heartbeat says that the stream is open.
    assert json.loads(child.stdout.readline())["type"] == "heartbeat"
    service.stop()
    done = ended(child)
    assert done.code == 69
    assert "closed the stream" in done.err


def test_ctrl_c_is_quiet(service: AnsweringService) -> None:
    child = started(service, "watch", "--json")
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    done = ended(child)
    assert (done.code, done.err) == (130, "")


def test_a_reader_that_leaves_is_quiet(service: AnsweringService) -> None:
    child = started(service, "watch", "--json")
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr is not None
    with child.stderr:
        assert child.stderr.read() == ""
    assert child.wait(WAIT_S) == 141


def test_it_runs_as_a_module_and_knows_its_version(service: AnsweringService) -> None:
    done = ended(started(service, "--version"))
    assert (done.code, done.out) == (0, "plantd-cli {}\n".format(plantd.__version__))


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], "COMMAND"),
        (["statsu"], "statsu"),
        (["show"], "SEQ"),
        (["show", "seven"], "'seven' is not a sequence number"),
        (["show", "\u00b2"], "is not a sequence number"),
        (["history", "-n", "0"], "'0' is not a whole number from 1 on"),
        (["classify"], "PICTURE"),
        (["status", "--timeout", "soon"], "'soon' is not a number of seconds"),
        (["status", "--timeout", "nan"], "'nan' is not a number of seconds"),
        (["watch", "--types", "verdict,news"], "'news' is not a type of event"),
        (["model"], "ACTION"),
        (["classify", ""], "PICTURE: is empty; expected a path"),
        (["model", "install", ""], "PATH: is empty; expected a path"),
        (["support-bundle", ""], "is empty; expected a path"),
        (["status", "--socket", ""], "--socket: is empty; expected a path"),
        (["status", "--socket", "/" + "x" * 107], "is 108 bytes long"),
    ],
)
def test_a_command_line_that_asks_for_nothing_is_64(argv: List[str], expected: str) -> None:
    done = run(*argv)
    assert (done.code, done.out) == (64, "")
    assert expected in done.err
    assert "--help" in done.err


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    service: AnsweringService, environ: Dict[str, str], coloured: bool
) -> None:
    out = Screen()
    main(["show", "1040"], out, io.StringIO(), {"PLANTD_SOCKET": service.socket, **environ})
    assert ("\033[" in out.getvalue()) == coloured


def test_what_the_terminal_cannot_write_does_not_end_the_program(
    service: AnsweringService,
) -> None:
    service.answers.known = {7: samples.verdict(7, caution="f\u00fcr 20 \u00b0C \udcff")}
    raw = io.BytesIO()
    for arguments in (["show", "7"], ["show", "7", "--json"]):
        out = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
        assert main(arguments, out, io.StringIO(), {"PLANTD_SOCKET": service.socket}) == 0
        out.detach()
    assert b"f?r 20 ?C ?" in raw.getvalue()
    assert b"f\\u00fcr 20 \\u00b0C" in raw.getvalue()


def test_a_pipe_gets_no_colour(service: AnsweringService) -> None:
    assert "\033" not in run("history", on=service).out


def test_neither_cv2_nor_numpy_nor_aiohttp_is_loaded() -> None:
    code = "import sys, plantd.cli; print({'cv2','numpy','aiohttp','yaml'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": DAEMON},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
        timeout=WAIT_S,
    )
    assert done.stdout == "set()\n"
