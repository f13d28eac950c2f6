"""`make engine`: the unit where the product is installed, a build of one's own elsewhere."""

import os
import subprocess
import sys

import pytest
from support import checkout, tiny_bundle

TOP = str(checkout.TOP)

# systemd is played: the first word decides, and every call is written down.
SYSTEMCTL = """#!/bin/bash
echo "systemctl $*" >>"$CALLS"
case $1 in
  cat) exit "$HAS_UNIT" ;;
  start) until grep -q ^journalctl "$CALLS"; do :; done; exit "$STARTED" ;;
  show) echo "$CONDITION" ;;
esac
"""
JOURNALCTL = """#!/bin/bash
echo "journalctl $*" >>"$CALLS"
exec sleep 600
"""
SUDO = """#!/bin/bash
exec "$@"
"""


@pytest.fixture
def played(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL), ("sudo", SUDO)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

    def run(*arguments, has_unit=0, started=0, condition="yes", systemd="bin"):
        environment = dict(
            os.environ,
            PATH="{}:{}".format(folder, os.environ["PATH"]),
            PYTHONPATH=os.pathsep.join(path for path in sys.path if path),
            CALLS=str(tmp_path / "calls"),
            SYSTEMD_RUNS=str(tmp_path / systemd),
            HAS_UNIT=str(has_unit),
            STARTED=str(started),
            CONDITION=condition,
            PLANTD_CONFIG=str(tmp_path / "absent.yaml"),
        )
        command = [os.path.join(TOP, "tools/engine.sh"), sys.executable]
        return subprocess.run(
            command + list(arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            env=environment,
            cwd=str(tmp_path),
            timeout=60,
        )

    run.calls = tmp_path / "calls"
    return run


def test_elsewhere_the_bundle_is_proven_here(played, tmp_path):
    bundle = tiny_bundle.make(str(tmp_path / "tiny"))
    done = played(bundle, has_unit=1)
    assert done.returncode == 0
    assert "tiny 1.0.0: onnxruntime" in done.stdout


def test_where_no_systemd_runs_the_unit_is_not_asked(played, tmp_path):
    bundle = tiny_bundle.make(str(tmp_path / "tiny"))
    done = played(bundle, systemd="absent")
    assert done.returncode == 0
    assert "tiny 1.0.0: onnxruntime" in done.stdout


def test_where_it_is_installed_the_unit_is_started_and_followed(played):
    done = played("bundle")
    assert done.returncode == 0
    calls = played.calls.read_text()
    assert "systemctl start plantd-engine.service" in calls
    assert "systemctl reload plantd.service" in calls
    assert "journalctl --follow --lines=0 --output=cat --unit=plantd-engine.service" in calls


def test_a_unit_that_fails_fails_with_its_code(played):
    done = played("bundle", started=3)
    assert done.returncode == 3
    assert "journalctl -u plantd-engine.service" in done.stdout


def test_the_unit_takes_no_arguments(played):
    done = played("bundle", "--force")
    assert done.returncode == 64
    assert "as user plantd" in done.stdout


def test_a_device_without_tensorrt_is_told_so(played):
    done = played("bundle", condition="no")
    assert "there is no TensorRT on this machine" in done.stdout
