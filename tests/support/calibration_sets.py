"""Calibration sets for the tiny bundle: drawn pictures, and what its network says of them."""

import hashlib
import json
import os
from typing import Any, Dict, List, Tuple

import numpy as np

from plantd import picture
from plantd.tensor import to_tensor
from plantd_engines.calibration import calibration_set
from support import tiny_bundle
from support.picture_bytes import encode_png

CALIBRATED, JUDGING = 5, 120


def make(folder: str, graph: str, seed: int = 1, judging: int = JUDGING) -> str:
    """Draw a set for the tiny bundle's graph into the new `folder` and return it."""
    os.makedirs(folder)
    random = np.random.RandomState(seed)
    tree = {
        "schema": 1,
        "graph": graph,
        "calibrate": [_drawn(folder, "c{}".format(n), random)[0] for n in range(CALIBRATED)],
        "judge": [_judging(folder, "j{}".format(n), random) for n in range(judging)],
    }
    write_list(folder, tree)
    return folder


def tree_in(folder: str) -> Dict[str, Any]:
    """Return the list of a set."""
    with open(os.path.join(folder, calibration_set.LIST), encoding="utf-8") as source:
        tree: Dict[str, Any] = json.load(source)
        return tree


def write_list(folder: str, tree: Any) -> None:
    """Write the list of a set."""
    with open(os.path.join(folder, calibration_set.LIST), "w", encoding="utf-8") as target:
        json.dump(tree, target)


def replace_picture(folder: str, place: int, data: bytes) -> str:
    """Put other bytes in the place of a picture that calibrates, and into the list; return it."""
    tree = tree_in(folder)
    entry = tree["calibrate"][place]
    with open(os.path.join(folder, entry["file"]), "wb") as target:
        target.write(data)
    entry["sha256"] = hashlib.sha256(data).hexdigest()
    write_list(folder, tree)
    return str(entry["file"])


def tensors_of(folder: str) -> List[np.ndarray]:
    """Return what a calibration has to look at, in its order."""
    found = calibration_set.read(folder, tree_in(folder)["graph"])
    return [
        to_tensor(picture.read(os.path.join(folder, each.file)), tiny_bundle.INPUT)
        for each in found.calibrate
    ]


def _judging(folder: str, name: str, random: np.random.RandomState) -> Dict[str, Any]:
    entry, mean = _drawn(folder, name, random)
    poison = mean @ tiny_bundle.POISON_WEIGHTS
    species = mean @ tiny_bundle.SPECIES_WEIGHTS
    is_red = bool(poison[1] > poison[0])
    return dict(entry, poisonous=is_red, poison=poison.tolist(), species=species.tolist())


def _drawn(
    folder: str, name: str, random: np.random.RandomState
) -> Tuple[Dict[str, Any], np.ndarray]:
    """Draw red, green and blue, none as sure as the golden pictures are."""
    colour = np.asarray((90, 90, 90))
    colour[random.randint(3)] = 160 + random.randint(30)
    pixels = tiny_bundle.flat(tuple(int(v) for v in colour), 64, 48)
    data = encode_png(pixels + random.randint(0, 8, pixels.shape).astype(np.uint8))
    with open(os.path.join(folder, name + ".png"), "wb") as target:
        target.write(data)
    entry = {"file": name + ".png", "sha256": hashlib.sha256(data).hexdigest()}
    mean = to_tensor(picture.decode(data), tiny_bundle.INPUT).mean(axis=(1, 2))[0]
    return entry, mean
