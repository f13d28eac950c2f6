"""The file of readings out of fold, as `plantd-calibrate confidence --predictions` takes it."""

import json
import zipfile
from pathlib import Path
from typing import Dict, Sequence

import numpy as np

from plantd_calibration.data.photos import OnDisk, fingerprint
from plantd_calibration.data.stranger_photos import tree_from_division
from plantd_calibration.data.whole_files import replacing
from plantd_training.data.photos import POISON_LABELS
from plantd_training.evaluation.outputs import Outputs
from plantd_training.methods.learned import Learned
from plantd_training.methods.recipe import Recipe, finetune_of

FILE = "out_of_fold.npz"


def write(path: Path, recipe: Recipe, held: Learned, unseen: Outputs) -> None:
    """Write each photograph's raw outputs, the fold it lay in, and what they were made by.

    Known photographs and strangers lie apart: different things are asked of them.

    Args:
        unseen: in the order of `held.photos`; those of the extras are left out.
    """
    known, strange = held.known, held.strangers
    first, last = len(known), len(held.folds) - len(strange)
    told = {"name": recipe.name, "version": recipe.version, "folds": finetune_of(recipe).folds}
    arrays = {
        "file": _files(known, 3),
        "fold": held.folds[:first].astype(np.int32),
        "poison": unseen.poison[:first],
        "species": unseen.species[:first],
        "labels": np.asarray(held.labels.species),
        "poison_labels": np.asarray(POISON_LABELS),
        "recipe": np.asarray(json.dumps({**told, "data_fingerprint": fingerprint(known)})),
    }
    if strange and recipe.division:
        division = tree_from_division(recipe.division)
        arrays["stranger_division"] = np.asarray(json.dumps(division))
        arrays["stranger_file"] = _files(strange, 3)
        arrays["stranger_poison"] = unseen.poison[last:]
        arrays["stranger_species"] = unseen.species[last:]
    save_arrays(path, arrays)


def _files(photos: Sequence[OnDisk], parts: int) -> np.ndarray:
    return np.asarray(["/".join(photo.path.parts[-parts:]) for photo in photos])


def save_arrays(path: Path, arrays: Dict[str, np.ndarray]) -> None:
    """As numpy.savez_compressed, which cannot be told of an array called "file"."""
    with replacing(path) as unfinished:
        with zipfile.ZipFile(str(unfinished), "w", zipfile.ZIP_DEFLATED) as target:
            for name, array in arrays.items():
                with target.open(name + ".npy", "w") as member:
                    np.save(member, array, allow_pickle=False)
