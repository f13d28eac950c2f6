"""Runs a program as a user without rights, against the service of the test."""

import os
import subprocess
import sys

import pytest

NOBODY = 65534
# Imports come before the rights go: that user may not reach this Python's libraries.
_PROGRAM = """
import encodings.idna, os, sys
from plantd.api.client import Client
from plantd.errors import AccessError
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
try:
    print(Client(sys.argv[1]).{call})
except AccessError as error:
    print(error.exit_code, error)
"""


def skip_unless_root() -> None:
    """Skip the test where rights cannot be given away."""
    if os.getuid() != 0:
        pytest.skip("only root can ask as another user")


def call_as_nobody(socket_path: str, call: str) -> str:
    """Return what a client's call prints for another user: the answer, or exit code and error."""
    skip_unless_root()
    program = _PROGRAM.format(nobody=NOBODY, call=call)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    command = [sys.executable, "-c", program, socket_path]
    return subprocess.check_output(command, env=environment).decode()
