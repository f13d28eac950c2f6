"""Heads by configuration: what sits on a trunk's feature maps and ends in one head's logits.

    {kind: dense,    pool: average|flatten, widths: [128, 32], activation: relu, dropout: 0.3}
    {kind: cnn,      pool: average|flatten, widths: [256], ...}
    {kind: residual, pool: average|flatten, widths: [256], ...}

Each width of `cnn` is a 3x3 convolution and a max pool, each of `residual` two 3x3 convolutions and
a way past them. `widths` may be empty: then the head is linear. The study's heads are dense 128 and
32 on a flattened trunk.
"""

from typing import Any, Callable, NamedTuple, Tuple

import keras

from plantd.tree_reader import TreeReader

CHOICES = {
    "kind": ("dense", "cnn", "residual"),
    "pool": ("average", "flatten"),
    "activation": ("relu", "tanh"),
}
# Dropping all would leave nothing to learn from.
MOST_DROPPED = 0.99


class HeadShape(NamedTuple):
    """One head's layers.

    Attributes:
        widths: units of the dense layers, or channels of the convolutional stages.
        dropout: share dropped before each dense layer; 0 for none.
    """

    kind: str = "dense"
    pool: str = "average"
    widths: Tuple[int, ...] = ()
    activation: str = "relu"
    dropout: float = 0.0


def read_head_shape(reader: TreeReader, tree: Any, where: str) -> HeadShape:
    """Return the shape that a section of a configuration names; `reader` collects its problems."""
    given = {**HeadShape()._asdict(), **reader.section(tree or {}, where)}
    within = where + "."
    reader.known(given, HeadShape._fields, within)
    chosen = {key: reader.choice(given, key, allowed, within) for key, allowed in CHOICES.items()}
    dropout = reader.number(given, "dropout", 0.0, MOST_DROPPED, within)
    widths = given["widths"]
    if not _are_widths(widths):
        reader.say(within + "widths", widths, "a list of whole numbers above 0")
        widths = ()
    return HeadShape(widths=tuple(widths), dropout=dropout, **chosen)


def logits(
    maps: keras.KerasTensor, shape: HeadShape, labels: int, name: str, seed: int
) -> keras.KerasTensor:
    """Return (n, labels) logits named `name` on (n, h, w, channels) feature maps."""
    x, dense = maps, shape.widths
    if shape.kind != "dense":
        stage = _cnn_stage if shape.kind == "cnn" else _residual_stage
        x, dense = _stages(x, shape, stage, name), ()
    x = _pooled(x, shape.pool, name)
    for index, width in enumerate(dense):
        x = _dropped(x, shape.dropout, seed + index, "{}_{}".format(name, index))
        x = keras.layers.Dense(width, shape.activation, name="{}_dense{}".format(name, index))(x)
    x = _dropped(x, shape.dropout, seed + len(dense), name + "_last")
    # Logits in single precision, whatever the trunk computes in.
    return keras.layers.Dense(labels, name=name, dtype="float32")(x)


Stage = Callable[[keras.KerasTensor, int, str, str], keras.KerasTensor]


def _stages(x: keras.KerasTensor, shape: HeadShape, stage: Stage, name: str) -> keras.KerasTensor:
    for index, width in enumerate(shape.widths):
        prefix = "{}_{}{}".format(name, shape.kind, index)
        x = stage(x, width, shape.activation, prefix)
    return x


def _cnn_stage(x: keras.KerasTensor, width: int, activation: str, name: str) -> keras.KerasTensor:
    x = keras.layers.Conv2D(width, 3, padding="same", activation=activation, name=name + "_conv")(x)
    return keras.layers.MaxPooling2D(2, padding="same", name=name + "_pool")(x)


def _residual_stage(
    x: keras.KerasTensor, width: int, activation: str, name: str
) -> keras.KerasTensor:
    past = keras.layers.Conv2D(width, 1, use_bias=False, name=name + "_past")(x)
    for step, follows in enumerate((activation, None)):
        x = keras.layers.Conv2D(
            width, 3, padding="same", use_bias=False, name="{}_conv{}".format(name, step)
        )(x)
        x = keras.layers.BatchNormalization(name="{}_norm{}".format(name, step))(x)
        if follows:
            x = keras.layers.Activation(follows, name="{}_act{}".format(name, step))(x)
    x = keras.layers.Add(name=name + "_add")([x, past])
    return keras.layers.Activation(activation, name=name + "_act")(x)


def _pooled(x: keras.KerasTensor, pool: str, name: str) -> keras.KerasTensor:
    if pool == "flatten":
        return keras.layers.Flatten(name=name + "_flat")(x)
    return keras.layers.GlobalAveragePooling2D(name=name + "_average")(x)


def _dropped(x: keras.KerasTensor, share: float, seed: int, name: str) -> keras.KerasTensor:
    return keras.layers.Dropout(share, seed=seed, name=name + "_drop")(x) if share else x


def _are_widths(widths: Any) -> bool:
    return isinstance(widths, (list, tuple)) and all(
        isinstance(width, int) and not isinstance(width, bool) and width > 0 for width in widths
    )
