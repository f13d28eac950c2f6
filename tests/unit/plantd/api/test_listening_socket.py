"""The socket file: who may bind it, what it looks like, what is left behind."""

import grp
import logging
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Iterator, List, Union

import pytest

from plantd.api.listening_socket import ListeningSocket
from plantd.errors import UnavailableError

OWN_GROUP = grp.getgrgid(os.getegid()).gr_name
LONG_ENOUGH_S = 20.0


@pytest.fixture
def path() -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix="plantd-")
    yield Path(folder) / "run/plantd.sock"
    shutil.rmtree(folder)


def bound(path: Path, group: str = OWN_GROUP) -> ListeningSocket:
    return ListeningSocket(str(path), group)


def connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(LONG_ENOUGH_S)
        client.connect(str(path))
    return True


def test_the_file_is_open_to_its_group_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        listening = bound(path)
    finally:
        os.umask(before)
    found = os.lstat(str(path))
    assert stat.S_IMODE(found.st_mode) == 0o660
    assert found.st_gid == os.getegid()
    assert connects(path)
    listening.close()


def test_at_no_moment_is_the_file_open_wider(path: Path) -> None:
    seen = {}

    def watch(frame: object, event: str, argument: object) -> None:
        if event == "c_return" and path.exists():
            seen[getattr(argument, "__name__", "")] = stat.S_IMODE(os.lstat(str(path)).st_mode)

    before = os.umask(0)
    sys.setprofile(watch)
    try:
        listening = bound(path)
    finally:
        sys.setprofile(None)
        os.umask(before)
    listening.close()
    assert seen["bind"] == 0o600
    assert seen["listen"] == 0o660
    assert all(mode & ~0o660 == 0 for mode in seen.values())


def test_closing_removes_file_and_may_be_repeated(path: Path) -> None:
    listening = bound(path)
    listening.close()
    listening.close()
    assert not path.exists()
    again = bound(path)
    again.close()


def test_closing_leaves_a_file_that_is_not_ours(path: Path) -> None:
    listening = bound(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(path))
        listening.close()
        assert path.exists()


def test_a_leftover_on_which_nobody_answers_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    listening = bound(path)
    assert connects(path)
    listening.close()


def test_a_socket_that_answers_is_not_taken(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(path))
        other.listen(1)
        with pytest.raises(UnavailableError, match="another plantd answers on"):
            bound(path)
        assert connects(path)


def test_a_socket_too_busy_to_accept_is_not_taken(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(path))
        other.listen(0)
        held = crowd(path)
        with pytest.raises(UnavailableError, match="another plantd answers on"):
            bound(path)
        for client in held:
            client.close()


def crowd(path: Path) -> List[socket.socket]:
    held = []
    while True:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            client.connect(str(path))
        except BlockingIOError:
            client.close()
            return held
        held.append(client)


def test_of_two_that_start_at_once_one_binds(path: Path) -> None:
    barrier = threading.Barrier(8)
    results: List[Union[ListeningSocket, UnavailableError]] = []

    def start() -> None:
        barrier.wait(LONG_ENOUGH_S)
        try:
            results.append(bound(path))
        except UnavailableError as error:
            results.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_ENOUGH_S)
    (winner,) = [found for found in results if isinstance(found, ListeningSocket)]
    assert len(results) == 8
    assert connects(path)
    winner.close()


def test_a_killed_service_leaves_nothing_that_stops_the_next(path: Path) -> None:
    program = (
        "import sys; from plantd.api.listening_socket import ListeningSocket\n"
        "listening = ListeningSocket(sys.argv[1], ''); print('bound', flush=True); input()"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"bound\n"
        with pytest.raises(UnavailableError, match="systemctl stop plantd"):
            bound(path)
        other.send_signal(signal.SIGKILL)
        other.wait(LONG_ENOUGH_S)
    assert path.exists()
    listening = bound(path)
    assert connects(path)
    listening.close()


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("notes")
    with pytest.raises(UnavailableError, match="is not a socket; move it away"):
        bound(path)
    assert path.read_text() == "notes"


def test_a_path_too_long_for_a_socket_is_told(path: Path) -> None:
    long = path.parent / ("x" * 100) / "plantd.sock"
    with pytest.raises(UnavailableError, match=r"bytes; a Unix socket takes 107.*paths\.run"):
        bound(long)


def test_a_folder_that_cannot_be_made_is_told(path: Path) -> None:
    path.parent.write_text("a file")
    with pytest.raises(UnavailableError, match="cannot be made"):
        bound(path)


def test_a_group_that_does_not_exist_is_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        listening = bound(path, "no-such-group")
    assert caplog.text.count("there is no group no-such-group") == 1
    assert connects(path)
    listening.close()
