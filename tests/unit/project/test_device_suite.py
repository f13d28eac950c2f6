"""`make device-test` cannot be run here; that it would run, and would fail, can be shown."""

import os
import subprocess
import sys

from support import checkout, gpu

TOP = str(checkout.TOP)


def device_tests(choice: str, stack: bool) -> "subprocess.CompletedProcess[str]":
    """Run tests/device in a process of its own, with or without the stand-in for TensorRT."""
    paths = ([gpu.STACK] if stack else []) + [path for path in sys.path if path]
    environment = dict(
        os.environ, PYTHONPATH=os.pathsep.join(paths), PLANTD_TEST_TENSORRT="8.2", COLUMNS="200"
    )
    command = [sys.executable, "-m", "pytest", "tests/device", "-q", "-k", choice]
    return subprocess.run(
        command + ["-p", "no:cacheprovider", "-m", "device"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env=environment,
        cwd=TOP,
        timeout=110,
    )


def test_on_the_stand_in_every_backend_passes():
    done = device_tests("TestEngine", stack=True)
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout
    assert "skipped" not in done.stdout


def test_without_tensorrt_it_fails_and_skips_nothing():
    done = device_tests("golden_outputs or info_names", stack=False)
    assert done.returncode == 1
    assert "TensorRT cannot be loaded" in done.stdout
    assert "passed" in done.stdout, "onnxruntime is there"
    assert "errors" in done.stdout, "no backend of TensorRT was set up"
    assert "skipped" not in done.stdout
