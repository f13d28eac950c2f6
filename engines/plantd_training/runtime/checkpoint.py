"""Everything the next epoch needs, in one file: a killed training goes on to the same result.

How this works: variables, figures and notes lie in one file, which is written under a name of its
own and then renamed. A kill at any moment loses one epoch at most. Two tries of one training may
overlap, where a machine was given up and still breathes: whoever renames last, the file is that of
a whole epoch, and both would end in the same weights.
"""

import csv
import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from plantd_calibration.data.whole_files import replacing

STATE = "state.npz"
HISTORY = "history.csv"
# The state's entry that is no variable.
TOLD = "progress"
# Older trainings have a file of its own for it, which names that of the variables.
OLD_PROGRESS = "progress.json"

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
    arrays = {
        "{}/{}".format(group, place): np.asarray(variable)
        for group, variables in groups.items()
        for place, variable in enumerate(variables)
    }
    told = json.dumps({"history": list(history), "notes": notes or {}})
    with replacing(folder / STATE) as unfinished:
        np.savez(unfinished, **arrays, **{TOLD: np.asarray(told)})
    _write_history(folder / HISTORY, history)
    for old in (*folder.glob("state_*.npz"), *folder.glob(OLD_PROGRESS)):
        old.unlink(missing_ok=True)


def begun(folder: Path) -> bool:
    """Return whether an epoch was finished here."""
    return (folder / STATE).exists() or (folder / OLD_PROGRESS).exists()


def resume(folder: Path, groups: Mapping[str, Variables]) -> Progress:
    """Set the variables to the last state and return where the training stands.

    Nothing is set and no epoch is finished when the folder has no state yet.
    """
    if not begun(folder):
        return Progress([], {})
    path, told = folder / STATE, None
    if not path.exists():
        told = json.loads((folder / OLD_PROGRESS).read_text(encoding="utf-8"))
        path = folder / told["state"]
    with np.load(str(path), allow_pickle=False) as state:
        told = told or json.loads(str(state[TOLD]))
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
    with replacing(path) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, list(history[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(history)
