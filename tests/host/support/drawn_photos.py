"""A folder of drawn photographs with a manifest: three kinds told apart by their petals."""

import csv
from pathlib import Path

import numpy as np
from host.support.drawn_plant import drawn_plant

from plantd.picture import encode_jpeg

# label -> (petals in blue, green, red, poisonous)
KINDS = {
    "Bluebell": ((220, 70, 60), False),
    "Sunflower": ((40, 220, 250), False),
    "foxglove": ((200, 40, 220), True),
}
COLUMNS = ("file", "class", "poisonous", "split", "source_repo", "group")


def draw_photos(folder: Path, each=(6, 3, 3), side_px: int = 96, seed: int = 5) -> Path:
    """Draw `each` (train, val, test) photographs a kind; return the folder."""
    random = np.random.default_rng(seed)
    rows = []
    for label, (petal, poisonous) in KINDS.items():
        for split, count in zip(("train", "val", "test"), each):
            for index in range(count):
                name = "{}/{}/{}_{:02d}.jpg".format(split, label, label, index)
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = drawn_plant(random, side_px + 8 * index, side_px, petal)
                path.write_bytes(encode_jpeg(pixels, 92))
                group = "{}-{}-{}".format(label, split, index)
                file = "{}/{}".format(folder.name, name)
                rows.append((file, label, int(poisonous), split, "drawn", group))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([COLUMNS, *rows])
    return folder


def write_facts(path: Path) -> Path:
    """Write a species.yaml for the three kinds; return the path."""
    lines = ["species:"]
    for label, (_, poisonous) in KINDS.items():
        lines.append("  {}:".format(label))
        lines.append("    scientific_name: Drawn {}".format(label.lower()))
        lines.append("    poisonous: {}".format(str(poisonous).lower()))
        lines.append("    caution: A drawing.")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
