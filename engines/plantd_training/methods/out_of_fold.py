"""The file of readings out of fold, as `plantd-calibrate confidence --predictions` takes it."""

import json
import os
import zipfile
from pathlib import Path
from typing import Dict, Sequence

import numpy as np

from plantd_calibration.data.photos import Photo, fingerprint
from plantd_training.data.photos import POISON_LABELS, Labels
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods.recipe import Recipe

FILE = "out_of_fold.npz"


def write(
    path: Path,
    recipe: Recipe,
    labels: Labels,
    photos: Sequence[Photo],
    folds: np.ndarray,
    unseen: Outputs,
) -> None:
    """Write each photograph's raw outputs, the fold it lay in, and what they were made by."""
    told = {"name": recipe.name, "version": recipe.version, "folds": int(folds.max()) + 1}
    arrays = {
        "file": np.asarray(["/".join(photo.path.parts[-3:]) for photo in photos]),
        "fold": folds.astype(np.int32),
        "poison": unseen.poison,
        "species": unseen.species,
        "labels": np.asarray(labels.species),
        "poison_labels": np.asarray(POISON_LABELS),
        "recipe": np.asarray(json.dumps({**told, "data_fingerprint": fingerprint(photos)})),
    }
    save_arrays(path, arrays)


def save_arrays(path: Path, arrays: Dict[str, np.ndarray]) -> None:
    """As numpy.savez_compressed, which cannot be told of an array called "file"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    with zipfile.ZipFile(str(unfinished), "w", zipfile.ZIP_DEFLATED) as target:
        for name, array in arrays.items():
            with target.open(name + ".npy", "w") as member:
                np.save(member, array, allow_pickle=False)
    os.replace(str(unfinished), str(path))
