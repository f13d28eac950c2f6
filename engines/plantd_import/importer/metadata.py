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
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import yaml

from plantd.bundle.decision_tree import tree_from_thresholds
from plantd.bundle.manifest import POSITIVE, ROOT, Manifest, manifest_from_tree
from plantd.errors import BundleError, GraphError, NotFoundError
from plantd.messages import yaml_problem
from plantd.quality import QualityLimits
from plantd.tree_reader import Tree, TreeReader, tree_from_yaml_file, unfit
from plantd.verdict import Thresholds
from plantd_import.importer.labels import labels_from_file, look_alike
from plantd_import.onnx_graph.merge import INPUT, POISON, SPECIES, check_same_preprocessing

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
KEYS = (*ROOT, "graphs", "set")
HEAD_KEYS = ("input", "labels", "poisonous", "background", POSITIVE)
# A bundle's manifest is metadata too; it has these as well.
MANIFEST_HEAD_KEYS = ("output", "kind", "temperature")
CANNOT_BE_SEEN = "preprocessing and labels must be said, they cannot be seen in a graph: "
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
    reader = _MetadataReader()
    reader.known(tree, KEYS)
    heads, graphs = reader.part(tree, "heads"), reader.part(tree, "graphs")
    reader.known(heads, (POISON, SPECIES), "heads.")
    poison, species = reader.head(heads, POISON), reader.head(heads, SPECIES)
    inputs = _inputs(reader, tree, poison, species)
    _check_look_alikes(reader, species.get("poisonous"), species.get("labels"))
    reader.needs(
        (("the preprocessing (input)", all(inputs)),)
        + (("the labels of the poison head", poison.get("labels")),)
        + (("the labels of the species head", species.get("labels")),)
    )
    titles = {"name": name, "version": version, "created": created}
    said = Metadata(
        poison=_tensors(reader.part(graphs, POISON, "graphs.")),
        species=_tensors(reader.part(graphs, SPECIES, "graphs.")),
        constants=reader.part(tree, "set"),
        poisonous_said=bool(species.get("poisonous")),
        positive_label=_positive_label(reader, poison),
        manifest=reader.manifest(_manifest_tree(poison, species, titles), inputs),
    )
    reader.finish()
    return said


def content_of_yaml(path: str) -> Any:
    """Return what a YAML file holds; raise NotFoundError, or GraphError with the line."""
    try:
        return tree_from_yaml_file(path)
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error
    except yaml.YAMLError as error:
        raise GraphError("{} is not YAML: {}".format(path, yaml_problem(error))) from error


def tree_from_file(path: str) -> Tree:
    """Return a metadata file's content, with label files it names read as lists."""
    tree = content_of_yaml(path)
    if not isinstance(tree, dict):
        seen = repr(tree)[:40]
        raise GraphError("{} {}".format(path, unfit(seen, "metadata: sections input and heads")))
    heads = tree.get("heads")
    for head in heads.values() if isinstance(heads, dict) else ():
        for key in ("labels", "poisonous"):
            if isinstance(head, dict) and isinstance(head.get(key), str):
                beside = os.path.join(os.path.dirname(path), head[key])
                head[key] = list(labels_from_file(beside))
    return tree


class _MetadataReader(TreeReader):
    """The reader of metadata: sections may be left out, and the manifest's problems are its own."""

    def __init__(self) -> None:
        super().__init__("the metadata")
        self._missing = ""
        self._of_manifest = ""

    def part(self, tree: Tree, key: str, where: str = "") -> Tree:
        """Return a section, an empty one where nobody said anything."""
        return self.section(tree.get(key) or {}, where + key)

    def head(self, heads: Tree, name: str) -> Tree:
        """Return what is said about one head."""
        head = self.part(heads, name, "heads.")
        self.known(head, HEAD_KEYS + MANIFEST_HEAD_KEYS, "heads.{}.".format(name))
        return head

    def needs(self, parts: Sequence[Tuple[str, Any]]) -> None:
        """Take what cannot be seen in any graph; whatever is empty of it must be said."""
        self._missing = " and ".join(name for name, value in parts if not value)

    def manifest(self, tree: Tree, inputs: Sequence[Tree]) -> Any:
        """Return the Manifest that comes of it with the first input; None where there is none."""
        if self._missing or self.problems:
            return None
        try:
            first, second = (manifest_from_tree(dict(tree, input=_input(each))) for each in inputs)
        except BundleError as error:
            self._of_manifest = str(error).replace("manifest.yaml: ", "", 1)
            return None
        check_same_preprocessing(first.input, second.input)
        return first

    def finish(self) -> None:
        """Raise GraphError with all problems, if there are any."""
        problems = list(self.problems)
        if self._of_manifest:
            problems.append("{}{}; {}".format(CANNOT_BE_SEEN, self._of_manifest, SAY_IT))
        if self._missing:
            words = "{} must be said, since no graph shows them: {}"
            problems.append(words.format(self._missing, SAY_IT))
        if problems:
            raise GraphError("; ".join(problems))


def _check_look_alikes(reader: TreeReader, poisonous: Any, labels: Any) -> None:
    """Name what nobody sees: a poisonous plant that is none of the labels, and looks like one."""
    if not (isinstance(poisonous, list) and isinstance(labels, list)):
        return
    for label in (each for each in poisonous if isinstance(each, str) and each not in labels):
        other = look_alike(label, [str(each) for each in labels])
        if other is not None:
            reader.report(
                "the poisonous plant {}".format(ascii(label)),
                "is none of the labels, of which {} looks the same: they differ in case, spaces or "
                "Unicode's form; write both alike".format(ascii(other)),
            )


def _manifest_tree(poison: Tree, species: Tree, titles: Tree) -> Tree:
    labels, background = species.get("labels"), species.get("background") or {}
    return {
        "schema": 1,
        **titles,
        "heads": {
            POISON: _head(POISON, poison.get("labels")),
            SPECIES: dict(
                _head(SPECIES, labels),
                poisonous=species.get("poisonous") or _plants(labels, background),
                background=background,
            ),
        },
        "decision": {"thresholds": tree_from_thresholds(PROVISIONAL), "guarantee": None},
        "files": {},
    }


def _inputs(reader: _MetadataReader, tree: Tree, poison: Tree, species: Tree) -> List[Tree]:
    common = reader.part(tree, "input")
    own = ((POISON, poison), (SPECIES, species))
    return [reader.part(head, "input", "heads.{}.".format(name)) or common for name, head in own]


def _input(said: Tree) -> Tree:
    return dict(said, name=INPUT, layout="NHWC")


def _head(output: str, labels: Any) -> Tree:
    return {"output": output, "kind": "logits", "temperature": 1.0, "labels": labels}


def _plants(labels: Any, background: Any) -> Any:
    """Return the labels without the background's; the manifest refuses what is no list of them."""
    if not (isinstance(labels, (list, tuple)) and isinstance(background, dict)):
        return labels
    return [label for label in labels if label not in background.values()]


def _positive_label(reader: TreeReader, poison: Tree) -> str:
    """One sigmoid is the second label's probability, as Keras trains it, unless somebody says."""
    labels: Any = poison.get("labels")
    if not (isinstance(labels, (list, tuple)) and len(labels) == 2):
        return ""  # The manifest says what the labels of this head must be.
    said = poison.get(POSITIVE, labels[1])
    if said not in labels:
        expected = "{}: the label whose probability one sigmoid is"
        reader.say("heads.poison." + POSITIVE, said, expected.format(" or ".join(map(str, labels))))
    return str(said)


def _tensors(tree: Tree) -> Tensors:
    return Tensors(*(tree.get(key) for key in ("input", "output", "signature")))
