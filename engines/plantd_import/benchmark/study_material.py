"""The study's two networks, built, imported as any two graphs are, and ready to be compared."""

import os
from typing import Any

from plantd.tree_reader import Tree
from plantd_import.benchmark import compare
from plantd_import.benchmark.runtimes import Material
from plantd_import.importer import child, importing, metadata, steps
from plantd_import.onnx_graph.merge import POISON, SPECIES

POISONOUS = 8
# The preprocessing of the Keras applications' ResNet-50. With random weights any would do.
IMAGENET_MEAN_BGR = [103.939, 116.779, 123.68]


def study_material(work: str, tiny: bool = False, run: Any = child.call) -> Material:
    """Return the study's networks (random weights) in every form, made in the folder `work`."""
    paths = run(steps.write_study, work, tiny).result
    graphs = dict(zip((POISON, SPECIES), paths))
    said = metadata.metadata_from_tree(
        _tree(32 if tiny else 300), "study", "random", created="2019-01-01"
    )
    out = os.path.join(work, "bundle")
    importing.import_bundle(importing.ImportRequest(graphs, said, out), run)
    spec = said.manifest.input
    parts = [
        importing.part_of(head, path, spec, metadata.Tensors(), {}) for head, path in graphs.items()
    ]
    return compare.material_from_bundle(out, work, parts, run=run)


def _tree(side_px: int) -> Tree:
    species = ["species_{:02d}".format(number) for number in range(steps.STUDY_SPECIES)]
    return {
        "input": {
            "width_px": side_px,
            "height_px": side_px,
            "colour": "BGR",
            "rule": "stretch",
            "interpolation": "bilinear",
            "scale": 1.0,
            "mean": IMAGENET_MEAN_BGR,
            "std": [1.0, 1.0, 1.0],
        },
        "heads": {
            POISON: {"labels": ["edible", "poisonous"]},
            SPECIES: {"labels": species, "poisonous": species[:POISONOUS]},
        },
    }
