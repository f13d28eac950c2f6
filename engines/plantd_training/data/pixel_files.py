"""Photographs as pixels in one file that is mapped into memory: it may be larger than the memory.

The file is written once, picture by picture, and whoever trains on these photographs at this size
reads from it what a batch needs.
"""

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from plantd.errors import CannotWriteError
from plantd.tensor import InputSpec
from plantd_calibration.data.photos import Photo, names_and_sizes
from plantd_calibration.data.whole_files import replacing
from plantd_training.data.pictures import colours

logger = logging.getLogger(__name__)


def path_of(photos: Sequence[Photo], spec: InputSpec, folder: Path) -> Path:
    """Return the file in which the pixels of these photographs lie at this size."""
    files = names_and_sizes(photos)
    size = (spec.width_px, spec.height_px, spec.colour, spec.rule, spec.interpolation)
    told = json.dumps([size, files])
    name = "pixels_" + hashlib.sha256(told.encode()).hexdigest()[:12]
    return folder / name / "pixels.npy"


def mapped(photos: Sequence[Photo], spec: InputSpec, path: Path) -> np.ndarray:
    """Return (n, height, width, 3) uint8 as `colours` has them, mapped from `path`.

    The file is written where it is missing. Raises CannotWriteError where it has no room.
    """
    if not path.exists():
        logger.info("%d photographs are read", len(photos))
        _write(photos, spec, path)
    pixels: np.ndarray = np.load(str(path), mmap_mode="r")
    return pixels


def _write(photos: Sequence[Photo], spec: InputSpec, path: Path) -> None:
    shape = (len(photos), spec.height_px, spec.width_px, 3)
    with replacing(path) as unfinished:
        _check_room(shape[0] * shape[1] * shape[2] * shape[3], len(photos), path)
        with unfinished.open("wb") as target:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            npy: Any = np.lib.format
            npy.write_array_header_1_0(target, header)
            for photo in photos:
                target.write(np.ascontiguousarray(colours([photo], spec)).tobytes())


def _check_room(needed_bytes: int, photos: int, path: Path) -> None:
    free_bytes = shutil.disk_usage(str(path.parent)).free
    if free_bytes < needed_bytes:
        raise CannotWriteError(
            "{} needs {:.1f} GB for the pixels of {} photographs and {:.1f} GB are free; give a "
            "folder on a larger disk by --pixels".format(
                path.parent.parent, needed_bytes / 1e9, photos, free_bytes / 1e9
            )
        )
