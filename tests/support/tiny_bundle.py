"""A whole model bundle with a network of two matrix products: it judges by mean colour.

Red is hemlock (poisonous), green is clover and blue is nettle (edible); grey is none of them.
"""

import os
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np
import yaml

from plantd import bundle
from plantd.activation import ActivationSpec
from plantd.bundle.manifest import Manifest
from plantd.bundle.near import arrays_from_near
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.heads import HeadSpec
from plantd.quality import QualityLimits
from plantd.tensor import InputSpec, to_tensor
from plantd.verdict import Guarantee, Thresholds
from support import onnx_bytes
from support.picture_bytes import encode_png

SIDE = 32
LABELS = ("clover", "nettle", "hemlock", "dock", "mint")
INPUT = InputSpec(
    name="input",
    width_px=SIDE,
    height_px=SIDE,
    layout="NHWC",
    colour="RGB",
    rule="center_crop",
    interpolation="area",
    scale=1.0,
    mean=(127.0, 127.0, 127.0),
    std=(128.0, 128.0, 128.0),
)
THRESHOLDS = Thresholds(
    poison_p=0.6,
    poisonous_mass=0.6,
    edible_poison_p=0.2,
    edible_poisonous_mass=0.2,
    species_p=0.5,
    quality=QualityLimits(sharpness_min=0.0, contrast_min=0.0),
)
ACTIVATION = ActivationSpec("activation", "species", SIDE, SIDE)
# Rows: red, green, blue. Columns: edible, poisonous; and LABELS.
POISON_WEIGHTS = np.array([[-9, 9], [9, -9], [9, -9]], np.float32)
SPECIES_WEIGHTS = np.array([[-9, -9, 9, 0, 0], [9, -9, -9, 0, 0], [-9, 9, -9, 0, 0]], np.float32)

Colour = Tuple[int, int, int]
RED: Colour = (20, 20, 230)
GREEN: Colour = (20, 230, 20)
BLUE: Colour = (230, 20, 20)
GREY: Colour = (127, 127, 127)


def flat(colour: Colour, width_px: int = 320, height_px: int = 240) -> np.ndarray:
    """Return (height, width, 3) uint8 BGR pixels of one colour with a little texture."""
    pixels = np.empty((height_px, width_px, 3), np.uint8)
    pixels[:] = colour
    pixels[::8] = np.clip(np.asarray(colour, int) - 12, 0, 255).astype(np.uint8)
    return pixels


def stand(path: str, colour: Colour) -> None:
    """Put a picture of one colour at `path`, in one step: nobody sees half of it."""
    with open(path + ".new", "wb") as target:
        target.write(encode_png(flat(colour)))
    os.rename(path + ".new", path)


def make(path: str, **changes: Any) -> str:
    """Write a bundle into the new directory `path` and return it.

    Args:
        changes: fields of the Manifest that differ (name, version, thresholds, guarantee, ...).
    """
    os.makedirs(path)
    _write(path, bundle.MODEL, network())
    with open(os.path.join(path, bundle.SPECIES), "w") as target:
        yaml.safe_dump({"species": species_tree()}, target)
    _write(path, bundle.CARD, b"# A tiny model for tests\n")
    _write_golden(os.path.join(path, bundle.GOLDEN))
    bundle.write_manifest(path, manifest()._replace(**changes))
    return path


def add_near(path: str) -> None:
    """Draw the pictures beside the thresholds of the bundle at `path`, as a calibration does."""
    # Here: the machines under `make vm` have no calibration.
    from plantd_calibration.publishing.near_thresholds import near_thresholds

    loaded = bundle.load(path)
    with OnnxRuntimeEngine(loaded, threads=1) as engine:
        near = near_thresholds(loaded, engine)
    golden = os.path.join(path, bundle.GOLDEN)
    np.savez_compressed(golden, **loaded.golden._asdict(), **arrays_from_near(near))
    bundle.write_manifest(path, loaded.manifest)


def manifest(guarantee: Optional[Guarantee] = None) -> Manifest:
    """Return the manifest; write_manifest fills in the hashes."""
    poisonous = tuple(label == "hemlock" for label in LABELS)
    return Manifest(
        name="tiny",
        version="1.0.0",
        created="2026-01-01",
        input=INPUT,
        poison=HeadSpec("poison", ("edible", "poisonous")),
        species=HeadSpec("species", LABELS, poisonous=poisonous),
        thresholds=THRESHOLDS,
        guarantee=guarantee,
        data_fingerprint="",
        files={},
    )


def species_tree() -> Dict[str, Any]:
    """Return species.yaml's entries."""
    carrot = {"name": "poison hemlock", "tell_apart": "purple spots on a hairless stem"}
    return {
        label: {
            "scientific_name": "Planta " + label,
            "poisonous": label == "hemlock",
            "edible": "" if label == "hemlock" else "leaves",
            "caution": "Look at the stem.",
            "look_alikes": [] if label == "hemlock" else [carrot],
            "sources": ["A flora for tests, 2026"],
        }
        for label in LABELS
    }


def network(batch: Union[int, str] = 1, maps: bool = False) -> bytes:
    """Return the ONNX graph: mean over the pixels, then one matrix product a head.

    Args:
        maps: give the class activation too: the species' product for each pixel.
    """
    shown = [(ACTIVATION.output, (batch, SIDE, SIDE, len(LABELS)))] if maps else []
    return onnx_bytes.model(
        inputs=[("input", (batch,) + INPUT.shape[1:])],
        outputs=[("poison", (batch, 2)), ("species", (batch, len(LABELS))), *shown],
        constants=[("wp", POISON_WEIGHTS), ("ws", SPECIES_WEIGHTS)],
        nodes=[
            onnx_bytes.node("ReduceMean", ["input"], "mean", axes=[1, 2], keepdims=0),
            onnx_bytes.node("MatMul", ["mean", "wp"], "poison"),
            onnx_bytes.node("MatMul", ["mean", "ws"], "species"),
            *([onnx_bytes.node("MatMul", ["input", "ws"], ACTIVATION.output)] if maps else []),
        ],
    )


def open_batch(path: str) -> str:
    """Give the bundle at `path` a network whose batch is open, and return it."""
    _write(path, bundle.MODEL, network(batch="n"))
    bundle.write_manifest(path, manifest())
    return path


def show_activation(path: str) -> str:
    """Give the bundle at `path` a network that shows where each label was found, and return it."""
    _write(path, bundle.MODEL, network(maps=True))
    bundle.write_manifest(path, manifest()._replace(activation=ACTIVATION))
    return path


def quantise(path: str) -> str:
    """Give the bundle at `path` a network that holds its own quantisation, and return it."""
    _write(path, bundle.MODEL, quantised_network())
    bundle.write_manifest(path, manifest())
    return path


def quantised_network() -> bytes:
    """Return the same graph with its mean, and the poison head's weights, in 8 bits: Q and DQ."""
    floats = [("two", 2.0), ("scale", 0.0125), ("one", 1.0), ("ws", SPECIES_WEIGHTS)]
    constants = [(name, np.asarray(values, np.float32)) for name, values in floats]
    constants += [("wp8", POISON_WEIGHTS.astype(np.int8)), ("zero", np.array(0, np.int8))]
    node = onnx_bytes.node
    return onnx_bytes.model(
        inputs=[("input", INPUT.shape)],
        outputs=[("poison", (1, 2)), ("species", (1, len(LABELS)))],
        constants=constants,
        nodes=[
            node("ReduceMean", ["input"], "mean", axes=[1, 2], keepdims=0),
            node("DequantizeLinear", ["wp8", "one", "zero"], "wp"),
            node("Add", ["mean", "two"], "above_zero"),
            node("QuantizeLinear", ["above_zero", "scale"], "in_8_bits"),
            node("DequantizeLinear", ["in_8_bits", "scale"], "rounded"),
            node("Sub", ["rounded", "two"], "mean_again"),
            node("MatMul", ["mean_again", "wp"], "poison"),
            node("MatMul", ["mean_again", "ws"], "species"),
        ],
    )


def _write_golden(path: str) -> None:
    pictures = np.stack([flat(colour) for colour in (RED, GREEN, BLUE)])
    tensors = np.concatenate([to_tensor(picture, INPUT) for picture in pictures])
    means = tensors.mean(axis=(1, 2))
    np.savez_compressed(
        path,
        pictures=pictures,
        tensors=tensors,
        poison=means @ POISON_WEIGHTS,
        species=means @ SPECIES_WEIGHTS,
    )


def _write(path: str, name: str, data: bytes) -> None:
    with open(os.path.join(path, name), "wb") as target:
        target.write(data)
