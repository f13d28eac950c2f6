"""A sheet for each augmentation technique: photographs, and what it makes of them."""

from pathlib import Path
from typing import Dict, List, Sequence

import numpy as np

from plantd.tensor import InputSpec, resize
from plantd_calibration.data.photos import Photo
from plantd_training.data import augment
from plantd_training.data.augment import MIXING, TECHNIQUES
from plantd_training.data.pictures import pixels_of
from plantd_training.reports.contact_sheets import jpeg, sheet

SIDE_PX = 128
VERSIONS = 3
_SHOWN = InputSpec(
    "preview", SIDE_PX, SIDE_PX, "NHWC", "BGR", "center_crop", "area", 1.0, (0.0,) * 3, (1.0,) * 3
)


def previews(photos: Sequence[Photo], seed: int) -> Dict[str, np.ndarray]:
    """Return a sheet by technique, (height, width, 3) uint8 BGR: photographs on top."""
    colours = np.stack([resize(pixels_of(photo), _SHOWN) for photo in photos])[..., ::-1]
    sheets = {}
    for name in (*TECHNIQUES, *MIXING):
        strengths = ((name, augment.usual_strength(name)),)
        rows: List[np.ndarray] = [colours]
        rows += [varied(colours, strengths, seed + version) for version in range(VERSIONS)]
        sheets[name] = sheet(list(np.concatenate(rows)[..., ::-1]), len(photos))
    return sheets


def varied(colours: np.ndarray, strengths: augment.Strengths, seed: int) -> np.ndarray:
    """Return (n, side, side, 3) uint8 pictures after techniques, one seed always the same."""
    values = np.asarray(colours, np.float32)
    for layer in augment.layers(strengths, seed):
        values = np.asarray(layer(values, training=True))
    for mixer in augment.mixers(strengths, seed):
        labelled = {"images": values, "labels": np.eye(len(values), dtype=np.float32)}
        values = np.asarray(mixer(labelled, training=True)["images"])
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def write(sheets: Dict[str, np.ndarray], folder: Path) -> List[Path]:
    """Write each sheet as a JPEG named by its technique; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, pixels in sheets.items():
        paths.append(folder / (name + ".jpg"))
        paths[-1].write_bytes(jpeg(pixels))
    return paths
