"""Commands inside a bare root, as root. Needs nothing but Python."""

import os
import subprocess


def run(*command: str, expect: int = 0) -> str:
    """Return what a command says; it must end with `expect`."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        universal_newlines=True,
        cwd="/",
        env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
    )
    print(done.stdout)
    assert done.returncode == expect, done.stdout[-3000:]
    return done.stdout
