"""The trunks by name: how each is built, and how pixels become its input."""

from typing import Tuple

import keras

from plantd.errors import UsageError
from plantd.tensor import InputSpec
from plantd_training.trunks import lite

INPUT_NAME = "picture"

NAMES = tuple(sorted(lite.VARIANTS))


def build(name: str, side_px: int, imagenet: bool = True) -> keras.Model:
    """Return the trunk `name` for square pictures: (n, side, side, 3) to feature maps."""
    if name in lite.VARIANTS:
        return lite.build(name, side_px, imagenet)
    raise UsageError("there is no trunk {!r}; there are {}".format(name, ", ".join(NAMES)))


def input_spec(
    name: str, side_px: int, rule: str = "center_crop", interpolation: str = "area"
) -> InputSpec:
    """Return the preprocessing that the trunk's ImageNet weights were trained with."""
    colour, mean, std = _constants(name)
    return InputSpec(
        INPUT_NAME, side_px, side_px, "NHWC", colour, rule, interpolation, 1.0, mean, std
    )


def _constants(name: str) -> Tuple[str, Tuple[float, ...], Tuple[float, ...]]:
    if name in lite.VARIANTS:
        return "RGB", (127.0, 127.0, 127.0), (128.0, 128.0, 128.0)
    raise UsageError("there is no trunk {!r}; there are {}".format(name, ", ".join(NAMES)))
