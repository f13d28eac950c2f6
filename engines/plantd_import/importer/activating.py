"""A bundle with the class activation in its graph: a new bundle beside the old one."""

import os
import shutil
from typing import Optional

import onnx

from plantd import bundle
from plantd.bundle import Bundle
from plantd.bundle.manifest import Manifest
from plantd.engine.self_test import prove
from plantd.errors import UsageError
from plantd_import.importer.write import place_for
from plantd_import.importer.write_errors import writing_to
from plantd_import.onnx_graph.class_activation import with_activation

LINE = (
    "- output `{}`: where in the picture each of the {} labels was found, {} by {} places; the "
    "mean of a label's is its logit\n"
)
SPECIES_LINE = "- output `species`"


def activate(source: str, out: str, version: Optional[str] = None) -> Manifest:
    """Write the bundle at `source` to the new folder `out`, with the class activation.

    Heads, labels, thresholds and promises stay: the other outputs are proven the same to the bit
    on the golden pictures.

    Args:
        version: of the new bundle; None keeps it.

    Raises GraphError where the graph has none, UsageError where the bundle has it already.
    """
    loaded = bundle.load(source)
    manifest = loaded.manifest
    if manifest.activation is not None:
        raise UsageError(
            "{} gives the class activation already, as output {}".format(
                source, manifest.activation.output
            )
        )
    outputs = (manifest.poison.output, manifest.species.output)
    model, spec = with_activation(onnx.load(loaded.model_path), outputs, loaded.golden.tensors)
    shown = manifest._replace(activation=spec, version=version or manifest.version)
    with place_for(out) as place:
        with writing_to(out):
            onnx.save(model, os.path.join(place, bundle.MODEL))
            for name in (bundle.GOLDEN, bundle.SPECIES):
                shutil.copyfile(os.path.join(loaded.path, name), os.path.join(place, name))
            _write_card(loaded, shown, place)
            bundle.write_manifest(place, shown)
        prove(place, threads=2)
    return bundle.load(out).manifest


def _write_card(loaded: Bundle, shown: Manifest, place: str) -> None:
    """The old card, of the new graph: its title, its hash, and what it gives."""
    with open(os.path.join(loaded.path, bundle.CARD), encoding="utf-8") as source:
        card = source.read()
    before = loaded.manifest
    old = before.files[bundle.MODEL]
    new = bundle.sha256_of_file(os.path.join(place, bundle.MODEL))
    card = card.replace("# " + before.title, "# " + shown.title, 1)
    for length in (64, 12):
        card = card.replace(old[:length], new[:length])
    spec, lines = shown.activation, card.splitlines(keepends=True)
    assert spec is not None
    told = LINE.format(spec.output, shown.species.size, spec.rows, spec.columns)
    at = next((n for n, line in enumerate(lines) if line.startswith(SPECIES_LINE)), None)
    if at is not None:
        lines.insert(at + 1, told)
    with open(os.path.join(place, bundle.CARD), "w", encoding="utf-8") as target:
        target.write("".join(lines))
