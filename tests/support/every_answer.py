"""A bundle that knows every answer by heart: the fake backend plays its golden outputs.

Each answer has a picture of a colour of its own; what the tensor of any other picture gives does
not matter here.
"""

import os
from typing import Any, Dict, NamedTuple, Tuple

import numpy as np
import yaml

from plantd import bundle
from plantd.heads import Background, HeadSpec
from plantd.tensor import to_tensor
from plantd.verdict import ErrorBound
from support import onnx_bytes, tiny_bundle
from support.tiny_bundle import Colour

PLANTS = ("clover", "wild_carrot", "mallow", "musk_mallow", "hemlock")
LABELS = (*PLANTS, "another", "nothing")
THRESHOLDS = tiny_bundle.THRESHOLDS._replace(
    standout=0.0, no_plant=0.5, another_plant=0.4, poison_no_plant=0.9
)
PROMISES = (
    ErrorBound("known_poisonous", 404, 404, 0, 0.0074, 0.95, "exact binomial", "fp32"),
    ErrorBound("poisonous_strangers", 894, 271, 2, 0.007, 0.95, "exact binomial", "fp32"),
)


class Scene(NamedTuple):
    """One picture: its colour (BGR), its poison probability, the probability of each label."""

    colour: Colour
    poison_p: float
    species: Tuple[Tuple[str, float], ...]


SCENES: Dict[str, Scene] = {
    "edible": Scene((20, 230, 20), 0.02, (("clover", 0.95),)),
    "poisonous": Scene((20, 20, 230), 0.95, (("hemlock", 0.95),)),
    "stranger": Scene((20, 120, 230), 0.97, (("another", 0.9),)),
    "no_plant": Scene((200, 200, 200), 0.7, (("nothing", 0.9),)),
    "another_plant": Scene((20, 200, 230), 0.05, (("another", 0.8),)),
    "deadly": Scene((150, 230, 150), 0.02, (("wild_carrot", 0.97),)),
    "group": Scene((200, 100, 200), 0.02, (("mallow", 0.47), ("musk_mallow", 0.46))),
    "heads_disagree": Scene((230, 20, 20), 0.4, (("clover", 0.95),)),
    "poor": Scene((3, 16, 3), 0.02, (("clover", 0.95),)),
}


def picture_of(name: str) -> np.ndarray:
    """Return the picture of a scene: (240, 320, 3) uint8 BGR."""
    return tiny_bundle.flat(SCENES[name].colour)


def make(path: str, **changes: Any) -> str:
    """Write the bundle into the new directory `path` and return it."""
    os.makedirs(path)
    files = {
        bundle.MODEL: _network(),
        bundle.SPECIES: yaml.safe_dump(species_tree()).encode(),
        bundle.CARD: b"# A model that knows its answers by heart\n",
    }
    for name, data in files.items():
        with open(os.path.join(path, name), "wb") as target:
            target.write(data)
    _write_golden(os.path.join(path, bundle.GOLDEN))
    head = HeadSpec(
        "species",
        LABELS,
        poisonous=tuple(label == "hemlock" for label in LABELS),
        background=Background("another", "nothing"),
    )
    changes = {"guarantees": PROMISES, "thresholds": THRESHOLDS, "species": head, **changes}
    bundle.write_manifest(path, tiny_bundle.manifest()._replace(**changes))
    return path


def species_tree() -> Dict[str, Any]:
    """Return species.yaml: names, one genus of two, one plant with deadly look-alikes."""
    fields = tiny_bundle.species_tree()["clover"]
    entries = {
        label: dict(fields, common_name=label.replace("_", " ").capitalize(), deadly_look_alikes=[])
        for label in PLANTS
    }
    entries["hemlock"].update(poisonous=True, edible="")
    # Asked only where a box is given a place.
    entries["clover"].update(regions=["Pacific"])
    for label in ("mallow", "musk_mallow"):
        entries[label].update(genus="Malva", look_alikes=[], caution="Fold the leaf.")
    entries["wild_carrot"]["deadly_look_alikes"] = [
        {"name": "poison hemlock (Conium)", "tell_apart": "Its stem is hairless."},
        {"name": "water hemlock (Cicuta)", "tell_apart": "Its root is chambered."},
    ]
    return {"species": entries, "genera": {"Malva": "a mallow"}}


def _write_golden(path: str) -> None:
    pictures = np.stack([picture_of(name) for name in SCENES])
    poison = [[1.0 - scene.poison_p, scene.poison_p] for scene in SCENES.values()]
    np.savez_compressed(
        path,
        pictures=pictures,
        tensors=np.concatenate([to_tensor(each, tiny_bundle.INPUT) for each in pictures]),
        poison=np.log(np.array(poison, np.float32)),
        species=np.stack([_species(scene) for scene in SCENES.values()]),
    )


def _species(scene: Scene) -> np.ndarray:
    """Return logits; what is left of the probability is shared by the other labels."""
    given = dict(scene.species)
    rest = (1.0 - sum(given.values())) / (len(LABELS) - len(given))
    return np.log(np.array([given.get(label, rest) for label in LABELS], np.float32))


def _network() -> bytes:
    """Return a graph of the right shapes; the fake backend never runs it."""
    return onnx_bytes.model(
        inputs=[("input", tiny_bundle.INPUT.shape)],
        outputs=[("poison", (1, 2)), ("species", (1, len(LABELS)))],
        constants=[
            ("wp", tiny_bundle.POISON_WEIGHTS),
            ("ws", np.zeros((3, len(LABELS)), np.float32)),
        ],
        nodes=[
            onnx_bytes.node("ReduceMean", ["input"], "mean", axes=[1, 2], keepdims=0),
            onnx_bytes.node("MatMul", ["mean", "wp"], "poison"),
            onnx_bytes.node("MatMul", ["mean", "ws"], "species"),
        ],
    )
