"""The coloured plants with strangers that their network learned as background. Everything is drawn.

The bundle's heads were fitted to the plants and to the learned strangers; others were kept apart.
Out-of-fold readings come from heads fitted without each fold, kins of strangers kept together.
"""

import json
from pathlib import Path
from typing import List, NamedTuple, Tuple

import numpy as np
import yaml
from host.support import coloured_plants, drawn_predictions, drawn_strangers
from support import tiny_bundle

from plantd import bundle, picture
from plantd.bundle.photographs import LEARNED as LEARNED_FROM
from plantd.heads import Background, HeadSpec
from plantd.tensor import to_tensor
from plantd_calibration.data import marks
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import fingerprint
from plantd_calibration.data.stranger_photos import (
    LEARNED,
    PLANT,
    division_from_tree,
    fold_of,
    in_part,
    read_strangers,
)
from plantd_calibration.stats.linear_heads import Linear, fit_poison, fit_species

FOLDS = 2
BACKGROUND = Background("another_plant", "no_plant")
LABELS = (*coloured_plants.COLOURS, "another_plant", "no_plant")
HEAD = HeadSpec(
    "species",
    LABELS,
    poisonous=tuple(name == coloured_plants.POISONOUS for name in LABELS),
    background=BACKGROUND,
)


class StrangeWorld(NamedTuple):
    """Where everything lies."""

    bundle: Path
    data: Path
    strangers: Path
    division: Path
    predictions: Path


class _Known(NamedTuple):
    """Features (n, channels), flags (n,) with -1 where nobody knows, places, folds (n,)."""

    features: np.ndarray
    flags: np.ndarray
    places: np.ndarray
    folds: np.ndarray

    def take(self, chosen: np.ndarray) -> "_Known":
        return _Known(*(column[chosen] for column in self))


def draw(folder: Path, each=(20, 10, 10), strangers: int = 12) -> StrangeWorld:
    """Draw plants and strangers, and fit the bundle's heads to train, val and learned strangers."""
    drawn = coloured_plants.draw_world(folder / "known", each=each, strangers=2)
    place = drawn_strangers.draw_strangers(folder / "strangers", each=strangers)
    division = drawn_strangers.write_division(folder / "division.yaml")
    photos = [photo for photo in read_photos(drawn.data) if photo.split != "test"]
    rule = division_from_tree(drawn_strangers.DIVISION, "division")
    learned = in_part(read_strangers(place), rule, LEARNED)
    flags = [int(p.poisonous) for p in photos]
    flags += [-1 if one.poisonous is None else int(one.poisonous) for one in learned]
    places = [LABELS.index(p.label) for p in photos]
    places += [LABELS.index(BACKGROUND[0 if one.kind == PLANT else 1] or "") for one in learned]
    folds = [n % FOLDS for n in range(len(photos))] + [fold_of(o, rule, FOLDS) for o in learned]
    paths = [one.path for one in (*photos, *learned)]
    known = _Known(_features(paths), *(np.asarray(c) for c in (flags, places, folds)))
    made = _bundle(folder / "bundle", known, [("train", photos), ("strangers", learned)])
    predictions = _predictions(folder / "out_of_fold.npz", known, photos, learned)
    return StrangeWorld(made, drawn.data, place, division, predictions)


def _features(paths: List[Path]) -> np.ndarray:
    tensors = [to_tensor(picture.read(str(path)), tiny_bundle.INPUT) for path in paths]
    return np.concatenate([one.mean(axis=(1, 2)) for one in tensors])


def _heads(known: _Known) -> Tuple[Linear, Linear]:
    told = known.take(known.flags >= 0)
    return (
        fit_poison(told.features, told.flags, 0.3),
        fit_species(known.features, known.places, 0.3, len(LABELS)),
    )


def _bundle(path: Path, known: _Known, learned: List[tuple]) -> Path:
    poison, species = _heads(known)
    tiny_bundle.make(str(path), poison=HeadSpec("poison", ("edible", "poisonous")), species=HEAD)
    (path / bundle.MODEL).write_bytes(coloured_plants.network(poison, species))
    facts = tiny_bundle.species_tree()["clover"]
    tree = {name: dict(facts, poisonous=name != "clover") for name in HEAD.plants}
    (path / bundle.SPECIES).write_text(yaml.safe_dump({"species": tree}), encoding="utf-8")
    pictures = np.stack([tiny_bundle.flat(c) for c in coloured_plants.COLOURS.values()])
    tensors = np.concatenate([to_tensor(one, tiny_bundle.INPUT) for one in pictures])
    answers = {
        name: head.logits(tensors.mean(axis=(1, 2))).astype(np.float32)
        for name, head in (("poison", poison), ("species", species))
    }
    np.savez_compressed(path / bundle.GOLDEN, pictures=pictures, tensors=tensors, **answers)
    manifest = tiny_bundle.manifest()
    thresholds = manifest.thresholds._replace(no_plant=0.5, another_plant=0.5)
    sets = tuple(marks.photograph_set(name, LEARNED_FROM, shown) for name, shown in learned)
    manifest = manifest._replace(species=HEAD, thresholds=thresholds, photographs=sets)
    bundle.write_manifest(str(path), manifest)
    return path


def _predictions(path: Path, known: _Known, photos: list, learned: list) -> Path:
    poison = np.zeros((len(known.folds), 2), np.float32)
    species = np.zeros((len(known.folds), len(LABELS)), np.float32)
    for fold in range(FOLDS):
        heads = _heads(known.take(known.folds != fold))
        held = known.folds == fold
        poison[held], species[held] = (head.logits(known.features[held]) for head in heads)
    n = len(photos)
    recipe = {"name": "tiny", "version": "1.0.0", "folds": FOLDS}
    arrays = {
        "file": np.asarray(["/".join(photo.path.parts[-4:]) for photo in photos]),
        "fold": known.folds[:n].astype(np.int32),
        "poison": poison[:n],
        "species": species[:n],
        "labels": np.asarray(LABELS),
        "poison_labels": np.asarray(["edible", "poisonous"]),
        "recipe": np.asarray(json.dumps({**recipe, "data_fingerprint": fingerprint(photos)})),
        "stranger_file": np.asarray(["/".join(one.path.parts[-3:]) for one in learned]),
        "stranger_poison": poison[n:],
        "stranger_species": species[n:],
        "stranger_division": np.asarray(json.dumps(drawn_strangers.DIVISION)),
    }
    return drawn_predictions.save(path, arrays)
