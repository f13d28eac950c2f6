"""The smallest recipe that trains on drawn photographs."""

from pathlib import Path
from typing import Any, Dict

import yaml

SMALLEST: Dict[str, Any] = {
    "name": "drawn",
    "version": "0.0.1",
    "created": "2026-01-01",
    "trunk": "lite0",
    "side_px": 64,
    "preprocessings": [{"rule": "center_crop", "interpolation": "area"}],
    "inverse_penalties": [0.01],
}


def write_recipe(folder: Path, **sections: Any) -> Path:
    """Return the path of the smallest recipe with these keys besides."""
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**SMALLEST, **sections}, sort_keys=False), encoding="utf-8")
    return path
