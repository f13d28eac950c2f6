"""The list of every look at the test photographs: each one makes the next less worth."""

import csv
from pathlib import Path
from typing import List

from plantd_training.export.model_card import Look


def read_looks(path: Path) -> List[Look]:
    """Return the looks listed in a CSV file, oldest first; none when there is no file yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [Look(row["date"], row["model"], row["saw"]) for row in csv.DictReader(lines)]


def add_look(path: Path, look: Look) -> List[Look]:
    """Return the looks with a new one, and write them. The same sight again is no new look."""
    looks = read_looks(path)
    if any((old.model, old.saw) == (look.model, look.saw) for old in looks):
        return looks
    looks.append(look)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(Look._fields)
        writer.writerows(looks)
    return looks
