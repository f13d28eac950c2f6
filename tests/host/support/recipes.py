"""The smallest recipe that trains on drawn photographs."""

from pathlib import Path
from typing import Any, Dict

import yaml

from plantd_training.methods.recipe import METHODS

SMALLEST: Dict[str, Any] = {
    "name": "drawn",
    "version": "0.0.1",
    "created": "2026-01-01",
    "trunk": "tiny",
    "weights": "random",
    "side_px": 64,
}
PROBE: Dict[str, Any] = {
    "preprocessings": [{"rule": "center_crop", "interpolation": "area"}],
    "inverse_penalties": [0.01],
}


def write_recipe(folder: Path, **sections: Any) -> Path:
    """Return the path of the smallest recipe with these keys besides; linear probes unless said."""
    path = folder / "recipe.yaml"
    method = next((name for name in METHODS if name in sections), "linear_probe")
    sections = {"method": method, method: PROBE, **sections}
    path.write_text(yaml.safe_dump({**SMALLEST, **sections}, sort_keys=False), encoding="utf-8")
    return path
