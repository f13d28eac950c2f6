"""A trained network to a bundle: frozen, imported, tried on val, looked at on test, written down.

The network goes the way any network goes: two frozen graphs through `plantd_import`, which merges
them and proves them against TensorFlow. Then its weights are stored in half precision, and from
there on every figure is the stored model's own.
"""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import keras
import numpy as np
import onnx

from plantd import bundle, heads
from plantd.activation import ActivationSpec
from plantd.bundle.manifest import Manifest
from plantd.bundle.photographs import LEARNED, TUNED, PhotographSet
from plantd.bundle.species import Species, species_from_tree
from plantd.engine.self_test import prove
from plantd.errors import GraphError
from plantd.tensor import InputSpec
from plantd_calibration.data import marks
from plantd_calibration.data.photos import SPLITS, OnDisk, Photo, fingerprint, in_split
from plantd_calibration.data.yaml_file import read_tree
from plantd_calibration.publishing.test_set_log import TestSetUse, log_use
from plantd_import.importer import child, importing, metadata
from plantd_import.onnx_graph import agreement, fp16_weights
from plantd_import.onnx_graph.class_activation import with_activation
from plantd_training.data.photos import Labels
from plantd_training.data.pictures import tensors
from plantd_training.evaluation import held_out, provisional_thresholds
from plantd_training.evaluation import outputs as model_outputs
from plantd_training.evaluation.held_out import HeldOut, Split
from plantd_training.evaluation.outputs import HeadFigures, Outputs, Unseen
from plantd_training.export import card_tables
from plantd_training.export.model_card import CardContent, Table, card
from plantd_training.networks import freeze
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT

logger = logging.getLogger(__name__)

# Largest difference of a probability that rounding the weights may cost.
HALF_TOLERANCE = 0.02
AT_ONCE = 64
# Among the manifest's metrics: the threshold at which the poison head is judged alone, before any
# temperature.
POISON_THRESHOLD = "poison_threshold"
FACTS = "file of facts about each plant"


class Trained(NamedTuple):
    """A network that is ready to ship, and what the card tells about how it came about.

    Attributes:
        model: (n, side, side, 3) -> [poison logits, species logits].
        trunk: name and state of the trunk.
        recipe: how it was trained, line by line.
        tables: figures of the training.
        unseen: readings of what it learned from, by networks that had not; None where it did not
            learn from val.
        learned: by name, what else than train it learned from; with val among it, val was not
            kept for choosing.
    """

    model: keras.Model
    spec: InputSpec
    labels: Labels
    trunk: str
    recipe: Sequence[str]
    tables: Sequence[Table]
    unseen: Optional[Unseen] = None
    learned: Sequence[Tuple[str, Sequence[OnDisk]]] = ()


class ExportRequest(NamedTuple):
    """What is to be made, and from what.

    Attributes:
        species: path of species.yaml.
        out: the bundle's folder; what lies there is replaced when the new one is whole.
        looks: the list of looks at test.
        command: remakes the bundle.
    """

    name: str
    version: str
    created: str
    species: Path
    out: Path
    looks: Path
    command: str


def make(trained: Trained, photos: Sequence[Photo], export: ExportRequest) -> Manifest:
    """Write the bundle and return its manifest.

    Raises GraphError when a graph does not agree with TensorFlow's, BundleError when the bundle
    does not pass its own self-test.
    """
    facts = read_facts(export.species, trained.labels)
    export.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=str(export.out.parent)) as scratch:
        place = Path(scratch) / "bundle"
        imported = _import_graphs(trained, export, Path(scratch) / "graphs", place)
        worst = _store_weights_as_fp16(
            place, trained.spec, imported, in_split(photos, "val")[:: _every(photos)]
        )
        imported = imported._replace(activation=_show_activation(place, imported))
        manifest = _write_bundle_files(trained, photos, export, facts, imported, worst, place)
        prove(str(place))
        _replace(place, export.out)
    return manifest


def read_facts(path: Path, labels: Labels) -> Dict[str, Species]:
    """Return species.yaml by label; raise BundleError unless it has exactly these labels."""
    return dict(species_from_tree(read_tree(path, FACTS), labels.plants))


def outputs_of(model_path: Path, values: np.ndarray) -> Outputs:
    """Return a stored model's raw outputs for (n, ...) network inputs."""
    named = agreement.outputs_of_session(agreement.session_of(str(model_path)), values)
    return Outputs(named[POISON_OUTPUT], named[SPECIES_OUTPUT])


def _outputs_of_photos(model_path: Path, photos: Sequence[Photo], spec: InputSpec) -> Outputs:
    """The same for photographs, a few of which are in memory at once."""
    session = agreement.session_of(str(model_path))
    rows = [
        agreement.outputs_of_session(session, tensors(photos[start : start + AT_ONCE], spec))
        for start in range(0, len(photos), AT_ONCE)
    ]
    names = (POISON_OUTPUT, SPECIES_OUTPUT)
    return Outputs(*(np.concatenate([row[name] for row in rows]) for name in names))


def _import_graphs(trained: Trained, export: ExportRequest, graphs: Path, place: Path) -> Manifest:
    """Freeze and import; return the imported bundle's manifest."""
    paths = freeze.write_frozen(
        freeze.heads_of(trained.model), trained.spec, trained.labels, graphs
    )
    tree = freeze.metadata_tree(trained.spec, trained.labels)
    said = metadata.metadata_from_tree(tree, export.name, export.version, export.created)
    request = importing.ImportRequest(
        graphs={name: str(path) for name, path in paths.items()},
        metadata=said,
        out=str(place),
        species_tree=read_tree(export.species, FACTS),
    )
    # TensorFlow is loaded here already; a process of its own for each step would load it again.
    report = importing.import_bundle(request, run=child.call_here)
    logger.info("imported: %s", report.against_tensorflow)
    return bundle.load(str(place)).manifest


def _store_weights_as_fp16(
    place: Path, spec: InputSpec, manifest: Manifest, photos: Sequence[Photo]
) -> float:
    """Store the weights in half precision; return the largest difference of a probability."""
    path, values = place / bundle.MODEL, tensors(photos, spec)
    single = outputs_of(path, values)
    onnx.save(fp16_weights.store_weights_fp16(onnx.load(str(path))), str(path))
    _renew_golden(place)
    half, worst = outputs_of(path, values), 0.0
    for head, before, after in zip((manifest.poison, manifest.species), single, half):
        for row, reference in zip(after, before):
            difference = heads.probabilities(row, head) - heads.probabilities(reference, head)
            worst = max(worst, float(np.abs(difference).max()))
    if not worst <= HALF_TOLERANCE:
        raise GraphError(
            "with weights in half precision a probability differs by {:.4f}; expected at most "
            "{}".format(worst, HALF_TOLERANCE)
        )
    return worst


def _show_activation(place: Path, manifest: Manifest) -> Optional[ActivationSpec]:
    """Let the graph give its class activation; None where its species head has none."""
    path, outputs = place / bundle.MODEL, (manifest.poison.output, manifest.species.output)
    with np.load(place / bundle.GOLDEN, allow_pickle=False) as arrays:
        tensors_of_golden = arrays["tensors"]
    try:
        model, spec = with_activation(onnx.load(str(path)), outputs, tensors_of_golden)
    except GraphError as error:
        logger.info("the bundle goes without class activation: %s", error)
        return None
    onnx.save(model, str(path))
    return spec


def _renew_golden(place: Path) -> None:
    """The reference is the stored model itself: a device is to compute what was evaluated."""
    path = place / bundle.GOLDEN
    with np.load(path, allow_pickle=False) as arrays:
        golden = dict(arrays)
    golden.update(outputs_of(place / bundle.MODEL, golden["tensors"])._asdict())
    np.savez_compressed(path, **golden)


def _write_bundle_files(
    trained: Trained,
    photos: Sequence[Photo],
    export: ExportRequest,
    facts: Dict[str, Species],
    imported: Manifest,
    worst: float,
    place: Path,
) -> Manifest:
    """Write species file, card and manifest; return the manifest."""
    shutil.copyfile(str(export.species), str(place / bundle.SPECIES))
    test = _split(place, in_split(photos, "test"), trained, facts)
    held = _held_out(place, photos, trained, facts)
    of_val = [one for photo, one in zip(held.split.photos, held.split.seen) if photo.split == "val"]
    thresholds = provisional_thresholds.rounded_down(provisional_thresholds.fit(of_val))
    figures = {
        name: model_outputs.head_figures(
            split.outputs, split.photos, trained.labels, held.threshold
        )
        for name, split in ((held.name, held.split), ("test", test))
    }
    manifest = imported._replace(
        thresholds=thresholds,
        data_fingerprint=fingerprint(held.split.photos),
        metrics={**imported.metrics, **_metrics(figures, held.threshold)},
        photographs=_photographs(trained, photos),
    )
    uses = log_use(export.looks, _use_of_test(manifest, figures["test"]))
    story = CardContent(
        command=export.command,
        trunk=trained.trunk,
        recipe=[*trained.recipe, _half_line(worst)],
        tables=[*card_tables.tables(figures, held.threshold, held.frozen), *trained.tables],
        val_answers=provisional_thresholds.answers(of_val, thresholds),
        test_answers=provisional_thresholds.answers(test.seen, thresholds),
        uses=uses,
        counts=[(split, len(in_split(photos, split))) for split in SPLITS],
    )
    (place / bundle.CARD).write_text(card(manifest, story), encoding="utf-8")
    bundle.write_manifest(str(place), manifest)
    return manifest


def _photographs(trained: Trained, photos: Sequence[Photo]) -> Tuple[PhotographSet, ...]:
    """Return what was learned from, and what was chosen on."""
    learned = {"train": in_split(photos, "train"), **dict(trained.learned)}
    sets = [marks.photograph_set(name, LEARNED, found) for name, found in learned.items() if found]
    if "val" not in learned:
        sets.append(marks.photograph_set("val", TUNED, in_split(photos, "val")))
    return tuple(sets)


def _held_out(
    place: Path, photos: Sequence[Photo], trained: Trained, facts: Dict[str, Species]
) -> HeldOut:
    if trained.unseen is not None:
        return held_out.of_unseen(trained.unseen, trained.labels, facts)
    split = _split(place, in_split(photos, "val"), trained, facts)
    return held_out.of_val(split, trained.labels)


def _split(place: Path, photos: List[Photo], trained: Trained, facts: Dict[str, Species]) -> Split:
    outputs = _outputs_of_photos(place / bundle.MODEL, photos, trained.spec)
    return held_out.split(photos, outputs, trained.labels, facts)


def _replace(place: Path, out: Path) -> None:
    """Put the new bundle where the old one lies; the folder itself may hold other files."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(place.iterdir()):
        shutil.move(str(path), str(out / path.name))


def _every(photos: Sequence[Photo]) -> int:
    """Rounding is tried on about sixty photographs, spread over the list."""
    return max(1, len(in_split(photos, "val")) // 60)


def _metrics(figures: Dict[str, HeadFigures], threshold: float) -> Dict[str, Any]:
    named: Dict[str, Any] = {POISON_THRESHOLD: threshold}
    for name, one in figures.items():
        named.update(model_outputs.metrics(name.replace(" ", "_"), one))
    return named


def _use_of_test(manifest: Manifest, test: HeadFigures) -> TestSetUse:
    result = "top-1 {:.4f}, top-5 {:.4f}, poison recall {:.4f}, edible passed {:.4f}".format(
        test.species.top1, test.species.top5, test.poison.recall, test.poison.edible_passed
    )
    return TestSetUse(manifest.created, manifest.title, result)


def _half_line(worst: float) -> str:
    return (
        "weights stored in FP16, cast to FP32 in the graph; largest difference of a probability "
        "on photographs of val: {:.4f}".format(worst)
    )
