"""What runs on a device needs no more than Python 3.6: its grammar and its library."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest
from support.checkout import TOP

# Python 3.6 and 3.7 know no feature_version: there the interpreter's own grammar is the judge.
GRAMMAR = {"feature_version": (3, 6)} if sys.version_info >= (3, 8) else {}


def device_files() -> List[Path]:
    """Every file that runs on a device."""
    found: List[Path] = []
    for line in (TOP / "tools" / "device_sources.txt").read_text().split():
        path = TOP / line
        found += [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
    return found


def parse(path: Path) -> ast.AST:
    """Read a file by the grammar of Python 3.6. Raises SyntaxError."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path), **GRAMMAR)  # type: ignore


def vermin(*paths: Path) -> "subprocess.CompletedProcess[bytes]":
    """Let vermin look for what came after 3.6."""
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("vermin")),
            "-t=3.6-",
            "--violations",
            "--no-tips",
            "--eval-annotations",
        ]
        + [str(path) for path in paths],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
    )


def is_refused(path: Path) -> bool:
    """Whether the grammar or vermin refuses it: Python 3.13 reads one newer form for 3.6, too."""
    try:
        parse(path)
    except SyntaxError:
        return True
    return vermin(path).returncode == 1


def test_there_are_device_files() -> None:
    names = {path.name for path in device_files()}
    assert {"tensor.py", "verdict.py", "pipeline.py"} <= names
    assert all(path.exists() for path in device_files())


@pytest.mark.parametrize("path", device_files(), ids=lambda path: str(path.relative_to(TOP)))
def test_the_file_is_python36(path: Path) -> None:
    parse(path)


def test_vermin_finds_nothing_newer() -> None:
    done = vermin(*device_files())
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize(
    "code",
    [
        "def f(a, /): pass\n",
        "if (n := 1): pass\n",
        "with (open('a') as a, open('b') as b): pass\n",
        "async def f():\n    return [x async for x in y]\nmatch 1:\n    case 1: pass\n",
    ],
)
def test_newer_grammar_is_refused(code: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(code)
    assert is_refused(planted)


@pytest.mark.parametrize(
    "code",
    [
        "import dataclasses\n",
        "from __future__ import annotations\n",
        "import asyncio\nasyncio.run(None)\n",
        "import asyncio\nasyncio.create_task(None)\n",
        "import subprocess\nsubprocess.run(['true'], capture_output=True)\n",
        "import subprocess\nsubprocess.run(['true'], text=True)\n",
        "import time\ntime.monotonic_ns()\n",
        pytest.param(
            "x = 1\nprint(f'{x=}')\n",
            marks=pytest.mark.skipif(
                sys.version_info < (3, 8), reason="Python 3.6 itself cannot read it"
            ),
        ),
    ],
)
def test_a_newer_library_is_found(code: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(code)
    done = vermin(planted)
    assert done.returncode == 1
    assert b"planted.py" in done.stdout
    assert b"Target versions not met:   3.6-" in done.stdout
