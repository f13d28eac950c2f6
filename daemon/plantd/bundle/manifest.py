"""A model bundle's manifest.yaml as types: read with every problem named, and written back.

Labels, their order, preprocessing and thresholds live here and nowhere else.
"""

import math
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from plantd import heads, tensor
from plantd.activation import ActivationSpec
from plantd.bundle.decision_tree import (
    KNOWN_POISONOUS,
    DecisionSection,
    LookAlikeMeasurement,
    decision_from_tree,
    tree_from_decision,
)
from plantd.bundle.outputs import activation_from_outputs, tree_from_outputs
from plantd.bundle.photographs import (
    PhotographSet,
    photographs_from_tree,
    tree_from_photographs,
)
from plantd.heads import Background, HeadSpec
from plantd.tensor import InputSpec
from plantd.tree_reader import Tree, TreeReader, float_of
from plantd.verdict import ErrorBound, Guarantee, Thresholds

SCHEMA = 1
NAME = "manifest.yaml"
POSITIVE = "positive_label"
ROOT = (
    "schema name version created input heads outputs decision sources files metrics photographs"
).split()


class Manifest(NamedTuple):
    """Everything a bundle says about its model.

    Attributes:
        created: date, as text.
        guarantee: of the poisonous plants it knows, as bundles had it before `guarantees`.
        guarantees: what the thresholds promise, and of whom; without one of the poisonous plants
            it knows, and without a `guarantee`, the bundle is "uncalibrated": provisional.
        deadly_look_alikes: label -> what was measured of its deadly look-alikes.
        data_fingerprint: sha256 over the list of photographs the thresholds were fitted on.
        files: file name -> sha256, of every other file in the bundle.
        sources: name -> sha256 of the graphs the model was made from.
        metrics: name -> figure, as the evaluation reported them.
        photographs: what the network learned from and what the thresholds were chosen on.
        activation: the output that shows where in the picture a label was found; None without.
    """

    name: str
    version: str
    created: str
    input: InputSpec
    poison: HeadSpec
    species: HeadSpec
    thresholds: Thresholds
    guarantee: Optional[Guarantee]
    data_fingerprint: str
    files: Mapping[str, str]
    sources: Mapping[str, str] = {}
    metrics: Mapping[str, Any] = {}
    guarantees: Tuple[ErrorBound, ...] = ()
    deadly_look_alikes: Mapping[str, LookAlikeMeasurement] = {}
    photographs: Tuple[PhotographSet, ...] = ()
    activation: Optional[ActivationSpec] = None

    @property
    def title(self) -> str:
        """Name and version, as verdicts carry them."""
        return "{} {}".format(self.name, self.version)

    @property
    def calibrated(self) -> bool:
        """Whether the thresholds were fitted to a bound."""
        return self.guarantee is not None or any(
            each.about == KNOWN_POISONOUS for each in self.guarantees
        )

    @property
    def released(self) -> Tuple[str, ...]:
        """The labels whose deadly look-alikes were measured well enough."""
        return tuple(label for label, each in self.deadly_look_alikes.items() if each.releases)


def manifest_from_tree(tree: Any) -> Manifest:
    """Return the manifest for what YAML gave; raise BundleError naming every problem at once."""
    reader = TreeReader()
    root = reader.section(tree, "the manifest")
    # What is no manifest at all lacks every key: that is one problem, not fifty.
    reader.done(NAME)
    reader.known(root, ROOT)
    schema = reader.value(root, "schema", int)
    if schema is not None and schema != SCHEMA:
        reader.say("schema", schema, "{}; update plantd or rebuild the bundle".format(SCHEMA))
    head_trees = reader.section(root.get("heads"), "heads")
    reader.known(head_trees, ("poison", "species"), "heads.")
    poison_tree = reader.section(head_trees.get("poison"), "heads.poison")
    species_tree = reader.section(head_trees.get("species"), "heads.species")
    poison = _head(reader, poison_tree, "heads.poison", False)
    species = _head(reader, species_tree, "heads.species", True)
    decision = decision_from_tree(reader, reader.section(root.get("decision"), "decision"), species)
    manifest = Manifest(
        name=reader.text(root, "name"),
        version=reader.text(root, "version"),
        created=reader.text(root, "created"),
        input=_input(reader, reader.section(root.get("input"), "input")),
        poison=poison,
        species=species,
        files=_hashes(reader, root.get("files"), "files"),
        sources=_hashes(reader, root.get("sources") or {}, "sources"),
        metrics=reader.section(root.get("metrics") or {}, "metrics"),
        photographs=photographs_from_tree(reader, root.get("photographs") or []),
        activation=activation_from_outputs(
            reader, root.get("outputs"), (poison.output, species.output)
        ),
        **decision._asdict(),
    )
    _check_heads(reader, poison, species)
    reader.done(NAME)
    return manifest


def tree_from_manifest(manifest: Manifest) -> Tree:
    """Return plain dictionaries and lists, in the order a person reads them."""
    species = _tree_from_head(manifest.species)
    species["poisonous"] = [
        label for label, bad in zip(manifest.species.labels, manifest.species.poisonous) if bad
    ]
    background = manifest.species.background._asdict()
    species["background"] = {name: label for name, label in background.items() if label is not None}
    input_tree = dict(manifest.input._asdict())
    input_tree["mean"], input_tree["std"] = list(manifest.input.mean), list(manifest.input.std)
    decision = DecisionSection(*(getattr(manifest, name) for name in DecisionSection._fields))
    return {
        "schema": SCHEMA,
        "name": manifest.name,
        "version": manifest.version,
        "created": manifest.created,
        "input": input_tree,
        "heads": {"poison": _tree_from_head(manifest.poison), "species": species},
        **tree_from_outputs(manifest.activation),
        "decision": tree_from_decision(decision),
        "sources": dict(manifest.sources),
        "files": dict(manifest.files),
        "metrics": dict(manifest.metrics),
        "photographs": tree_from_photographs(manifest.photographs),
    }


def _tree_from_head(head: HeadSpec) -> Tree:
    positive = {POSITIVE: head.positive_label} if head.kind == heads.SIGMOID else {}
    return {
        "output": head.output,
        "kind": head.kind,
        **positive,
        "temperature": head.temperature,
        "labels": list(head.labels),
    }


def _input(reader: TreeReader, tree: Tree) -> InputSpec:
    where = "input."
    reader.known(tree, InputSpec._fields, where)
    return InputSpec(
        name=reader.text(tree, "name", where),
        width_px=_positive(reader, tree, "width_px"),
        height_px=_positive(reader, tree, "height_px"),
        layout=reader.choice(tree, "layout", tensor.LAYOUTS, where),
        colour=reader.choice(tree, "colour", tensor.COLOURS, where),
        rule=reader.choice(tree, "rule", tensor.RULES, where),
        interpolation=reader.choice(tree, "interpolation", tuple(tensor.INTERPOLATIONS), where),
        scale=reader.value(tree, "scale", float, where) or 1.0,
        mean=_triple(reader, tree, "mean"),
        std=_triple(reader, tree, "std", positive=True),
    )


def _positive(reader: TreeReader, tree: Tree, key: str) -> int:
    seen = reader.value(tree, key, int, "input.") or 0
    if not 1 <= seen <= 4096:
        reader.say("input." + key, seen, "1 to 4096 pixels")
    return int(seen)


def _triple(
    reader: TreeReader, tree: Tree, key: str, positive: bool = False
) -> Tuple[float, float, float]:
    seen: Any = tree.get(key)
    numbers = isinstance(seen, list) and all(type(value) in (int, float) for value in seen)
    values = [float_of(value) for value in seen] if numbers else []
    least = 0.0 if positive else -math.inf
    if len(values) != 3 or not all(least < value < math.inf for value in values):
        reader.say("input." + key, seen, "three numbers" + (" above 0" if positive else ""))
        return (1.0, 1.0, 1.0)
    return (values[0], values[1], values[2])


def _head(reader: TreeReader, tree: Tree, where: str, is_species: bool) -> HeadSpec:
    labels = _labels(reader, tree.get("labels"), where + ".labels")
    more = ("poisonous", "background") if is_species else (POSITIVE,)
    reader.known(tree, ("output", "kind", "temperature", "labels", *more), where + ".")
    temperature = reader.value(tree, "temperature", float, where + ".") or 0.0
    if not temperature > 0.0:
        reader.say(where + ".temperature", temperature, "a number above 0")
    background = Background()
    poisonous: Tuple[bool, ...] = ()
    if is_species:
        background = _background(reader, tree.get("background") or {}, labels)
        poisonous = _poisonous(reader, tree.get("poisonous"), labels, background)
    return HeadSpec(
        output=reader.text(tree, "output", where + "."),
        labels=labels,
        kind=reader.choice(tree, "kind", heads.KINDS, where + "."),
        temperature=temperature,
        poisonous=poisonous,
        background=background,
        positive_label="" if is_species else _positive_label(reader, tree, labels),
    )


def _positive_label(reader: TreeReader, tree: Tree, labels: Tuple[str, ...]) -> str:
    """Nothing in a graph shows which label one sigmoid stands for, and both readings look alike."""
    seen, where = tree.get(POSITIVE), "heads.poison." + POSITIVE
    if tree.get("kind") != heads.SIGMOID:
        if seen is not None:
            reader.say(where, seen, "nothing, since the head is not a sigmoid")
        return ""
    if seen in labels:
        return str(seen)
    expected = (
        "the label whose probability the head's one value is; bundles of before this key were "
        "read the wrong way round where Keras trained them: import the graph again (plantd-import "
        "import) and install it (sudo plantd-cli model install OUT); until then, go back to the "
        "model before (plantd-cli model rollback)"
    )
    reader.say(where, seen, expected)
    return ""


def _poisonous(
    reader: TreeReader, seen: Any, labels: Tuple[str, ...], background: Background
) -> Tuple[bool, ...]:
    where = "heads.species.poisonous"
    named = _labels(reader, seen, where)
    plants = [label for label in labels if label not in background]
    for stranger in sorted(set(named) - set(plants)):
        reader.say(where, stranger, "one of the labels of plants")
    return tuple(label in named for label in labels)


def _background(reader: TreeReader, tree: Any, labels: Tuple[str, ...]) -> Background:
    where = "heads.species.background"
    section = reader.section(tree, where)
    reader.known(section, Background._fields, where + ".")
    for name, label in section.items():
        if label not in labels:
            reader.say("{}.{}".format(where, name), label, "one of the labels")
    named = [section.get(name) for name in Background._fields]
    given = [label for label in named if label is not None]
    if len(set(map(str, given))) < len(given):
        reader.say(where, section, "two different labels")
    if labels and not set(labels) - set(map(str, given)):
        reader.say(where, section, "at least one label that is a plant")
    return Background(*(None if label is None else str(label) for label in named))


def _labels(reader: TreeReader, seen: Any, where: str) -> Tuple[str, ...]:
    texts = isinstance(seen, list) and seen and all(isinstance(v, str) and v for v in seen)
    if not texts or len(set(seen)) != len(seen):
        reader.say(where, seen, "a list of different labels")
        return ()
    return tuple(seen)


def _check_heads(reader: TreeReader, poison: HeadSpec, species: HeadSpec) -> None:
    if sorted(poison.labels) != sorted((heads.POISONOUS, heads.EDIBLE)):
        reader.say("heads.poison.labels", list(poison.labels), "poisonous and edible")
    if species.kind == heads.SIGMOID:
        reader.say("heads.species.kind", species.kind, "logits or softmax")
    if poison.output == species.output:
        reader.say("heads.species.output", species.output, "another output than the poison head")


def _hashes(reader: TreeReader, tree: Any, where: str) -> Dict[str, str]:
    section = reader.section(tree, where)
    for name, digest in section.items():
        if not (isinstance(digest, str) and len(digest) == 64 and "/" not in str(name)):
            reader.say("{}.{}".format(where, name), digest, "a plain file name and its sha256")
    return {str(name): str(digest) for name, digest in section.items()}
