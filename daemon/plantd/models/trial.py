"""A new model on trial: STATE/models/trial.json, and what of it is in force after a power cut.

How this works: the file is written before `active` leads to the new model, and speaks of the
model that it names. So what it says holds while `active` is that model, and nothing otherwise:

    ended    active     what that means
    ""       the model  it is on trial: so many presses answered, so many failed
    passed   the model  it has answered enough
    back     the model  a power cut came before the old one was active: the next start ends it
    back     before     it failed and went back; the reason is told until another model is activated
    any      another    of the past
"""

import fcntl
import json
import os
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional

from plantd.health.trials import BACK
from plantd.system import durable
from plantd.system.json_text import tree_from_json

FILE = "trial.json"
# No sweep of the store may take it away: it is written while the store is locked by others.
NEW = ".trial-new"


class Trial(NamedTuple):
    """What is known of a model on trial.

    Attributes:
        model, before: as links of the store name them.
        presses: how many it must answer; as many that it fails end the trial.
        starts: of the service in this boot that ended in no way of its own; boot_id: which boot.
        ended: "", PASSED or BACK; reason: one sentence, for BACK.
    """

    model: str
    before: str
    presses: int
    answered: int = 0
    failed: int = 0
    starts: int = 0
    boot_id: str = ""
    ended: str = ""
    reason: str = ""

    def to_json(self) -> Dict[str, Any]:
        """Return what the status says of it."""
        names = ("model", "before", "presses", "answered", "failed", "ended", "reason")
        return {name: getattr(self, name) for name in names}


def read(folder: str) -> Optional[Trial]:
    """Return what the file in a store's folder says; None where there is none, or none whole."""
    try:
        with open(os.path.join(folder, FILE), "rb") as source:
            tree = tree_from_json(source.read())
        found = Trial(**tree)
    except (OSError, ValueError, TypeError):
        return None
    fits = all(type(value) is kind for value, kind in zip(found, _KINDS))
    return found if fits else None


def in_force(folder: str, active: Optional[str]) -> Optional[Trial]:
    """Return what the file says, unless it is of the past: see the table above."""
    found = read(folder)
    if found is None or active is None:
        return None
    went_back = found.ended == BACK and found.before == active
    return found if found.model == active or went_back else None


def of(folder: str, model: str, active: str, presses: int) -> Trial:
    """Return a new trial; it goes back to the active model, or to what that one would go back to.

    A model that is on trial itself has not shown that it answers.
    """
    other = in_force(folder, active)
    if other is None or other.ended or other.before == model:
        return Trial(model, active, presses)
    there = os.path.isdir(os.path.join(folder, other.before))
    return Trial(model, other.before if there else active, presses)


_KINDS = (str, str, int, int, int, int, str, str, str)


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Wait for whoever writes the file or the links now, and keep others from it meanwhile.

    Held for as long as that takes and no longer: an installation, which locks the folder itself,
    does not hold it. The lock is on the directory above.
    """
    above = os.path.dirname(folder)
    descriptor = os.open(above, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(folder: str, trial: Trial) -> None:
    """Replace the file, whole and on the disk. The trial must be locked."""
    new = os.path.join(folder, NEW)
    with open(new, "w", encoding="utf-8") as target:
        json.dump(dict(trial._asdict()), target)
        target.flush()
        os.fsync(target.fileno())
    durable.belong_as(new, folder)
    durable.rename(new, os.path.join(folder, FILE))


def update(folder: str, trial: Trial, active: Callable[[], Optional[str]]) -> None:
    """Replace the file, unless the trial is over: another model may be active by now."""
    with locked(folder):
        now = in_force(folder, active())
        if now is not None and now.model == trial.model:
            write(folder, trial)


def forget(folder: str) -> None:
    """Take the file away, if there is one. The trial must be locked."""
    try:
        os.unlink(os.path.join(folder, FILE))
    except FileNotFoundError:
        return
    durable.sync_directory(folder)
