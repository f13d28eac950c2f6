"""The trunks by name: how each is built, and how pixels become its input."""

from typing import Any, Optional, Sequence, Set, Tuple

import keras

from plantd.errors import UsageError
from plantd.tensor import InputSpec
from plantd_training.trunks import lite, resnet

INPUT_NAME = "picture"
RANDOM, IMAGENET = "random", "imagenet"
# Large enough for every stride of a trunk to give a side of its own.
SMALL_PX = 64

NAMES = (*sorted(lite.VARIANTS), resnet.NAME)


def build(name: str, side_px: Optional[int], weights: str = IMAGENET) -> keras.Model:
    """Return the trunk `name` for square pictures: (n, side, side, 3) to feature maps.

    Args:
        side_px: None takes pictures of any size.
        weights: imagenet, random, or for ResNet-50 the path of a file.
    Raises UsageError for a name or weights that do not exist.
    """
    if name == resnet.NAME:
        return resnet.build(side_px, None if weights == RANDOM else weights)
    _check(name)
    if weights not in (RANDOM, IMAGENET):
        raise UsageError(
            "{} takes the weights {} or {}, not {!r}".format(name, IMAGENET, RANDOM, weights)
        )
    return lite.build(name, side_px, weights == IMAGENET)


def natural_side_px(name: str) -> int:
    """Return the side that the trunk is usually fed."""
    _check(name)
    return resnet.SIDE_PX if name == resnet.NAME else lite.VARIANTS[name].side_px


def input_spec(
    name: str, side_px: int, rule: str = "center_crop", interpolation: str = "area"
) -> InputSpec:
    """Return the preprocessing that the trunk's ImageNet weights were trained with."""
    _check(name)
    colour, mean, std = "RGB", (127.0, 127.0, 127.0), (128.0, 128.0, 128.0)
    if name == resnet.NAME:
        colour, mean, std = "BGR", resnet.MEAN_BGR, (1.0, 1.0, 1.0)
    return InputSpec(
        INPUT_NAME, side_px, side_px, "NHWC", colour, rule, interpolation, 1.0, mean, std
    )


def _check(name: str) -> None:
    if name not in NAMES:
        raise UsageError("there is no trunk {!r}; there are {}".format(name, ", ".join(NAMES)))


def split(trunk: keras.Model) -> Tuple[keras.Model, keras.Model]:
    """Return the trunk in two: pictures to maps at stride 16, and those maps to its features.

    The lower part, which sees edges and textures, can stay as ImageNet left it while the upper
    part learns the plants; what it gives can then be kept instead of computed in every epoch.
    """
    cut = _seam(trunk, 16)
    lower = keras.Model(trunk.input, cut.output, name="lower")
    upper = keras.Model(cut.output, trunk.output, name="upper")
    return lower, upper


def names_below(name: str, stride: int) -> Set[str]:
    """Return the names of the layers of the trunk `name` up to the last one at a stride.

    Raises UsageError when the trunk never has that stride.
    """
    trunk = build(name, SMALL_PX, RANDOM)
    lower = keras.Model(trunk.input, _seam(trunk, stride).output)
    return {layer.name for layer in lower.layers}


def _seam(trunk: keras.Model, stride: int) -> keras.layers.Layer:
    side_px = -(-int(trunk.input_shape[1]) // stride)
    found = [layer for layer in trunk.layers if _side(layer) == side_px and _is_seam(layer)]
    if not found:
        raise UsageError("{} has no block at stride {!r}".format(trunk.name, stride))
    return found[-1]


def _side(layer: keras.layers.Layer) -> int:
    shape: Sequence[Any] = getattr(layer.output, "shape", ())
    return int(shape[1] or 0) if len(shape) == 4 else 0


def _is_seam(layer: keras.layers.Layer) -> bool:
    """Between two blocks, where one tensor is all that goes up."""
    return str(layer.name).endswith(("_add", "_project_norm", "_out"))
