"""What the user must say about two graphs: preprocessing, labels, which plants are poisonous.

None of it can be seen in a graph, and none of it is guessed. The metadata file has the manifest's
own keys (so a bundle's manifest.yaml is one), of which only these are read:

    input: {width_px, height_px, colour, rule, interpolation, scale, mean, std}
    heads:
      poison:  {labels: [...] or a file, positive_label: where one sigmoid is not the second label}
      species: {labels: [...] or a file, poisonous: [...] or a file,
                background: {another_plant, no_plant}: labels that are none of its plants}
    (a head may have an `input` of its own; one graph has one input, so both must be the same)
    graphs: {poison: {input, output}, species: {input, output}}     tensors, where there is a choice
            (and `signature`, where a SavedModel has several)
    set:    {placeholder: value}
"""

import os
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

import yaml

from plantd.bundle.decision_tree import tree_from_thresholds
from plantd.bundle.manifest import POSITIVE, Manifest, manifest_from_tree
from plantd.errors import BundleError, GraphError, NotFoundError
from plantd.messages import yaml_problem
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds
from plantd_import.importer.labels import labels_from_file, look_alike
from plantd_import.onnx_graph.merge import INPUT, POISON, SPECIES, check_same_preprocessing

Tree = Dict[str, Any]

# Nobody has fitted these: they answer "poisonous" early, and "edible" never.
PROVISIONAL = Thresholds(
    poison_p=0.05,
    poisonous_mass=0.05,
    # Nothing is below 0: a model whose thresholds nobody fitted never answers "edible".
    edible_poison_p=0.0,
    edible_poisonous_mass=0.0,
    species_p=0.9,
    quality=QualityLimits(),
)
SAY_IT = "give them by --metadata, or --input-spec, --poison-labels and --species-labels"


class Tensors(NamedTuple):
    """Input, output and signature of one graph, where the user named them."""

    image: Optional[str] = None
    output: Optional[str] = None
    signature: Optional[str] = None


class Metadata(NamedTuple):
    """What was said.

    Attributes:
        manifest: everything but the heads' kinds, the files' hashes and the metrics.
        positive_label: whose probability one sigmoid of the poison head is.
        poisonous_said: whether anybody said which plants are poisonous; else all of them are.
    """

    manifest: Manifest
    poison: Tensors
    species: Tensors
    constants: Mapping[str, object]
    poisonous_said: bool
    positive_label: str


def metadata_from_tree(tree: Tree, name: str, version: str, created: str) -> Metadata:
    """Return the metadata; raise GraphError with every problem at once.

    Args:
        tree: as the file has it; labels as lists.
    """
    heads = _section(tree, "heads")
    poison, species = _section(heads, POISON), _section(heads, SPECIES)
    inputs = [_section(head, "input") or _section(tree, "input") for head in (poison, species)]
    said = bool(species.get("poisonous"))
    labels, background = species.get("labels"), species.get("background") or {}
    _check_look_alikes(species.get("poisonous"), labels)
    _check_said(
        (("the preprocessing (input)", inputs[0] and inputs[1]),)
        + (("the labels of the poison head", poison.get("labels")),)
        + (("the labels of the species head", labels),)
    )
    whole = {
        "schema": 1,
        "name": name,
        "version": version,
        "created": created,
        "input": _input(inputs[0]),
        "heads": {
            POISON: _head(POISON, poison.get("labels")),
            SPECIES: dict(
                _head(SPECIES, labels),
                poisonous=species["poisonous"] if said else _plants(labels, background),
                background=background,
            ),
        },
        "decision": {"thresholds": tree_from_thresholds(PROVISIONAL), "guarantee": None},
        "files": {},
    }
    try:
        manifest = manifest_from_tree(whole)
        other = manifest_from_tree(dict(whole, input=_input(inputs[1])))
    except BundleError as error:
        raise GraphError(_without_file_name(error)) from error
    check_same_preprocessing(manifest.input, other.input)
    positive_label = _positive_label(poison, manifest.poison.labels)
    graphs = _section(tree, "graphs")
    return Metadata(
        manifest=manifest,
        poison=_tensors(_section(graphs, POISON)),
        species=_tensors(_section(graphs, SPECIES)),
        constants=_section(tree, "set"),
        poisonous_said=said,
        positive_label=positive_label,
    )


def content_of_yaml(path: str) -> Any:
    """Return what a YAML file holds; raise NotFoundError, or GraphError with the line."""
    try:
        with open(path, encoding="utf-8") as source:
            return yaml.safe_load(source)
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GraphError("{} is not YAML: {}".format(path, yaml_problem(error))) from error


def tree_from_file(path: str) -> Tree:
    """Return a metadata file's content, with label files it names read as lists."""
    tree = content_of_yaml(path)
    if not isinstance(tree, dict):
        raise GraphError("{} is no metadata: expected sections input and heads".format(path))
    for head in _section(tree, "heads").values():
        for key in ("labels", "poisonous"):
            if isinstance(head, dict) and isinstance(head.get(key), str):
                beside = os.path.join(os.path.dirname(path), head[key])
                head[key] = list(labels_from_file(beside))
    return tree


def _check_said(parts: Sequence[Tuple[str, Any]]) -> None:
    missing = [name for name, value in parts if not value]
    if missing:
        raise GraphError(
            "{} must be said, since no graph shows them: {}".format(" and ".join(missing), SAY_IT)
        )


def _check_look_alikes(poisonous: Any, labels: Any) -> None:
    """Name what nobody sees: a poisonous plant that is none of the labels, and looks like one."""
    if not (isinstance(poisonous, list) and isinstance(labels, list)):
        return
    for label in (each for each in poisonous if isinstance(each, str) and each not in labels):
        other = look_alike(label, [str(each) for each in labels])
        if other is not None:
            raise GraphError(
                "the poisonous plant {} is none of the labels, of which {} looks the same: they "
                "differ in case, spaces or Unicode's form; write both alike".format(
                    ascii(label), ascii(other)
                )
            )


def _input(said: Tree) -> Tree:
    return dict(said, name=INPUT, layout="NHWC")


def _head(output: str, labels: Any) -> Tree:
    return {"output": output, "kind": "logits", "temperature": 1.0, "labels": labels}


def _plants(labels: Any, background: Any) -> Any:
    """Return the labels without the background's; the manifest refuses what is no list of them."""
    if not (isinstance(labels, (list, tuple)) and isinstance(background, dict)):
        return labels
    return [label for label in labels if label not in background.values()]


def _positive_label(poison: Tree, labels: Sequence[str]) -> str:
    """One sigmoid is the second label's probability, as Keras trains it, unless somebody says."""
    said = poison.get(POSITIVE, labels[1])
    if said not in labels:
        raise GraphError(
            "heads.poison.{} is {!r}; expected {}: the label whose probability one sigmoid "
            "is".format(POSITIVE, said, " or ".join(labels))
        )
    return str(said)


def _tensors(tree: Tree) -> Tensors:
    return Tensors(*(tree.get(key) for key in ("input", "output", "signature")))


def _section(tree: Mapping[str, Any], key: str) -> Tree:
    value = tree.get(key) or {}
    if not isinstance(value, dict):
        raise GraphError("{} is {!r}; expected a section of keys".format(key, value))
    return value


def _without_file_name(error: BundleError) -> str:
    problems = str(error).replace("manifest.yaml: ", "", 1)
    return "preprocessing and labels must be said, they cannot be seen in a graph: {}; {}".format(
        problems, SAY_IT
    )
