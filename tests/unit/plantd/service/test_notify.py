"""What systemd hears."""

import os
import socket

import pytest

from plantd.service.notify import Notifier


@pytest.fixture
def manager(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def heard(manager) -> str:
    return manager.recv(4096).decode()


def notifier_of(manager) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": manager.getsockname()})


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (lambda n: n.ready("all is well"), "READY=1\nSTATUS=all is well"),
        (lambda n: n.reloading(), "RELOADING=1"),
        (lambda n: n.stopping(), "STOPPING=1"),
        (lambda n: n.status("two\nlines"), "STATUS=two lines"),
        (lambda n: n.alive(), "WATCHDOG=1"),
    ],
)
def test_each_word_is_one_datagram(manager, say, expected):
    assert say(notifier_of(manager)) is True
    assert heard(manager) == expected


def test_an_abstract_socket_is_reached():
    name = "\0plantd-test-%d" % os.getpid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name)
        listener.settimeout(5)
        assert Notifier({"NOTIFY_SOCKET": "@" + name[1:]}).alive()
        assert heard(listener) == "WATCHDOG=1"


def test_without_a_manager_nothing_is_said():
    assert Notifier({}).ready("x") is False


def test_a_manager_that_went_away_is_no_error(tmp_path):
    assert Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive() is False


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdogs_interval_is_for_this_process(environment, expected):
    assert Notifier(environment).watchdog_s == expected


def test_a_manager_that_does_not_read_never_holds_up_who_sends(manager):
    notifier = notifier_of(manager)
    assert not all(notifier.alive() for _ in range(100000))
