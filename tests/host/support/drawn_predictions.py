"""Out-of-fold readings of the drawn world: heads fitted without each fold, by the same recipe."""

import json
import zipfile
from pathlib import Path
from typing import Any, Dict

import numpy as np
from host.support import coloured_plants
from support import tiny_bundle

from plantd import picture
from plantd.tensor import to_tensor
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import fingerprint
from plantd_calibration.stats.linear_heads import Strength
from plantd_calibration.subsets import head_refit

FOLDS = 4
LABELS = tuple(coloured_plants.COLOURS)


def write(data: Path, path: Path, **changes: Any) -> Path:
    """Write the file as a training does; `changes` replace arrays, or keys of the recipe."""
    photos = [photo for photo in read_photos(data) if photo.split != "test"]
    features = np.concatenate([_feature(photo.path) for photo in photos])
    fold = np.arange(len(photos)) % FOLDS
    poison, species = np.zeros((len(photos), 2)), np.zeros((len(photos), len(LABELS)))
    fit = head_refit.Fit(
        (features, features),
        np.asarray([int(photo.poisonous) for photo in photos]),
        np.asarray([LABELS.index(photo.label) for photo in photos]),
        [photo.group for photo in photos],
    )
    strength = Strength(*coloured_plants.PENALTIES)
    for held in range(FOLDS):
        seen = fit.take(np.flatnonzero(fold != held))
        heads = head_refit.linear_heads(seen, strength, len(LABELS))
        poison[fold == held], species[fold == held] = (
            head.logits(features[fold == held]) for head in heads
        )
    recipe = {"name": "tiny", "version": "1.0.0", "folds": FOLDS}
    recipe["data_fingerprint"] = fingerprint(photos)
    recipe.update({key: changes.pop(key) for key in list(changes) if key in recipe})
    arrays = {
        "file": np.asarray([str(photo.path.relative_to(data.parent)) for photo in photos]),
        "fold": fold.astype(np.int32),
        "poison": poison.astype(np.float32),
        "species": species.astype(np.float32),
        "labels": np.asarray(LABELS),
        "poison_labels": np.asarray(["edible", "poisonous"]),
        "recipe": np.asarray(json.dumps(recipe)),
        **changes,
    }
    return save(path, arrays)


def save(path: Path, arrays: Dict[str, Any]) -> Path:
    """Write an .npz; numpy's own savez cannot, its first parameter is called `file`, too."""
    with zipfile.ZipFile(str(path), "w") as archive:
        for name, value in arrays.items():
            if value is not None:
                with archive.open(name + ".npy", "w") as member:
                    np.lib.format.write_array(member, np.asarray(value))
    return path


def _feature(path: Path) -> np.ndarray:
    return to_tensor(picture.read(str(path)), tiny_bundle.INPUT).mean(axis=(1, 2))
