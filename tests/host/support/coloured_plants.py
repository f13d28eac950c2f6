"""A bundle whose heads were fitted to coloured pictures, and those pictures: a whole small world.

Three plants are told apart by their colour; hemlock is poisonous by its flag, nettle only by
species.yaml. Unknown plants and pictures of no plant have other colours. Everything is drawn.
"""

import csv
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np
import yaml
from support import onnx_bytes, tiny_bundle
from support.picture_bytes import encode_png

from plantd import bundle
from plantd.heads import HeadSpec
from plantd.tensor import to_tensor
from plantd_calibration.stats.linear_heads import Linear, Strength
from plantd_calibration.subsets import head_refit

COLOURS: Dict[str, Tuple[int, int, int]] = {
    "clover": (60, 170, 60),
    "hemlock": (60, 60, 180),
    "nettle": (180, 80, 60),
}
STRANGE = {"unknown": (130, 130, 120), "negatives": (120, 120, 120)}
POISONOUS = "hemlock"
PENALTIES = (0.1, 0.3)
SPREAD = 18.0


class World(NamedTuple):
    """Where everything lies."""

    bundle: Path
    data: Path
    unknown: Path
    negatives: Path


def draw_world(folder: Path, each=(40, 20, 20), strangers: int = 20, seed: int = 3) -> World:
    """Draw `each` (train, val, test) pictures a plant and fit the bundle's heads to train."""
    random = np.random.default_rng(seed)
    data = folder / "plants"
    rows = _draw_plants(data, each, random)
    for name, colour in STRANGE.items():
        (folder / name).mkdir()
        for index in range(strangers):
            path = folder / name / "{:03d}.png".format(index)
            path.write_bytes(encode_png(_picture(colour, random)))
    made = _bundle(folder / "bundle", [row for row in rows if row[3] == "train"], data)
    return World(made, data, folder / "unknown", folder / "negatives")


def _draw_plants(
    data: Path, each: Tuple[int, int, int], random: np.random.Generator
) -> List[tuple]:
    rows = []
    for label, colour in COLOURS.items():
        for split, count in zip(("train", "val", "test"), each):
            for index in range(count):
                name = "{}/{}/{}_{:03d}.png".format(split, label, label, index)
                path = data / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(encode_png(_picture(colour, random)))
                file = "{}/{}".format(data.name, name)
                rows.append((file, label, int(label == POISONOUS), split, file))
    with (data / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        header = ("file", "class", "poisonous", "split", "group")
        csv.writer(target).writerows([header, *rows])
    return rows


def _picture(colour: Tuple[int, int, int], random: np.random.Generator) -> np.ndarray:
    shade = np.asarray(colour) + random.normal(0, SPREAD, 3)
    noise = random.normal(0, 40, (120, 160, 1))
    return np.clip(shade + noise, 0, 255).astype(np.uint8)


def _bundle(path: Path, rows: List[tuple], data: Path) -> Path:
    labels = tuple(COLOURS)
    features = np.concatenate([_feature(data.parent / row[0]) for row in rows])
    fit = head_refit.Fit(
        (features, features),
        np.asarray([row[2] for row in rows]),
        np.asarray([labels.index(row[1]) for row in rows]),
        [row[4] for row in rows],
    )
    poison, species = head_refit.linear_heads(fit, Strength(*PENALTIES), len(labels))
    tiny_bundle.make(
        str(path), poison=HeadSpec("poison", ("edible", "poisonous")), species=_head(labels)
    )
    (path / bundle.MODEL).write_bytes(network(poison, species))
    facts = tiny_bundle.species_tree()
    tree = {label: dict(facts["clover"], poisonous=label != "clover") for label in labels}
    (path / bundle.SPECIES).write_text(yaml.safe_dump({"species": tree}), encoding="utf-8")
    _write_golden(path / bundle.GOLDEN, poison, species)
    manifest = tiny_bundle.manifest()._replace(species=_head(labels))
    bundle.write_manifest(str(path), manifest)
    return path


def _head(labels: Tuple[str, ...]) -> HeadSpec:
    return HeadSpec("species", labels, poisonous=tuple(label == POISONOUS for label in labels))


def _feature(path: Path) -> np.ndarray:
    from plantd import picture

    return to_tensor(picture.read(str(path)), tiny_bundle.INPUT).mean(axis=(1, 2))


def network(poison: Linear, species: Linear) -> bytes:
    """Return the graph of both heads on the mean colour of a picture."""
    constants = [("wp", poison.kernel), ("bp", poison.bias)]
    constants += [("ws", species.kernel), ("bs", species.bias)]
    return onnx_bytes.model(
        inputs=[("input", tiny_bundle.INPUT.shape)],
        outputs=[("poison", (1, 2)), ("species", (1, len(species.bias)))],
        constants=[(name, np.asarray(values, np.float32)) for name, values in constants],
        nodes=[
            onnx_bytes.node("ReduceMean", ["input"], "mean", axes=[1, 2], keepdims=0),
            onnx_bytes.node("MatMul", ["mean", "wp"], "poison_product"),
            onnx_bytes.node("Add", ["poison_product", "bp"], "poison"),
            onnx_bytes.node("MatMul", ["mean", "ws"], "species_product"),
            onnx_bytes.node("Add", ["species_product", "bs"], "species"),
        ],
    )


def _write_golden(path: Path, poison: Linear, species: Linear) -> None:
    pictures = np.stack([tiny_bundle.flat(colour) for colour in COLOURS.values()])
    tensors = np.concatenate([to_tensor(one, tiny_bundle.INPUT) for one in pictures])
    means = tensors.mean(axis=(1, 2))
    np.savez_compressed(
        path,
        pictures=pictures,
        tensors=tensors,
        poison=(means @ poison.kernel + poison.bias).astype(np.float32),
        species=(means @ species.kernel + species.bias).astype(np.float32),
    )
