"""A folder of drawn strangers with a manifest, and a division of them."""

import csv
from pathlib import Path
from typing import Tuple

import numpy as np
import yaml
from host.support.drawn_plant import drawn_plant

from plantd.picture import encode_jpeg

COLUMNS = ("file", "kind", "label", "poisonous", "source_repo", "group")
# label -> (kind, colour in blue, green, red, flag, source)
STRANGERS = {
    "Cicuta_sp": ("plant", (250, 250, 250), "1", "herbarium"),
    "Tulipa_gesneriana": ("plant", (20, 20, 250), "1", "herbarium"),
    "Rosa_canina": ("plant", (180, 170, 250), "0", "garden"),
    "Viola_odorata": ("plant", (160, 40, 90), "", "garden"),
    "soil:black": ("thing", (30, 40, 50), "", "ground"),
    "soil:red": ("thing", (40, 50, 140), "", "ground"),
    "wall": ("thing", (200, 200, 190), "", "house"),
    "hand": ("thing", (130, 150, 210), "", "house"),
    "Sunflower": ("extra70", (40, 220, 250), "0", "garden"),
}
DIVISION = {"kept_sources": ["house"], "reported": ["Tulipa", "wall"], "singly": ["ground"]}


def draw_strangers(folder: Path, each: int = 4, side_px: int = 96, seed: int = 7) -> Path:
    """Draw `each` pictures of every stranger; return the folder."""
    random = np.random.default_rng(seed)
    rows = []
    for label, (kind, colour, flag, source) in STRANGERS.items():
        for index in range(each):
            name = "{}s/{}_{:02d}.jpg".format(kind, label.replace(":", "_"), index)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_jpeg(_picture(kind, colour, side_px, random), 92))
            rows.append((name, kind, label, flag, source, "{}-{}".format(label, index)))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([COLUMNS, *rows])
    return folder


def write_division(path: Path, **changes: object) -> Path:
    """Write the division of these strangers; return the path."""
    path.write_text(yaml.safe_dump({**DIVISION, **changes}), encoding="utf-8")
    return path


def _picture(
    kind: str, colour: Tuple[int, int, int], side_px: int, random: np.random.Generator
) -> np.ndarray:
    if kind != "thing":
        return drawn_plant(random, side_px, side_px, colour)
    noise = random.normal(0, 12, (side_px, side_px, 1))
    return np.clip(np.asarray(colour) + noise, 0, 255).astype(np.uint8)
