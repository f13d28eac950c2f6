"""Augmentation by Keras's own layers: the study's techniques, and what became standard since.

Training photographs only. Layers take and give (n, side, side, 3) colours from 0 to 255; the
network's normalisation comes after them, so a technique means the same for every trunk.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import keras

from plantd.errors import ConfigError
from plantd.tree_reader import TreeReader

COLOURS = (0, 255)
FILL = "reflect"

Build = Callable[[float, int], List[keras.layers.Layer]]


def _shift(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandomTranslation(strength, strength, FILL, seed=seed)]


def _flip(strength: float, seed: int) -> List[keras.layers.Layer]:
    modes = "horizontal" if strength <= 1.0 else "horizontal_and_vertical"
    return [keras.layers.RandomFlip(modes, seed=seed)]


def _rotation(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandomRotation(strength / 360.0, FILL, seed=seed)]


def _brightness(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandomBrightness(strength, COLOURS, seed=seed)]


def _zoom(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandomZoom((-strength, strength), fill_mode=FILL, seed=seed)]


def _crop(strength: float, seed: int) -> List[keras.layers.Layer]:
    """Random resized crop: what is shifted out of the middle first is then zoomed into."""
    moved = keras.layers.RandomTranslation(strength / 2, strength / 2, FILL, seed=seed)
    return [moved, keras.layers.RandomZoom((-strength, 0.0), fill_mode=FILL, seed=seed + 1)]


def _contrast(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandomContrast(strength, COLOURS, seed=seed)]


def _colour(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [
        keras.layers.RandomColorJitter(
            COLOURS, strength, strength, (0.5 - strength / 2, 0.5 + strength / 2), seed=seed
        )
    ]


def _erasing(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandomErasing(1.0, (0.02, strength), value_range=COLOURS, seed=seed)]


def _randaugment(strength: float, seed: int) -> List[keras.layers.Layer]:
    return [keras.layers.RandAugment(COLOURS, 2, strength, seed=seed)]


class Technique(NamedTuple):
    """One way of varying pictures.

    Attributes:
        build: gives the layers for a strength and a seed.
        strength: a usual one; what it means is in `meaning`.
        study: whether the 2019 study used it.
    """

    build: Build
    strength: float
    meaning: str
    study: bool = False


TECHNIQUES: Dict[str, Technique] = {
    "shift": Technique(_shift, 0.1, "largest share of the side", True),
    "flip": Technique(_flip, 1.0, "1 left to right, 2 also upside down", True),
    "rotation": Technique(_rotation, 25.0, "largest turn in degrees", True),
    "brightness": Technique(_brightness, 0.2, "largest change as a share of the range", True),
    "zoom": Technique(_zoom, 0.2, "largest share by which it is nearer or farther", True),
    "crop": Technique(_crop, 0.45, "largest share of the side that is cut away"),
    "contrast": Technique(_contrast, 0.3, "largest share"),
    "colour": Technique(_colour, 0.25, "largest share, of light, contrast and saturation"),
    "erasing": Technique(_erasing, 0.2, "largest share of the area"),
    "randaugment": Technique(_randaugment, 0.3, "share of the largest magnitude"),
}

# These mix pictures of one batch, labels too; the strength is the Beta distribution's alpha.
MIXING = {"mixup": keras.layers.MixUp, "cutmix": keras.layers.CutMix}
MIXING_STRENGTH = 0.2

Strengths = Tuple[Tuple[str, float], ...]


def strengths_from_tree(tree: Any, where: str) -> Strengths:
    """Return (technique, strength) pairs for {technique: strength or null}, order kept.

    Raises ConfigError naming every technique that does not exist or has no number.
    """
    reader = TreeReader("augmentation")
    strengths = read_strengths(reader, tree, where)
    if reader.problems:
        raise ConfigError(reader.problems)
    return strengths


def read_strengths(reader: TreeReader, tree: Any, where: str) -> Strengths:
    """Return the same; `reader` collects the problems."""
    known, section = {**TECHNIQUES, **dict.fromkeys(MIXING)}, reader.section(tree, where)
    reader.known(section, known, where + ".")
    strengths = []
    for name in (name for name in section if name in known):
        if section[name] is None or _is_strength(section[name]):
            strengths.append((name, _strength(name, section[name])))
        else:
            reader.say("{}.{}".format(where, name), section[name], "a number above 0, or nothing")
    return tuple(strengths)


def layers(strengths: Strengths, seed: int) -> List[keras.layers.Layer]:
    """Return the layers of the techniques that vary one picture, each with a seed of its own."""
    built: List[keras.layers.Layer] = []
    for place, (name, strength) in enumerate(strengths):
        if name in TECHNIQUES:
            built += TECHNIQUES[name].build(strength, seed * 1000 + place * 10)
    for layer in built if keras.backend.backend() == "jax" else ():
        # Some say no for TensorFlow's XLA; JAX would run the whole training step op by op then.
        layer.supports_jit = True
    return built


def mixers(strengths: Strengths, seed: int) -> List[keras.layers.Layer]:
    """Return the layers that mix pictures: they take {"images": ..., "labels": ...}."""
    return [
        MIXING[name](strength, seed=seed * 1000 + 500 + place)
        for place, (name, strength) in enumerate(strengths)
        if name in MIXING
    ]


def usual_strength(name: str) -> float:
    """Return the strength of a technique where none is given."""
    return TECHNIQUES[name].strength if name in TECHNIQUES else MIXING_STRENGTH


def _is_strength(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _strength(name: str, given: Any) -> float:
    return usual_strength(name) if given is None else float(given)
