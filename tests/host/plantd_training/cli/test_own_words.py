"""plantd-train says its own words, and no library's before them."""

import os
import subprocess
import sys
from pathlib import Path

from plantd.errors import EX_NOINPUT


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    roots = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "plantd_training.cli", "eda", "--data", str(tmp_path / "none")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        env=dict(os.environ, PYTHONPATH=roots),
        timeout=1200,
    )
    assert done.returncode == EX_NOINPUT
    assert done.stderr.startswith("plantd-train: there is no folder ")
    assert (done.stderr.count("\n"), done.stdout) == (1, "")
