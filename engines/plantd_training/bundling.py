"""Photographs to a bundle: fit on train, choose on val, look at test once, write every file."""

import logging
import shutil
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import keras
import numpy as np
import onnx
import yaml

from plantd import bundle, heads
from plantd.errors import GraphError, NotFoundError
from plantd.manifest import Manifest
from plantd.species import Species, species_from_tree
from plantd.tensor import InputSpec, to_tensor
from plantd_training import exporting, freeze, golden, judging, network, probing, provisional
from plantd_training.card import Look, Story, card
from plantd_training.features import FeatureCache, fingerprint, tensors
from plantd_training.judging import Outputs, careful_head, head_specs
from plantd_training.looks import add_look
from plantd_training.network import POISON_OUTPUT, SPECIES_OUTPUT
from plantd_training.photos import SPLITS, Labels, Photo, in_split, labels_of, read_photos
from plantd_training.reading import seen_from_outputs
from plantd_training.recipe import ProbeRecipe

logger = logging.getLogger(__name__)

# Largest difference of a probability, TensorFlow's float32 model against the stored one.
AGREEMENT = 0.02
AGREEMENT_PHOTOS = 64


class Places(NamedTuple):
    """Where things lie: photographs, species facts, the bundle, kept features, list of looks."""

    data: Path
    species: Path
    out: Path
    cache: Path
    looks: Path


class Split(NamedTuple):
    """A split's photographs with the outputs of the stored model and the verdict's view."""

    photos: List[Photo]
    outputs: Outputs
    seen: List[provisional.Seen]


def make(recipe: ProbeRecipe, places: Places, command: str) -> Manifest:
    """Write the bundle and return its manifest.

    Raises GraphError when the stored model does not agree with TensorFlow's.
    """
    photos = read_photos(places.data)
    labels = labels_of(photos)
    facts = read_facts(places.species, labels)
    fitted = probing.fit(recipe, photos, labels, FeatureCache(places.cache))
    keras_model = network.network_from_probe(recipe.trunk, recipe.side_px, labels, fitted.probe)
    model = _stored_model(keras_model, fitted.spec.name)
    worst = _agreement(keras_model, model, in_split(photos, "val"), fitted.spec, labels)

    places.out.mkdir(parents=True, exist_ok=True)
    _write_files(places, model, fitted.spec)
    val = _split(model, in_split(photos, "val"), fitted.spec, labels, facts)
    manifest = _manifest(recipe, fitted.spec, labels, val)
    threshold = judging.frozen_threshold(val.outputs, val.photos, manifest.poison)

    test = _split(model, in_split(photos, "test"), fitted.spec, labels, facts)
    figures = {
        name: judging.judged(split.outputs, split.photos, labels, threshold)
        for name, split in (("val", val), ("test", test))
    }
    looks = add_look(places.looks, _look(manifest, figures["test"]))
    manifest = manifest._replace(metrics=_metrics(figures, threshold))
    story = Story(
        command=command,
        trunk="EfficientNet-{}, ImageNet weights, frozen".format(recipe.trunk.capitalize()),
        recipe=_recipe_lines(fitted, worst),
        tables=_tables(fitted, figures, threshold),
        val_answers=provisional.answers(val.seen, manifest.thresholds),
        test_answers=provisional.answers(test.seen, manifest.thresholds),
        looks=looks,
        counts=[(split, len(in_split(photos, split))) for split in SPLITS],
    )
    (places.out / bundle.CARD).write_text(card(manifest, story), encoding="utf-8")
    bundle.write_manifest(str(places.out), manifest)
    return manifest


def read_facts(path: Path, labels: Labels) -> Dict[str, Species]:
    """Return species.yaml by label; raise BundleError unless it has exactly these labels."""
    if not path.exists():
        raise NotFoundError("there is no {}; expected the facts about each plant".format(path))
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    return dict(species_from_tree(tree, labels.species))


def _stored_model(keras_model: keras.Model, input_name: str) -> onnx.ModelProto:
    names = [POISON_OUTPUT, SPECIES_OUTPUT]
    graph = freeze.frozen_graph(keras_model, input_name, names)
    return exporting.onnx_from_graph(graph, input_name, names)


def outputs_of(model: onnx.ModelProto, values: np.ndarray) -> Outputs:
    """Return the stored model's raw outputs for (n, ...) network inputs."""
    named = exporting.run_onnx(model, values)
    return Outputs(named[POISON_OUTPUT], named[SPECIES_OUTPUT])


def _agreement(
    keras_model: keras.Model,
    model: onnx.ModelProto,
    photos: Sequence[Photo],
    spec: InputSpec,
    labels: Labels,
) -> float:
    """Return the largest difference of a probability on photographs spread over the list."""
    values = tensors(photos[:: max(1, len(photos) // AGREEMENT_PHOTOS)], spec)
    expected = Outputs(*(np.asarray(out) for out in keras_model(values, training=False)))
    seen, specs = outputs_of(model, values), head_specs(labels)
    worst = 0.0
    for rows, references, head in zip(seen, expected, specs.values()):
        for row, reference in zip(rows, references):
            difference = heads.probabilities(row, head) - heads.probabilities(reference, head)
            worst = max(worst, float(np.abs(difference).max()))
    if not worst <= AGREEMENT:
        raise GraphError(
            "a probability of the stored model differs by {:.4f} from TensorFlow's; expected at "
            "most {}".format(worst, AGREEMENT)
        )
    return worst


def _write_files(places: Places, model: onnx.ModelProto, spec: InputSpec) -> None:
    onnx.save(model, str(places.out / bundle.MODEL))
    pictures = golden.drawn_pictures()
    values = np.concatenate([to_tensor(picture, spec) for picture in pictures])
    outputs = outputs_of(model, values)
    golden.write(places.out / bundle.GOLDEN, pictures, values, outputs.poison, outputs.species)
    if places.species.resolve() != (places.out / bundle.SPECIES).resolve():
        shutil.copyfile(places.species, places.out / bundle.SPECIES)


def _split(
    model: onnx.ModelProto,
    photos: List[Photo],
    spec: InputSpec,
    labels: Labels,
    facts: Dict[str, Species],
) -> Split:
    outputs, specs = outputs_of(model, tensors(photos, spec)), head_specs(labels)
    careful = careful_head(specs[SPECIES_OUTPUT], facts)
    return Split(photos, outputs, seen_from_outputs(photos, outputs, specs[POISON_OUTPUT], careful))


def _manifest(recipe: ProbeRecipe, spec: InputSpec, labels: Labels, val: Split) -> Manifest:
    specs = head_specs(labels)
    return Manifest(
        name=recipe.name,
        version=recipe.version,
        created=recipe.created,
        input=spec,
        poison=specs[POISON_OUTPUT],
        species=specs[SPECIES_OUTPUT],
        thresholds=provisional.rounded_down(provisional.fit(val.seen)),
        guarantee=None,
        data_fingerprint=fingerprint(val.photos),
        files={},
    )


def _metrics(figures: Dict[str, judging.Judged], threshold: float) -> Dict[str, Any]:
    named: Dict[str, Any] = {"poison_threshold_of_val": round(threshold, 6)}
    for split, one in figures.items():
        named.update(judging.metrics(split, one))
    return named


def _look(manifest: Manifest, test: judging.Judged) -> Look:
    saw = "top-1 {:.4f}, top-5 {:.4f}, poison recall {:.4f}, edible passed {:.4f}".format(
        test.species.top1, test.species.top5, test.poison.recall, test.poison.edible_passed
    )
    return Look(manifest.created, manifest.title, saw)


def _recipe_lines(fitted: probing.Fitted, worst: float) -> List[str]:
    return [
        "heads: linear probes on pooled features of train and its mirror images; inverse "
        "penalties {} (poison) and {} (species) chosen on val".format(*fitted.strength),
        "weights stored in FP16, cast to FP32 in the graph; largest difference of a probability "
        "to TensorFlow's FP32 model on photographs of val: {:.4f}".format(worst),
    ]


def _tables(
    fitted: probing.Fitted, figures: Dict[str, judging.Judged], threshold: float
) -> List[Tuple[str, Sequence[str], Sequence[Sequence[Any]]]]:
    species = [(split, *one.species) for split, one in figures.items()]
    poison = [(split, *one.poison[1:]) for split, one in figures.items()]
    title = (
        "Poison head alone, at the threshold {:.6f}: the highest that misses no poisonous "
        "photograph of val".format(threshold)
    )
    return [
        ("Species", ("photographs", "n", "top-1", "top-5", "macro F1"), species),
        (title, ("photographs", "poisonous", "edible", "recall", "edible passed"), poison),
        (
            "Preprocessings tried, on val (loss in nats)",
            ("preprocessing", "poison loss", "species loss", "top-1", "top-5"),
            fitted.trials,
        ),
    ]
