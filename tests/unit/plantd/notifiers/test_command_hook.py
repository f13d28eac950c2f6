"""A command of the owner's: real child processes."""

import json
import logging
import os
import threading
import time
from pathlib import Path

import pytest
from support.verdict_json import verdict_json

from plantd.notifiers.command_hook import OUTPUT_BYTES, CommandHook
from plantd.notifiers.queued import NotDelivered, Notice
from plantd.sinks.ndjson import line_from_event

TIMEOUT_S = 30


def deliver(command: str, timeout_s: float = 30.0) -> None:
    """Run a command on verdict 7."""
    event = verdict_json(7)
    CommandHook(command, timeout_s).deliver(Notice(event, line_from_event(event)))


def script(folder: Path, text: str) -> str:
    """Return the path of a shell script."""
    path = folder / "a hook.sh"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return "'{}'".format(path)


def assert_gone(pid_file: Path) -> None:
    """Wait until the process has died: a signal that was sent takes its time."""
    stat = Path("/proc") / pid_file.read_text().strip() / "stat"
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT_S
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        pause.wait(0.02)


def test_it_gets_the_verdict_on_its_input_and_in_short_in_its_environment(tmp_path: Path) -> None:
    deliver(
        script(tmp_path, 'cat >"$1"; echo "$PLANTD_SEQ $PLANTD_VERDICT" >"$1.short"')
        + " '{}'".format(tmp_path / "got")
    )
    assert json.loads((tmp_path / "got").read_text()) == verdict_json(7)
    assert (tmp_path / "got.short").read_text() == "7 unsure\n"


def test_no_shell_reads_the_command(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    deliver("/bin/echo $HOME; 'a b' | wc")
    assert "says: $HOME; a b | wc" in caplog.text


def test_what_systemd_tells_the_service_is_not_handed_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    deliver("/usr/bin/env")
    assert "PLANTD_SEQ=7" in caplog.text
    assert "NOTIFY_SOCKET" not in caplog.text


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/bin/false", "/bin/false ended with exit code 1"),
        ("/bin/sh -c 'kill -9 $$'", "ended by signal 9"),
        ("/does/not/exist", "cannot be started: No such file or directory"),
        ("/etc/passwd", "cannot be started: Permission denied"),
    ],
)
def test_what_fails_is_one_sentence(command: str, told: str) -> None:
    with pytest.raises(NotDelivered, match=told):
        deliver(command)


def test_what_takes_too_long_is_killed_with_all_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    hook = script(tmp_path, "sleep 600 & echo $! >'{}'; wait".format(pid_file))
    with pytest.raises(NotDelivered, match=r"did not end within 1 s and was killed"):
        deliver(hook, 1.0)
    assert_gone(pid_file)


def test_what_it_leaves_running_is_killed_when_it_ends(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    deliver(script(tmp_path, "sleep 600 >/dev/null 2>&1 & echo $! >'{}'".format(pid_file)))
    assert_gone(pid_file)


def test_its_output_is_read_to_the_end_and_kept_in_part(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    deliver("/bin/sh -c 'head -c 3000000 /dev/zero | tr \"\\\\0\" x'")
    assert caplog.text.count("x") < OUTPUT_BYTES + 200


def test_closing_ends_a_command_that_runs(tmp_path: Path) -> None:
    fifo, pid_file = tmp_path / "begun", tmp_path / "pid"
    os.mkfifo(str(fifo))
    hook = script(tmp_path, "echo $$ >'{}'; echo >'{}'; exec sleep 600".format(pid_file, fifo))
    with CommandHook(hook, 600.0) as running:
        running.send(verdict_json(1))
        fifo.read_text()
    assert_gone(pid_file)
