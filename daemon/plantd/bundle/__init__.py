"""A model bundle: the directory that says everything about a model.

    manifest.yaml   see manifest.py
    model.onnx      one input, two outputs
    golden.npz      pictures (n, H, W, 3) uint8 BGR, tensors (n, *input shape[1:]) float32,
                    poison (n, labels) and species (n, labels) float32: the reference outputs;
                    pictures beside the thresholds, see near.py
    species.yaml    see species.py
    card.md         the model card

`load` trusts nothing: hashes, labels, shapes and species are checked before anything is used.
`plantd.engine.self_test` proves preprocessing and engine on the golden pictures.
"""

import hashlib
import os
import zipfile
import zlib
from typing import Any, Mapping, NamedTuple, Optional, Tuple

import numpy as np
import yaml

from plantd.bundle.manifest import Manifest, manifest_from_tree, tree_from_manifest
from plantd.bundle.near import Near, near_from_arrays
from plantd.bundle.species import Species, species_from_tree
from plantd.errors import BundleError
from plantd.heads import SIGMOID, HeadSpec
from plantd.messages import first_line, yaml_problem
from plantd.tree_reader import tree_from_yaml_file

MANIFEST = "manifest.yaml"
MODEL = "model.onnx"
GOLDEN = "golden.npz"
SPECIES = "species.yaml"
CARD = "card.md"
FILES = (MODEL, GOLDEN, SPECIES, CARD)
# Twenty pictures of 12 megapixels with their tensors; ours have 3 MiB.
GOLDEN_MAX_BYTES = 1 << 30


class Golden(NamedTuple):
    """Reference inputs and outputs; shapes as in golden.npz above."""

    pictures: np.ndarray
    tensors: np.ndarray
    poison: np.ndarray
    species: np.ndarray


class Bundle(NamedTuple):
    """A loaded bundle; its files have been checked against the manifest.

    Attributes:
        near: pictures beside the thresholds; None in a bundle of before.
        species: by label; deadly look-alikes that were measured well enough are mere look-alikes.
    """

    path: str
    manifest: Manifest
    species: Mapping[str, Species]
    golden: Golden
    near: Optional[Near] = None

    @property
    def model_path(self) -> str:
        """Where the ONNX graph lies."""
        return os.path.join(self.path, MODEL)

    @property
    def species_head(self) -> HeadSpec:
        """The species head as the decision reads it.

        Poisonous is what the manifest or species.yaml says is poisonous; deadly is what has a
        deadly look-alike there.
        """
        head = self.manifest.species
        facts = [self.species.get(label) for label in head.labels]
        return head._replace(
            poisonous=tuple(
                bad or bool(known and known.poisonous) for bad, known in zip(head.poisonous, facts)
            ),
            deadly=tuple(bool(known and known.deadly_look_alikes) for known in facts),
        )

    @property
    def output_sizes(self) -> Tuple[int, int]:
        """How many values (poison, species) have."""
        poison = 1 if self.manifest.poison.kind == SIGMOID else self.manifest.poison.size
        return (poison, self.manifest.species.size)


def load(path: str) -> Bundle:
    """Return the bundle at `path`; raise BundleError with what is wrong and what helps."""
    if not os.path.isdir(path):
        raise BundleError(
            "there is no model bundle at {}; install one with 'plantd-cli model install' or set "
            "model.bundle".format(path)
        )
    try:
        manifest = manifest_from_tree(_yaml(os.path.join(path, MANIFEST)))
        for name in FILES:
            _check_hash(path, name, manifest.files)
        species = species_from_tree(_yaml(os.path.join(path, SPECIES)), manifest.species.plants)
        _check_species(species, manifest.species)
        species = {x: y.released if x in manifest.released else y for x, y in species.items()}
        golden, near = _golden(os.path.join(path, GOLDEN), manifest)
    except BundleError as error:
        raise BundleError("model bundle {}: {}".format(path, error)) from error
    except Exception as error:  # foreign bytes through a library: whatever it raises, it is these
        raise BundleError(
            "model bundle {} is damaged or foreign ({}); install it again".format(
                path, first_line(error)
            )
        ) from error
    return Bundle(os.path.realpath(path), manifest, species, golden, near)


def write_manifest(path: str, manifest: Manifest) -> None:
    """Write manifest.yaml into the directory `path`, with the hashes of the files there."""
    files = {name: sha256_of_file(os.path.join(path, name)) for name in FILES}
    tree = tree_from_manifest(manifest._replace(files=files))
    with open(os.path.join(path, MANIFEST), "w", encoding="utf-8") as target:
        yaml.safe_dump(tree, target, default_flow_style=False, sort_keys=False, allow_unicode=True)


def sha256_of_file(path: str) -> str:
    """Return the hex sha256 of a file; raise BundleError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as source:
            for block in iter(lambda: source.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise BundleError(
            "{} cannot be read ({}); install the bundle again".format(path, error.strerror)
        ) from error
    return digest.hexdigest()


def _yaml(path: str) -> Any:
    try:
        return tree_from_yaml_file(path)
    except OSError as error:
        raise BundleError("{} cannot be read ({})".format(path, error.strerror)) from error
    except yaml.YAMLError as error:
        raise BundleError("{} is not YAML: {}".format(path, yaml_problem(error))) from error


def _check_hash(path: str, name: str, files: Mapping[str, str]) -> None:
    if name not in files:
        raise BundleError("manifest.yaml: files has no sha256 of {}".format(name))
    seen = sha256_of_file(os.path.join(path, name))
    if seen != files[name]:
        raise BundleError(
            "{} has sha256 {}...; the manifest says {}...; the file is damaged or was changed: "
            "install the bundle again".format(name, seen[:12], files[name][:12])
        )


def _check_species(species: Mapping[str, Species], head: HeadSpec) -> None:
    for label, bad in zip(head.labels, head.poisonous):
        if bad and not species[label].poisonous:
            raise BundleError(
                "species.yaml says {} is not poisonous; the manifest says it is; species.yaml "
                "may say more than the manifest, never less".format(label)
            )


def _golden(path: str, manifest: Manifest) -> Tuple[Golden, Optional[Near]]:
    poison = 1 if manifest.poison.kind == SIGMOID else manifest.poison.size
    try:
        _check_unpacked_size(path)
        with np.load(path, allow_pickle=False) as arrays:
            golden = Golden(*(arrays[name] for name in Golden._fields))
            near = near_from_arrays(arrays, (poison, manifest.species.size))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BundleError("{} cannot be read: {}".format(path, first_line(error))) from error
    n = len(golden.pictures)
    expected = ((n,) + manifest.input.shape[1:], (n, poison), (n, manifest.species.size))
    seen = (golden.tensors.shape, golden.poison.shape, golden.species.shape)
    if n < 1 or seen != expected:
        raise BundleError(
            "{}: tensors, poison and species have shapes {}; the manifest expects {}; labels and "
            "outputs do not match".format(path, seen, expected)
        )
    return golden, near


def _check_unpacked_size(path: str) -> None:
    with zipfile.ZipFile(path) as packed:
        size_bytes = sum(each.file_size for each in packed.infolist())
    if size_bytes > GOLDEN_MAX_BYTES:
        raise BundleError(
            "{} unpacks to {} MiB; golden pictures take at most {} MiB".format(
                path, size_bytes >> 20, GOLDEN_MAX_BYTES >> 20
            )
        )
