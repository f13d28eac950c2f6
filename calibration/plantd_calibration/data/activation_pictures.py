"""Photographs beside where the network found what spoke for its answer: plant or background?"""

from pathlib import Path
from typing import Dict, Optional, Sequence

import numpy as np

from plantd import activation, picture, tensor
from plantd.assessment import assess
from plantd.bundle import Bundle
from plantd.engine.interface import Engine
from plantd.engine.onnxrt import OnnxRuntimeEngine

BESIDE = (
    "Beside each picture: lit and red is where the network found what spoke for its answer, dark "
    "is what did not (class activation)."
)
NONE = "This bundle does not show where it looked; plantd-import activation makes one that does."


def told(bundle: Optional[Bundle]) -> str:
    """Return the sentence that explains the pictures."""
    return BESIDE if bundle is not None and bundle.manifest.activation is not None else NONE


def beside(bundle: Optional[Bundle], paths: Sequence[Path]) -> Dict[Path, np.ndarray]:
    """Return (height, 2 * width, 3) uint8 BGR: each picture, and right of it what spoke.

    Empty where the bundle does not show it. A picture of which nothing spoke is left out.
    """
    if bundle is None or bundle.manifest.activation is None or not paths:
        return {}
    with OnnxRuntimeEngine(bundle, threads=1) as engine:
        shown = {path: _beside(bundle, engine, path) for path in paths}
    return {path: pixels for path, pixels in shown.items() if pixels is not None}


def _beside(bundle: Bundle, engine: Engine, path: Path) -> Optional[np.ndarray]:
    pixels, spec = picture.read(str(path)), bundle.manifest.input
    outputs = engine.infer(tensor.to_tensor(pixels, spec))
    found = assess(bundle, [outputs], picture.quality_of(pixels))
    head = bundle.species_head
    label = activation.label_that_spoke(found.decision, found.prediction, head)
    values = activation.map_of(outputs.activation, label, head)
    if values is None:
        return None
    view = tensor.field_of_view(pixels.shape[0], pixels.shape[1], spec)
    return np.hstack([pixels, activation.overlay(pixels, values, view)])
