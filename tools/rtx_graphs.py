"""Writes the 2019 study's two networks as one ONNX graph each size, for tools/rtx_build.py.

usage: .venv-host/bin/python tools/rtx_graphs.py FOLDER tiny|full...
The weights are random: right for whether it builds, useless on plants.
"""

import os
import shutil
import sys
import tempfile
from typing import List

from plantd_import.study_material import study_material


def main(arguments: List[str]) -> int:
    """Write FOLDER/study-SIZE.onnx for each size that is not there yet; return the exit code."""
    folder, sizes = arguments[0], arguments[1:]
    os.makedirs(folder, exist_ok=True)
    for size in sizes:
        path = os.path.join(folder, "study-{}.onnx".format(size))
        if os.path.exists(path):
            continue
        with tempfile.TemporaryDirectory(prefix="plantd-rtx-") as work:
            merged = study_material(work, tiny=size == "tiny").merged
            shutil.copy(merged, path + ".new")
        os.rename(path + ".new", path)
        print("{}: {:.1f} MB".format(path, os.path.getsize(path) / 1e6))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
