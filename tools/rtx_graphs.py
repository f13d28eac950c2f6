"""Writes the ONNX graphs that tools/rtx_build.py builds, beside the default bundle's own.

usage: .venv-host/bin/python tools/rtx_graphs.py FOLDER tiny|full|BUNDLE...
  tiny, full   the 2019 study's two networks as one graph: FOLDER/study-SIZE.onnx. Its weights are
               random: right for whether it builds, useless on plants.
  BUNDLE       a bundle's graph in INT8, explicit Q/DQ: FOLDER/NAME-int8.onnx. Its calibration set
               is drawn: right for whether it builds, and through no gate.
A study's graph that is there already is left as it is.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import List

from plantd.bundle import Bundle, load
from plantd.camera.drawing import jpeg_of_plant

DRAWN = 8
SIDES_PX = (640, 480)


def main(arguments: List[str]) -> int:
    """Write the graphs; return the exit code."""
    folder, wanted = arguments[0], arguments[1:]
    os.makedirs(folder, exist_ok=True)
    for each in wanted:
        path = _study(folder, each) if each in ("tiny", "full") else _quantised(folder, each)
        print("{}: {:.1f} MB".format(path, os.path.getsize(path) / 1e6))
    return 0


def _study(folder: str, size: str) -> str:
    from plantd_import.benchmark.study_material import study_material

    path = os.path.join(folder, "study-{}.onnx".format(size))
    if not os.path.exists(path):
        with tempfile.TemporaryDirectory(prefix="plantd-rtx-") as work:
            merged = study_material(work, tiny=size == "tiny").merged
            shutil.copy(merged, path + ".new")
        os.rename(path + ".new", path)
    return path


def _quantised(folder: str, directory: str) -> str:
    bundle = load(directory)
    path = os.path.join(folder, "{}-int8.onnx".format(bundle.manifest.name))
    _quantise(bundle, path)
    return path


def _quantise(bundle: Bundle, path: str) -> None:
    import onnx

    from plantd_calibration.data.photos import Photo
    from plantd_calibration.quantization.quantize import quantize

    manifest = bundle.manifest
    with tempfile.TemporaryDirectory(prefix="plantd-rtx-") as work:
        drawn = [Path(work) / "{}.jpg".format(seed) for seed in range(DRAWN)]
        for seed, place in enumerate(drawn):
            place.write_bytes(jpeg_of_plant(*SIDES_PX, seed=seed))
        photos = [Photo(place, "", False, "train", "") for place in drawn]
        heads = (manifest.poison.output, manifest.species.output)
        # 8 bits in full: reduced ranges are for processors, not for GPUs.
        model = quantize(onnx.load(bundle.model_path), photos, manifest.input, heads, False)
    onnx.save(model, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
