"""The command line of plantd-import: what can be asked, and how it becomes a request."""

import argparse
import datetime
import io
import os
from typing import Any, Dict, List, Sequence, Tuple

import yaml

from plantd import __version__
from plantd.command_line import Parser
from plantd.config import Config
from plantd.errors import NotFoundError, UsageError
from plantd.messages import yaml_problem
from plantd.picture_names import pictures_among
from plantd.tree_reader import tree_from_yaml
from plantd_import.benchmark.compare import Counts
from plantd_import.importer import metadata
from plantd_import.importer.importing import ImportRequest
from plantd_import.importer.labels import labels_from_file, normalised
from plantd_import.onnx_graph.merge import POISON, SPECIES

SIZES = ("full", "tiny")
SIGNATURE_HELP = "of a SavedModel that has several"
METADATA_HELP = "YAML with input, heads, graphs, set: see engines/plantd_import/README.md"


def parser() -> Parser:
    """Return the parser; `command` of what it parses names the command."""
    top = Parser(prog="plantd-import", description="Frozen graphs to one model bundle.")
    top.add_argument("--version", action="version", version="plantd-import " + __version__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    inspect = commands.add_parser("inspect", help="say what is in a graph, and what is in the way")
    inspect.add_argument("files", nargs="+", metavar="FILE")
    inspect.add_argument("--signature", metavar="NAME", help=SIGNATURE_HELP)
    inspect.add_argument("--json", action="store_true")
    _add_import(commands.add_parser("import", help="make one bundle from two graphs"))
    what = "a bundle's graph that also gives where in the picture each label was found"
    _add_activation(commands.add_parser("activation", help=what))
    _add_compare(commands.add_parser("compare", help="time every runtime that is here"))
    return top


def request_from_arguments(given: argparse.Namespace) -> ImportRequest:
    """Return what `plantd-import import` was asked to do; raise with what is missing."""
    tree = metadata.tree_from_file(given.metadata) if given.metadata else {}
    _lay_over(tree, given)
    name, version = given.name or tree.get("name"), given.bundle_version or tree.get("version")
    if not name or not version:
        raise UsageError("the bundle needs --name and --bundle-version, or both in --metadata")
    created = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    said = metadata.metadata_from_tree(tree, str(name), str(version), created)
    return ImportRequest(
        graphs=_graphs(given),
        metadata=said,
        out=given.out,
        species_tree=metadata.content_of_yaml(given.species_file) if given.species_file else None,
        photographs=_photographs(given.photos or []),
        half_weights=given.half_weights,
    )


def settings(said: Sequence[str]) -> Dict[str, object]:
    """Return the values of `--set PLACEHOLDER=VALUE`, typed as YAML types them."""
    values: Dict[str, object] = {}
    for setting in said:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UsageError("--set {}: expected PLACEHOLDER=VALUE".format(setting))
        try:
            values[name] = tree_from_yaml(io.BytesIO(value.encode("utf-8", "surrogateescape")))
        except yaml.YAMLError as error:
            raise UsageError(
                "--set {}: {} is not YAML: {}".format(name, value[:80], yaml_problem(error))
            ) from error
    return values


def _add_compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bundle", action="append", default=[], metavar="DIR")
    command.add_argument("--study", choices=SIZES, help="build the 2019 networks, random weights")
    for head in (POISON, SPECIES):
        what = "the {} graph the bundle was imported from, for TensorFlow".format(head)
        command.add_argument("--" + head, metavar="GRAPH", help=what)
    command.add_argument("--set", action="append", metavar="PLACEHOLDER=VALUE", default=[])
    command.add_argument(
        "--engines", metavar="DIR", default=Config().engines_path, help="where TensorRT plans lie"
    )
    command.add_argument("--runs", type=int, default=Counts().runs)
    command.add_argument("--warm-up", type=int, default=Counts().warm_up)
    command.add_argument("--threads", type=int, default=Counts().threads)
    turns = command.add_mutually_exclusive_group()
    what = "inferences in a turn; all runtimes are in memory at once (default: 5, not on a Jetson)"
    turns.add_argument("--each", type=int, metavar="N", help=what)
    what = "each alone in memory, and all its inferences at once (default on a Jetson)"
    turns.add_argument("--one-by-one", action="store_true", help=what)
    command.add_argument("--out", metavar="DIR", help="write comparison.txt, .json and .png there")
    command.add_argument("--json", action="store_true")


def _add_activation(command: argparse.ArgumentParser) -> None:
    command.add_argument("bundle", metavar="BUNDLE", help="the bundle; it stays as it is")
    command.add_argument("out", metavar="NEW", help="the folder to make")
    what = "of the new bundle; else the old one's"
    command.add_argument("--bundle-version", metavar="VERSION", help=what)


def _add_import(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="BUNDLE", help="the folder to make")
    command.add_argument("--poison", metavar="GRAPH", help="graph of the poison head")
    command.add_argument("--species", metavar="GRAPH", help="graph of the species head")
    command.add_argument("--graph", metavar="GRAPH", help="one graph that has both outputs")
    command.add_argument("--name")
    command.add_argument("--bundle-version", metavar="VERSION")
    command.add_argument("--metadata", metavar="YAML", help=METADATA_HELP)
    command.add_argument("--input-spec", metavar="YAML", help="the section input by itself")
    for head in (POISON, SPECIES):
        what = "labels in the order of its outputs: a file, or a,b,c"
        command.add_argument("--{}-labels".format(head), metavar="LABELS", help=what)
        for end in ("input", "output"):
            command.add_argument("--{}-{}".format(head, end), metavar="TENSOR")
        command.add_argument("--{}-signature".format(head), metavar="NAME", help=SIGNATURE_HELP)
    command.add_argument("--poisonous", metavar="LABELS", help="which species: a file, or a,b,c")
    command.add_argument("--set", action="append", metavar="PLACEHOLDER=VALUE", default=[])
    command.add_argument("--species-file", metavar="YAML", help="species.yaml for the bundle")
    what = "compare on this picture, or on all of this folder, as well; may be said again"
    command.add_argument("--photos", action="append", metavar="PATH", help=what)
    command.add_argument("--half-weights", action="store_true", help="store weights in FP16")
    command.add_argument("--json", action="store_true")


def _within(tree: Dict[str, Any], key: str) -> Dict[str, Any]:
    """Return a section to put things in; what is not one stays, for the reader of metadata."""
    section = tree.get(key) or {}
    if not isinstance(section, dict):
        return {}
    tree[key] = section
    return section


def _lay_over(tree: Dict[str, Any], given: argparse.Namespace) -> None:
    """Put what the command line says over what the metadata file says."""
    if given.input_spec:
        tree["input"] = metadata.content_of_yaml(given.input_spec)
    heads, graphs = _within(tree, "heads"), _within(tree, "graphs")
    for head in (POISON, SPECIES):
        labels = getattr(given, head + "_labels")
        if labels:
            _within(heads, head)["labels"] = _labels(labels)
        for end in ("input", "output", "signature"):
            tensor = getattr(given, "{}_{}".format(head, end))
            if tensor:
                _within(graphs, head)[end] = tensor
    if given.poisonous:
        _within(heads, SPECIES)["poisonous"] = _labels(given.poisonous)
    _within(tree, "set").update(settings(given.set))


def _graphs(given: argparse.Namespace) -> Dict[str, str]:
    separate = (given.poison, given.species)
    if given.graph and not any(separate):
        return {POISON: given.graph, SPECIES: given.graph}
    if not given.graph and all(separate):
        return {POISON: given.poison, SPECIES: given.species}
    raise UsageError(
        "a bundle has two heads: name two graphs with --poison and --species, or one that has "
        "both outputs with --graph"
    )


def _labels(said: str) -> List[str]:
    if os.path.exists(said):
        return list(labels_from_file(said))
    if "," not in said:
        raise NotFoundError(
            "there is no file {} with labels; a single label is written with a comma: '{},'".format(
                said, said
            )
        )
    return [normalised(label) for label in said.split(",") if label.strip()]


def _photographs(paths: List[str]) -> Tuple[str, ...]:
    found: List[str] = []
    for path in paths:
        if os.path.isdir(path):
            names = pictures_among(os.listdir(path))
            if not names:
                raise NotFoundError(
                    "there are no pictures in {}; expected .jpg, .jpeg or .png files; name their "
                    "own folder".format(path)
                )
            found += [os.path.join(path, name) for name in names]
        else:
            found.append(path)
    return tuple(found)
