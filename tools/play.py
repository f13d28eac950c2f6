"""Keeps a plantd running to play with: Enter is its button, the page is open. For `make play`.

How this works: the camera looks at a webcam, or at one file that the next picture is put into after
each answer. Everything lies in a directory that is gone at the end, as the service is.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from typing import Any, Dict, Optional, Sequence

import drawn_pictures
from demo import BUNDLE, START_S
from running import RunningService

from plantd import picture
from plantd.cli.verdict_lines import verdict_lines
from plantd.errors import EX_NOINPUT, EX_USAGE, PictureError, PlantdError
from plantd.picture_names import pictures_among
from plantd.system.terminal import Terminal

WEBCAM = "/dev/video0"
PORT = 8080
# As a camera would have it; what is larger is scaled to it.
LONGEST_PX = 1280
JPEG_QUALITY = 95
FPS = 15
# A window that is closed, kill.
ENDING = (signal.SIGHUP, signal.SIGTERM)
# The first heartbeat comes at once; by the third a press has given up (camera.press_timeout_s).
HEARTBEAT_S, HEARTBEATS_WITHOUT_ANSWER = 4.0, 3


class Stand:
    """One picture at a time before the camera, in turn."""

    def __init__(self, directory: str, paths: Sequence[str]) -> None:
        """Args: where the camera's file lies; the pictures, in the order they are shown."""
        self._path = os.path.join(directory, "before-the-camera.jpg")
        self._waiting = list(paths)
        self.shown = ""

    @property
    def source(self) -> str:
        """The camera's source."""
        return "file://" + self._path

    def show_next(self) -> None:
        """Put the next readable picture there, whole at every moment.

        Raises PictureError when there is none.
        """
        while self._waiting:
            path = self._waiting.pop(0)
            try:
                pixels = picture.shrunk(picture.read(path), LONGEST_PX)
            except PictureError as error:
                print("left out: {}".format(error))
                continue
            with open(self._path + ".new", "wb") as target:
                target.write(picture.encode_jpeg(pixels, JPEG_QUALITY))
            os.replace(self._path + ".new", self._path)
            self._waiting.append(path)
            self.shown = os.path.basename(path)
            return
        raise PictureError("there is no picture to show; expected files that end in .jpg or .png")


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Play until Ctrl-C or Ctrl-D; return the exit code."""
    parser = argparse.ArgumentParser(prog="make play", description=__doc__)
    parser.add_argument("--pictures", default="", help="a folder of pictures, shown in turn")
    parser.add_argument("--source", default="", help="a camera source, such as v4l2:///dev/video1")
    parser.add_argument("--bundle", default=BUNDLE)
    options = parser.parse_args(argv)
    if options.source and options.pictures:
        return _tell("give PICTURES or SOURCE, not both", EX_USAGE)
    directory = tempfile.mkdtemp(prefix="plantd-play-", dir="/tmp")
    for number in ENDING:
        signal.signal(number, _end)
    try:
        return _play(directory, options)
    except PlantdError as error:
        return _tell(str(error), error.exit_code)
    except OSError as error:
        return _tell("{}: {}".format(error.filename, error.strerror), EX_NOINPUT)
    finally:
        shutil.rmtree(directory)


def _play(directory: str, options: argparse.Namespace) -> int:
    stand = _stand(directory, options)
    source = stand.source if stand else options.source or "v4l2://" + WEBCAM
    port, token = _port(), secrets.token_hex(8)
    sections = _sections(directory, source, os.path.abspath(options.bundle), port, token)
    service = RunningService(directory, sections)
    what = "camera {}".format(source) if stand is None else "pictures in turn"
    print("== starting plantd: {}".format(what), flush=True)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            service.start(within_s=START_S)
            _invite(service, "http://localhost:{}/".format(port), token)
            _answer_presses(service, stand)
        _ignore_endings()
        with contextlib.suppress(OSError):  # nobody may read any more
            print("\n== stopping", flush=True)
        return service.stop()
    finally:
        service.close()


def _stand(directory: str, options: argparse.Namespace) -> Optional[Stand]:
    """Return the pictures to be shown in turn, the first of them shown; None for a camera."""
    if options.source or (not options.pictures and os.path.exists(WEBCAM)):
        return None
    folder = options.pictures
    if folder:
        paths = [os.path.join(folder, name) for name in pictures_among(os.listdir(folder))]
    else:
        paths = list(drawn_pictures.write_all().values())
    stand = Stand(directory, paths)
    stand.show_next()
    return stand


def _sections(
    directory: str, source: str, bundle: str, port: int, token: str
) -> Dict[str, Dict[str, Any]]:
    token_path = os.path.join(directory, "token")
    with os.fdopen(os.open(token_path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as target:
        target.write(token + "\n")
    return {
        "camera": {"source": source, "fps": FPS},
        "model": {"bundle": bundle},
        "api": {
            "http": "127.0.0.1:{}".format(port),
            "token_file": token_path,
            "heartbeat_s": HEARTBEAT_S,
        },
    }


def _port() -> int:
    """Return the usual port of the page, or any free one where somebody has that."""
    for port in (PORT, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
                return int(tried.getsockname()[1])
            except OSError:
                continue
    raise OSError(0, "no port is free", "127.0.0.1")


def _invite(service: RunningService, url: str, token: str) -> None:
    print("the page: {}".format(url))
    print("  to press from there, enter on its page Box the token {}".format(token))
    print("the command line: .venv/bin/plantd-cli status --socket {}".format(service.socket_path))
    print("Enter presses the button, Ctrl-C ends")
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_display and shutil.which("xdg-open"):
        quiet = subprocess.DEVNULL
        subprocess.Popen(["xdg-open", url], stdin=quiet, stdout=quiet, stderr=quiet)


def _answer_presses(service: RunningService, stand: Optional[Stand]) -> None:
    """Press for each line of standard input until it ends."""
    last, terminal = 0, Terminal(sys.stdout, sys.stderr)
    while True:
        print("\n[{}] ".format(stand.shown if stand else "camera"), end="", flush=True)
        if not _line():
            return
        verdict = _press(service, last)
        if verdict is None:
            continue
        last = verdict["seq"]
        terminal.lines(verdict_lines(verdict, terminal.coloured))
        if stand is not None:
            stand.show_next()


def _press(service: RunningService, last: int) -> Optional[Dict[str, Any]]:
    """Press the button; return its verdict, whatever the page has asked beside it.

    None, and told why, where no answer came.
    """
    service.finger.press()
    heartbeats = 0
    for event in service.client.events(types="verdict", after=last):
        if event["type"] == "verdict" and event["trigger"] == "button":
            return dict(event)
        heartbeats += event["type"] == "heartbeat"
        if heartbeats == HEARTBEATS_WITHOUT_ANSWER:
            camera = service.client.get("/v1/status")["camera"]
            print("no answer; camera {state}: {detail}".format(**camera))
            return None
    print("plantd has ended:\n" + service.journal())
    return None


def _line() -> str:
    """Return a line of standard input; empty at its end, and where its terminal is gone."""
    try:
        return sys.stdin.readline()
    except OSError:
        return ""


def _end(*_: Any) -> None:
    """End as Ctrl-C does."""
    _ignore_endings()
    raise KeyboardInterrupt


def _ignore_endings() -> None:
    """Let nothing break off the end: a window that is closed says so twice."""
    for number in (signal.SIGINT, *ENDING):
        signal.signal(number, signal.SIG_IGN)


def _tell(sentence: str, exit_code: int) -> int:
    print("make play: " + sentence, file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
