"""The trial of a new version of plantd's package, told: root's scripts (`debian/trial`) decide.

They keep what they know in a file of lines "key value", which this reads; its keys are explained in
`debian/trial/state.sh`. A box without packages has no such file.
"""

import logging
from typing import Any, Callable, Dict, NamedTuple, Optional

from plantd.health.states import ComponentStates, State
from plantd.health.trials import BACK, ENDS, PASSED, STUCK, trial_sentence
from plantd.messages import visible

logger = logging.getLogger(__name__)

PATH = "/var/lib/plantd-trial/trial"
PART = "update"
MAX_BYTES = 64 * 1024
_DIGITS_MAX = 9


class UpdateTrial(NamedTuple):
    """What is known of a version on trial.

    Attributes:
        version, before: of the packages: on trial, and what comes back.
        presses: how many it must answer; answered, failed: by now.
        ended: one of ENDS; reason: one sentence, where it did not pass.
    """

    version: str
    before: str
    presses: int = 0
    answered: int = 0
    failed: int = 0
    ended: str = ""
    reason: str = ""

    def to_json(self) -> Dict[str, Any]:
        """Return what the status says of it."""
        return dict(self._asdict())


def read(path: str = PATH) -> Optional[UpdateTrial]:
    """Return what root's file says; None where there is none, or none that can be read."""
    try:
        with open(path, "rb") as source:
            text = source.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    values = dict(line.partition(" ")[::2] for line in text.splitlines())
    version, before = values.get("version", ""), values.get("before", "")
    if not version or not before or values.get("ended", "") not in ENDS:
        return None
    return UpdateTrial(
        visible(version),
        visible(before),
        presses=_number(values.get("presses", "")),
        answered=_number(values.get("answered", "")),
        failed=_number(values.get("failed", "")),
        ended=values.get("ended", ""),
        reason=visible(values.get("reason", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MAX else 0


def sentence(trial: UpdateTrial) -> str:
    """Return how it goes."""
    new, before = ("plantd {}".format(version) for version in (trial.version, trial.before))
    return trial_sentence(new, before, trial.to_json())


class UpdateNews:
    """Tells of the trial as part "update", at each look that finds it changed."""

    def __init__(
        self, parts: ComponentStates, find: Callable[[], Optional[UpdateTrial]] = read
    ) -> None:
        """Args: whom to tell; what reads root's file."""
        self._parts = parts
        self._find = find
        self._told: Optional[UpdateTrial] = None

    def look(self) -> None:
        """Read the file, and tell. Reads the disk."""
        found = self._find()
        if found == self._told:
            return
        if found is None:
            self._parts.set(PART, State.HEALTHY, "")
        elif found.ended != PASSED or self._told is not None:
            failed = found.ended in (BACK, STUCK)
            (logger.warning if failed else logger.info)("%s", sentence(found))
            state = State.DEGRADED if failed else State.HEALTHY
            self._parts.set(PART, state, sentence(found))
        self._told = found

    def to_json(self) -> Optional[Dict[str, Any]]:
        """Return what the status says: the trial that goes on, or the last one that failed."""
        found = self._find()
        return None if found is None or found.ended == PASSED else found.to_json()
