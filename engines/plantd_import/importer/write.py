"""A bundle appears whole or not at all: written beside its place, proven, then renamed."""

import os
import shutil
import tempfile
import textwrap
from contextlib import contextmanager
from typing import Iterator, NamedTuple

import numpy as np
import onnx
import yaml

from plantd import bundle
from plantd.bundle.manifest import Manifest
from plantd.engine.self_test import prove
from plantd.errors import UsageError
from plantd.system import durable
from plantd_import.importer.templates import Described
from plantd_import.importer.write_errors import writing_to


class BundleContents(NamedTuple):
    """What goes into a bundle; shapes of the golden arrays as in plantd.bundle.

    Attributes:
        species: content of species.yaml, and what is left to do about it.
    """

    manifest: Manifest
    model: onnx.ModelProto
    golden: bundle.Golden
    species: Described
    card: str


@contextmanager
def place_for(path: str) -> Iterator[str]:
    """Yield an empty folder beside `path`, which becomes `path` when the block ends well.

    When the block raises, nothing is left; what a killed import left there is removed. Raises
    UsageError when `path` exists already, CannotWriteError where nothing can be written.
    """
    if os.path.lexists(path):
        raise UsageError(
            "{} exists already; expected a new place for the bundle: name another, or remove "
            "it".format(path)
        )
    parent = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(parent):
        raise UsageError("there is no folder {} to put the bundle into; make it".format(parent))
    start = ".{}.partial-".format(os.path.basename(os.path.abspath(path)))
    with writing_to(parent):
        _remove_leftovers(parent, start)
        partial = tempfile.mkdtemp(prefix="{}{}-".format(start, os.getpid()), dir=parent)
    try:
        yield partial
        with writing_to(path):
            os.chmod(partial, 0o755)
            os.rename(partial, path)
            durable.sync_directory(parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write(folder: str, parts: BundleContents) -> None:
    """Write a bundle's files into `folder` and prove it: hashes, labels, shapes, golden outputs.

    Raises CannotWriteError, and BundleError when it does not pass its own self-test.
    """
    with writing_to(os.path.dirname(folder)):
        _write_files(folder, parts)
    prove(folder, threads=2)


def _write_files(folder: str, parts: BundleContents) -> None:
    onnx.save(parts.model, os.path.join(folder, bundle.MODEL))
    golden = {name: np.asarray(value) for name, value in parts.golden._asdict().items()}
    np.savez_compressed(os.path.join(folder, bundle.GOLDEN), **golden)
    with open(os.path.join(folder, bundle.SPECIES), "w", encoding="utf-8") as target:
        target.write(
            "".join("# {}\n".format(line) for line in textwrap.wrap(parts.species.note, 98))
        )
        yaml.safe_dump(parts.species.tree, target, sort_keys=False, allow_unicode=True)
    with open(os.path.join(folder, bundle.CARD), "w", encoding="utf-8") as target:
        target.write(parts.card)
    bundle.write_manifest(folder, parts.manifest)
    for name in sorted(os.listdir(folder)):
        _sync(os.path.join(folder, name))


def _remove_leftovers(parent: str, start: str) -> None:
    """Remove the folders of imports to the same place whose process is no more."""
    for name in os.listdir(parent):
        pid = name[len(start) :].partition("-")[0] if name.startswith(start) else ""
        if pid.isdigit() and not os.path.exists("/proc/" + pid):
            shutil.rmtree(os.path.join(parent, name), ignore_errors=True)


def _sync(path: str) -> None:
    """Make sure a power cut does not leave a name without its content."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
