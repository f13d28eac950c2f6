"""Runs a function of a test module in a process that has a small filesystem of its own.

Linux only: a mount namespace and a tmpfs, which end with the process. Needs root or unprivileged
user namespaces; without either the test is skipped, and says so.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_RUN = """
import importlib, json, sys
module, function, disk = sys.argv[1:]
print(json.dumps(getattr(importlib.import_module(module), function)(disk)))
"""


def on_small_disk(module: str, function: str, folder: Path, size_kib: int) -> Any:
    """Return what module.function(disk) returned; `disk` is a fresh filesystem of this size."""
    mount = 'mount -t tmpfs -o size={}k none "$0" && exec "$@"'.format(size_kib)
    python = [sys.executable, "-W", "error", "-c", _RUN, module, function, str(folder)]
    command = _namespace() + ["sh", "-c", mount, str(folder)] + python
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=60
    )
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout.decode().splitlines()[-1])


def _namespace() -> "list[str]":
    for namespace in (["unshare", "-m"], ["unshare", "-rm"]):
        trial = namespace + ["mount", "-t", "tmpfs", "none", "/mnt"]
        if not subprocess.run(trial, stderr=subprocess.DEVNULL).returncode:
            return namespace
    pytest.skip("this machine allows no mount namespace; run as root")
