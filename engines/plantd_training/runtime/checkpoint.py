"""Everything the next epoch needs, in one file: a killed training goes on to the same result.

The state is written first and the progress that names it last, each to a temporary name and then
renamed, so a kill at any moment loses one epoch at most.
"""

import csv
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

PROGRESS = "progress.json"
HISTORY = "history.csv"

Row = Dict[str, float]
Variables = Sequence[Any]


class Progress(NamedTuple):
    """Where a training stands: one row of figures for each finished epoch."""

    history: List[Row]
    notes: Dict[str, Any]


def keep(
    folder: Path,
    groups: Mapping[str, Variables],
    history: Sequence[Row],
    notes: Optional[Dict[str, Any]] = None,
) -> None:
    """Write the state after the epoch that `history` ends with.

    Args:
        groups: Keras variables or arrays by a name; `resume` needs the same in the same order.
        notes: what else the next epoch needs; goes into JSON.
    """
    name = "state_{:04d}.npz".format(len(history))
    arrays = {
        "{}/{}".format(group, place): np.asarray(variable)
        for group, variables in groups.items()
        for place, variable in enumerate(variables)
    }
    unfinished = folder / ("part_" + name)
    np.savez(unfinished, **arrays)
    os.replace(str(unfinished), str(folder / name))
    progress = {"state": name, "history": list(history), "notes": notes or {}}
    _write_text(folder / PROGRESS, json.dumps(progress, indent=1))
    for old in folder.glob("state_*.npz"):
        if old.name != name:
            old.unlink()
    _write_history(folder / HISTORY, history)


def begun(folder: Path) -> bool:
    """Return whether an epoch was finished here."""
    return (folder / PROGRESS).exists()


def resume(folder: Path, groups: Mapping[str, Variables]) -> Progress:
    """Set the variables to the last state and return where the training stands.

    Nothing is set and no epoch is finished when the folder has no state yet.
    """
    if not begun(folder):
        return Progress([], {})
    told = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    with np.load(str(folder / told["state"]), allow_pickle=False) as state:
        for group, variables in groups.items():
            for place, variable in enumerate(variables):
                _set(variable, state["{}/{}".format(group, place)])
    return Progress(list(told["history"]), dict(told["notes"]))


def _set(variable: Any, value: np.ndarray) -> None:
    if isinstance(variable, np.ndarray):
        variable[...] = value
    else:
        variable.assign(value)


def _write_history(path: Path, history: Sequence[Row]) -> None:
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
    os.replace(str(unfinished), str(path))


def _write_text(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(str(unfinished), str(path))
