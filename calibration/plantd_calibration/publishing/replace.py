"""A bundle's card and manifest replaced, all or nothing."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Callable

import numpy as np

from plantd import bundle
from plantd.bundle import Bundle
from plantd.bundle.manifest import Manifest
from plantd.bundle.near import arrays_from_near
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.engine.self_test import prove
from plantd.errors import BundleError, CannotWriteError
from plantd_calibration.publishing.near_thresholds import near_thresholds


def replace(
    source: Bundle, manifest: Manifest, card: Callable[[str], str], renew_near: bool = False
) -> Manifest:
    """Give the bundle a manifest and a card, with their hashes; return what it then says.

    A copy beside it is written, loaded and tested on golden first; then its files replace the old
    ones, the manifest last: a bundle that was interrupted in between is refused by its hashes.

    Args:
        card: makes the new card from the old one.
        renew_near: whether the pictures beside the thresholds are drawn anew: the thresholds, or
            the temperatures, are others now.

    Raises BundleError when the bundle has changed since it was loaded, or its card is no text;
    CannotWriteError when there is no place for it.
    """
    path = Path(source.path)
    # By their text: a figure that is NaN differs from itself.
    if repr(bundle.load(source.path).manifest) != repr(source.manifest):
        raise BundleError("{} was changed in the meantime; start again".format(path))
    try:
        with tempfile.TemporaryDirectory(prefix=".replacing-", dir=str(path.parent)) as scratch:
            copy = Path(scratch)
            for name in (*bundle.FILES, bundle.MANIFEST):
                shutil.copy(str(path / name), str(copy / name))
            (copy / bundle.CARD).write_text(card(_text(path / bundle.CARD)), encoding="utf-8")
            bundle.write_manifest(str(copy), manifest)
            if renew_near:
                _renew_near(copy, manifest)
            prove(str(copy))
            for name in (bundle.GOLDEN, bundle.CARD, bundle.MANIFEST):
                os.replace(str(copy / name), str(path / name))
    except OSError as error:
        told = "{} cannot be rewritten: {}".format(path, error.strerror)
        raise CannotWriteError(told) from error
    return bundle.load(str(path)).manifest


def _renew_near(copy: Path, manifest: Manifest) -> None:
    loaded = bundle.load(str(copy))
    with OnnxRuntimeEngine(loaded, threads=1) as engine:
        near = near_thresholds(loaded, engine)
    arrays = {**loaded.golden._asdict(), **arrays_from_near(near)}
    np.savez_compressed(copy / bundle.GOLDEN, **arrays)
    bundle.write_manifest(str(copy), manifest)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BundleError("{} is not text in UTF-8; save it as UTF-8".format(path)) from error
