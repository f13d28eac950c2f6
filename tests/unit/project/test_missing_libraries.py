"""A library that is missing is one sentence and exit code 69, in every program; no traceback."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest
from support.checkout import TOP

PROGRAMS = {
    "plantd": ["-m", "plantd", "run", "--config", "{}/plantd.yaml"],
    "plantd-engine": ["-m", "plantd_engines", "verify", "--bundle", "engines/bundles/plants70"],
    "plantd-import": ["-m", "plantd_import", "inspect", "graph.pb"],
    "plantd-calibrate": ["-m", "plantd_calibration", "int8", "--bundle", "x", "--data", "y"],
    "plantd-train": ["-m", "plantd_training", "bundle", "--data", "y"],
}


def said_without(
    library: str, arguments: List[str], tmp_path: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a program on a system that lacks a library."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules[{!r}] = None\n".format(library)
    )
    (tmp_path / "plantd.yaml").write_text("paths:\n  run: {0}/run\n".format(tmp_path))
    places = [str(tmp_path)] + [path for path in sys.path if path]
    return subprocess.run(
        [sys.executable] + [word.format(tmp_path) for word in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        cwd=str(TOP),
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(places)),
        timeout=100,
    )


def program_here(name: str) -> Any:
    """A program as a parameter: the workstation's need a newer Python than a board has."""
    host = name not in ("plantd", "plantd-engine") and sys.version_info < (3, 10)
    return pytest.param(name, marks=pytest.mark.skipif(host, reason="it needs Python 3.10"))


@pytest.mark.parametrize("library", ["cv2", "numpy"])
@pytest.mark.parametrize("program", [program_here(name) for name in sorted(PROGRAMS)])
def test_a_missing_library_is_one_sentence(program: str, library: str, tmp_path: Path) -> None:
    done = said_without(library, PROGRAMS[program], tmp_path)
    assert done.returncode == 69, done.stderr
    assert done.stderr.startswith(program + ": the library ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "what helps: " in done.stderr


def test_without_numpy_the_doctor_says_so(tmp_path: Path) -> None:
    done = said_without("numpy", ["-m", "plantd", "doctor"], tmp_path)
    assert done.returncode == 69
    assert done.stderr.startswith("plantd: the library numpy cannot be used")


def test_without_what_reads_a_configuration_the_engine_s_program_says_so(tmp_path: Path) -> None:
    done = said_without("yaml", PROGRAMS["plantd-engine"], tmp_path)
    assert done.returncode == 69
    assert "sudo make install" in done.stderr


def test_the_command_line_needs_neither(tmp_path: Path) -> None:
    for library in ("cv2", "numpy"):
        done = said_without(library, ["-m", "plantd.cli", "status"], tmp_path)
        assert "there is no socket" in done.stderr
