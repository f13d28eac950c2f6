"""make play as a user types it, and the three pictures that make demo and make play name."""

import os
import re
import signal
import urllib.request
from pathlib import Path

import cv2
import demo
import drawn_pictures
import pytest
from support import documents
from support.cameras import until
from support.checkout import TOP
from support.typed import CTRL_C, CTRL_D, ENTER, Typed

from plantd.api.client import Client
from plantd.errors import EX_DATAERR, EX_NOINPUT, EX_USAGE, UnavailableError

pytestmark = pytest.mark.gstreamer


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """The three drawn pictures, and what is none."""
    folder = tmp_path / "my pictures"
    drawn_pictures.write_all(str(folder))
    (folder / "notes.txt").write_text("not a picture")
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    return folder


@pytest.mark.parametrize(
    ("asked", "told", "code"),
    [
        (["--photo", "leaf.jpg"], "the picture leaf.jpg cannot be read: No such file", EX_NOINPUT),
        (["--photo", __file__], "the file is text; expected a JPEG or PNG", EX_DATAERR),
        (["--photo", "a.jpg", "--source", "test://plant"], "PHOTO or SOURCE, not both", EX_USAGE),
    ],
)
def test_a_demo_of_what_is_no_picture_is_refused_in_one_sentence(capsys, asked, told, code) -> None:
    assert demo.main(asked) == code
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("make demo: ")
    assert told in said.err


@pytest.fixture
def environ(tmp_path: Path):
    """As in a terminal of a desktop whose browser notes the address that it was given."""
    browser = tmp_path / "bin" / "xdg-open"
    browser.parent.mkdir()
    browser.write_text('#!/bin/sh\necho "$1" >"{}"\n'.format(tmp_path / "opened"))
    browser.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    given.update(
        DISPLAY=":0", NO_COLOR="1", PATH="{}:{}".format(browser.parent, os.environ["PATH"])
    )
    given.pop("MFLAGS", None)
    return given


def playing(environ, *arguments: str) -> Typed:
    return Typed(["make", "play", *arguments], str(TOP), environ)


def test_enter_presses_on_pictures_in_turn_beside_the_page_and_ctrl_c_ends(
    pictures: Path, environ, tmp_path: Path
) -> None:
    with playing(environ, "PICTURES=" + str(pictures)) as play:
        address = play.wait_for("http://localhost:[0-9]+/")
        socket = play.wait_for("/tmp/plantd-play-[^ ]+sock")
        for name, answer in [("lily", "POISONOUS"), ("sunflower", "edible"), ("wall", "UNSURE")]:
            play.wait_for(r"\[{}\.jpg\]".format(name))
            play.type(ENTER)
            play.wait_for(r"#\d  {}".format(answer))
        play.wait_for(r"\[lily\.jpg\]")
        with urllib.request.urlopen(address, timeout=60) as page:
            assert b"Unsure" in page.read()
        play.type(CTRL_C)
        # make ends as whoever was interrupted does; nothing of it is told as an error.
        assert play.wait() in (0, -signal.SIGINT, 128 + signal.SIGINT)
    assert play.printed.rstrip().endswith("== stopping")
    assert re.search(r"^left out: .*torn\.jpg: the JPEG is truncated", play.printed, re.MULTILINE)
    assert "Traceback" not in play.printed
    assert not os.path.exists(os.path.dirname(os.path.dirname(socket)))
    assert (tmp_path / "opened").read_text() == address + "\n"


def test_a_window_that_is_closed_leaves_no_service_behind(pictures: Path, environ) -> None:
    with playing(environ, "PICTURES=" + str(pictures)) as play:
        path = play.wait_for("/tmp/plantd-play-[^ ]+sock")
        play.wait_for(r"\[lily\.jpg\]")
        processes = Client(path, 30.0).get("/v1/status")["processes"]
        play.close_window()
        until(lambda: not os.path.exists(path.split("/run/")[0]), "its files are gone")
        running = ["/proc/{}".format(each["pid"]) for each in processes]
        until(lambda: not any(map(os.path.exists, running)), "its processes have ended")
    with pytest.raises(UnavailableError):
        Client(path, 30.0).get("/v1/hello")


def test_without_a_display_no_browser_is_opened_and_ctrl_d_ends(
    pictures: Path, environ, tmp_path: Path
) -> None:
    del environ["DISPLAY"]
    environ.pop("WAYLAND_DISPLAY", None)
    with playing(environ, "PICTURES=" + str(pictures)) as play:
        play.wait_for(r"\[lily\.jpg\]")
        play.type(CTRL_D)
        assert play.wait() == 0
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["PICTURES={0}/none"], "make play: {0}/none: No such file or directory"),
        (["PICTURES={0}"], "make play: there is no picture to show"),
        (["PICTURES={0}", "SOURCE=test://plant"], "make play: give PICTURES or SOURCE, not both"),
    ],
)
def test_what_cannot_be_played_is_one_sentence(arguments, told, environ, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with playing(environ, *[each.format(empty) for each in arguments]) as play:
        assert play.wait() == 2
    assert re.search("^" + re.escape(told.format(empty)), play.printed, re.MULTILINE)
    assert "Traceback" not in play.printed


def test_a_camera_without_pictures_is_said_and_the_next_press_is_taken(environ, tmp_path) -> None:
    picture = tmp_path / "leaf.jpg"
    cv2.imwrite(str(picture), drawn_pictures.wall())
    with playing(environ, "SOURCE=file://" + str(picture)) as play:
        play.wait_for(r"\[camera\]")
        picture.unlink()
        play.type(ENTER)
        play.wait_for(r"no answer; camera [A-Z]+: .*leaf\.jpg: No such file or directory")
        cv2.imwrite(str(picture), drawn_pictures.wall())
        play.wait_for(r"\[camera\]")
        answered = r"#\d  UNSURE|\[camera\]"
        play.type(ENTER)
        while play.wait_for(answered) == "[camera]":
            play.type(ENTER)
        play.type(CTRL_D)
        assert play.wait() == 0


def test_the_demo_ends_with_commands_that_are_there(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    lines = demo.how_to_go_on()
    targets = documents.make_targets(TOP / "Makefile")
    assert {line.split()[1] for line in lines} <= targets
    photos = re.findall("PHOTO=([^ ]+)", "\n".join(lines))
    assert [os.path.exists(path) for path in photos] == [True] * 3
    assert [line.split()[-1] for line in lines if "PHOTO" in line] == [
        "edible",
        "poisonous",
        "unsure",
    ]
