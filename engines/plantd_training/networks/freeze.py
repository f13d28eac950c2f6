"""Keras models to frozen TensorFlow graphs, one a head, as the 2019 study froze them.

What comes out is what `plantd-import` takes: `poison.pb`, `species.pb`, and a metadata file with
the preprocessing and the labels in the order of the outputs.
"""

from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple

import keras
import tensorflow as tf
import yaml
from tensorflow.core.framework import graph_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from plantd.tensor import InputSpec
from plantd_import.tf_graph import graph_walk
from plantd_training.data.photos import POISON_LABELS, Labels
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT

METADATA = "metadata.yaml"


class Heads(NamedTuple):
    """One network a head, each (n, side, side, 3) to that head's logits; trunks may be shared."""

    poison: keras.Model
    species: keras.Model


def heads_of(model: keras.Model) -> Heads:
    """Return both heads of a joint network, each as a network by itself."""
    outputs = dict(zip(model.output_names, model.outputs))
    return Heads(
        keras.Model(model.input, outputs[POISON_OUTPUT], name=POISON_OUTPUT),
        keras.Model(model.input, outputs[SPECIES_OUTPUT], name=SPECIES_OUTPUT),
    )


def write_frozen(heads: Heads, spec: InputSpec, labels: Labels, folder: Path) -> Mapping[str, Path]:
    """Write both graphs and their metadata into `folder`; return the graphs' paths by head."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, model in ((POISON_OUTPUT, heads.poison), (SPECIES_OUTPUT, heads.species)):
        paths[name] = folder / (name + ".pb")
        paths[name].write_bytes(
            frozen_graph(model, spec.name, name).SerializeToString(deterministic=True)
        )
    tree = metadata_tree(spec, labels)
    (folder / METADATA).write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return paths


def frozen_graph(model: keras.Model, input_name: str, head: str) -> graph_pb2.GraphDef:
    """Return `input_name` (1, height, width, 3) float32 -> `HEAD_logits`, without variables."""
    signature = tf.TensorSpec((1, *model.inputs[0].shape[1:]), tf.float32, input_name)

    def answer(picture: tf.Tensor) -> tf.Tensor:
        (output,) = tf.nest.flatten(model(picture, training=False))
        return tf.identity(output, head + "_logits")

    concrete = tf.function(answer).get_concrete_function(signature)
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=True)
    graph: graph_pb2.GraphDef = frozen.graph.as_graph_def()
    # Without what a function adds after its last tensor, and what a network inside it has besides.
    kept = graph_walk.ancestors(graph_walk.by_name(graph), [head + "_logits"])
    return graph_pb2.GraphDef(node=kept, versions=graph.versions)


def metadata_tree(spec: InputSpec, labels: Labels) -> Dict[str, Any]:
    """Return what `plantd-import --metadata` reads; the labels' order is the outputs' own."""
    poisonous = [name for name, bad in zip(labels.species, labels.poisonous) if bad]
    return {
        "input": {
            "width_px": spec.width_px,
            "height_px": spec.height_px,
            "colour": spec.colour,
            "rule": spec.rule,
            "interpolation": spec.interpolation,
            "scale": spec.scale,
            "mean": list(spec.mean),
            "std": list(spec.std),
        },
        "heads": {
            POISON_OUTPUT: {"labels": list(POISON_LABELS)},
            SPECIES_OUTPUT: {
                "labels": list(labels.species),
                "poisonous": poisonous,
                "background": {k: v for k, v in labels.background._asdict().items() if v},
            },
        },
    }
