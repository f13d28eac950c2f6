"""Every program of the device ends with one sentence and the exit code of sysexits.h."""

import subprocess
import sys
from typing import List

import pytest

from plantd import __main__ as plantd
from plantd import command_line
from plantd.button import fake_client as finger
from plantd.command_line import BROKEN_PIPE, INTERRUPTED, Parser
from plantd.errors import EX_CONFIG, EX_OK, EX_USAGE, BusyError
from plantd.light import fake_client as eye
from plantd.support import board_record


@pytest.mark.parametrize(
    ("main", "argv", "expected"),
    [
        (
            plantd.main,
            [],
            "plantd: the following arguments are required: COMMAND; see plantd --help",
        ),
        (plantd.main, ["check-config", "--bogus"], "plantd: unrecognized arguments: --bogus;"),
        (plantd.main, ["replay", "seven"], "'seven' is not a sequence number such as 1042;"),
        (finger.main, ["poke"], "python3 -m plantd.button.fake_client: argument move: "),
        (
            eye.main,
            ["--bogus"],
            "plantd.light.fake_client: unrecognized arguments: --bogus;",
        ),
        (board_record.main, ["--bogus"], "unrecognized arguments: --bogus;"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence_and_64(main, argv, expected, capsys) -> None:
    assert main(argv) == EX_USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert expected in said.err
    assert said.err.count("\n") == 1


def test_an_error_is_said_after_the_name_with_its_code(capsys) -> None:
    def busy(_options) -> int:
        raise BusyError("another press is being answered")

    assert command_line.run(Parser(prog="box"), busy, []) == BusyError.exit_code
    assert capsys.readouterr().err == "box: another press is being answered\n"


@pytest.mark.parametrize("command", ["run", "show-config"])
def test_each_problem_of_a_configuration_is_a_line(tmp_path, monkeypatch, capsys, command) -> None:
    path = tmp_path / "plantd.yaml"
    path.write_text('camera:\n  burst: 30\n  "\\e[31m": 1\n')
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert plantd.main([command, "--config", str(path)]) == EX_CONFIG
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("plantd: {}:2: camera.burst: is 30".format(path))
    assert second.startswith("plantd: {}:3: camera.\\x1b[31m: is not a key".format(path))
    assert plantd.main(["check-config", "--config", str(path)]) == EX_CONFIG
    told = [line.partition("plantd: ")[2] for line in (first, second)]
    assert capsys.readouterr().err.splitlines() == [*told, "2 problems"]


def test_ctrl_c_is_quiet(capsys) -> None:
    def interrupted(_options) -> int:
        raise KeyboardInterrupt

    assert command_line.run(Parser(prog="box"), interrupted, []) == INTERRUPTED
    assert capsys.readouterr().err == ""


def test_what_is_asked_is_done_with_what_was_said() -> None:
    seen: List[str] = []

    def note(options) -> int:
        seen.append(options.word)
        return EX_OK

    parser = Parser(prog="box")
    parser.add_argument("word")
    assert command_line.run(parser, note, ["hello"]) == EX_OK
    assert seen == ["hello"]


def test_a_reader_that_leaves_is_quiet() -> None:
    code = (
        "import sys; from plantd.command_line import Parser, run\n"
        "def tell(_options):\n"
        "    sys.stdin.read()\n"
        "    sys.stdout.write('x' * 1000000)\n"
        "    sys.stdout.flush()\n"
        "sys.exit(run(Parser(prog='box'), tell, []))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.path[:0] = {!r}\n".format(sys.path) + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    child.stdin.close()
    with child.stderr:
        assert child.stderr.read() == b""
    assert child.wait(60) == BROKEN_PIPE
