"""plantd-cli review: a person at a terminal says what pictures show, verdict after verdict."""

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

import pytest
from support.answering_service import AnsweringService
from support.checkout import TOP
from support.documents import command_lines

from plantd.errors import EX_NOINPUT, EX_OK, EX_UNAVAILABLE, EX_USAGE


class Run(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def service(tmp_path: Path) -> Iterator[AnsweringService]:
    with AnsweringService(tmp_path) as made:
        yield made


def review(service: AnsweringService, *argv: str, typed: str = "") -> Run:
    """Run the program as one of its own, with what is typed on its standard input."""
    child = subprocess.run(
        [sys.executable, "-m", "plantd.cli", "review", *argv],
        env={
            **os.environ,
            "PYTHONPATH": str(TOP / "daemon"),
            "PLANTD_SOCKET": service.socket,
            "PYTHONIOENCODING": "utf-8",
        },
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    return Run(child.returncode, child.stdout, child.stderr)


def test_the_newest_is_asked_first_and_what_is_typed_is_kept(service: AnsweringService) -> None:
    done = review(service, typed="1\nno plant\n")
    assert (done.code, done.err) == (EX_OK, "")
    assert {seq: said["label"] for seq, said in service.answers.labels.items()} == {
        1041: "lily_of_the_valley",
        1040: "no_plant",
    }
    assert service.answers.labels[1041]["by"] == getpass.getuser()
    assert "1 lily of the valley" in done.out
    assert "picture     /var/p/1.jpg" in done.out
    assert done.out.index("#1041 is kept as lily of the valley") < done.out.index("#1040")


def test_what_is_skipped_comes_again_and_what_is_said_does_not(service: AnsweringService) -> None:
    review(service, typed="\nn\n")
    assert list(service.answers.labels) == [1040]
    again = review(service, typed="p\n")
    assert "#1041" in again.out
    assert "#1040" not in again.out
    assert review(service).out == "nothing waits for a label; --again shows what has one\n"
    assert (
        "no plant, said {} on 2026-06-02 08:00:00".format(getpass.getuser())
        in review(service, "--again", typed="\n\n").out
    )


def test_who_leaves_changes_nothing_more(service: AnsweringService) -> None:
    assert review(service, typed="q\nn\n").code == EX_OK
    assert service.answers.labels == {}


def test_a_slip_is_told_and_asked_again(service: AnsweringService) -> None:
    done = review(service, typed="lily of the vally\n?\nlily of the valley\n")
    assert "did you mean 'lily of the valley'" in done.err
    assert "  another plant\n" in done.out
    assert list(service.answers.labels) == [1041]


def test_one_verdict_can_be_labelled_by_a_script(service: AnsweringService) -> None:
    done = review(service, "1040", "wild leek", "--json")
    assert done.code == EX_OK
    assert json.loads(done.out)["label"]["label"] == "Wild_Leek"
    assert list(service.answers.labels) == [1040]
    assert review(service, "1040", "daisy chain").code == EX_USAGE
    assert review(service, "7", "no plant").code == EX_NOINPUT


def test_one_verdict_alone_is_asked_about(service: AnsweringService) -> None:
    assert "#1041" not in review(service, "1040", typed="n\n").out
    assert list(service.answers.labels) == [1040]
    assert review(service, "7").code == EX_NOINPUT


def test_without_a_service_it_says_so(service: AnsweringService, tmp_path: Path) -> None:
    done = review(service, "--socket", str(tmp_path / "nobody.sock"))
    assert (done.code, done.out) == (EX_UNAVAILABLE, "")


def test_the_commands_of_the_page_are_taken(service: AnsweringService) -> None:
    page = (TOP / "docs" / "export-and-review.md").read_text(encoding="utf-8")
    commands = [each for each in command_lines(page, "plantd-cli") if each[0] == "review"]
    assert len(commands) >= 3
    for command in commands:
        words = ["1041" if word == "12" else word for word in command[1:]]
        assert review(service, *words, typed="q\n").code == EX_OK
