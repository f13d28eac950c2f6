"""When the database is read whole: after a stop that was not clean, and when a reader met an error.

How this works: the record thread begins and takes; readers, from any thread, only suspect. The
check after a start comes a while later, when the model is loaded and presses are answered:
a service that is started again and again spends nothing on it. While a check runs verdicts are
recorded as always; what it finds is taken at the next look.
"""

import logging
import threading
import time
from typing import Callable, Optional

from plantd.sinks.recording.recovery.integrity_check import IntegrityCheck
from plantd.sinks.recording.recovery.integrity_child import DAMAGED, GOOD

logger = logging.getLogger(__name__)

AFTER_S = 30.0
WAITING = "waiting: the record was not closed cleanly; it is read whole a while after the start"
RUNNING = "running"
SKIPPED = "skipped: the record is new or was closed cleanly"


class CheckSchedule:
    """The checks of one database, one at a time.

    Args:
        after_s: how long after a start that was not clean its check begins, at the next look.

    Attributes:
        wake: called from any thread when there is something to take.
        state: what is told in `status`.
        idle: set while nothing is being checked or is to be.
    """

    def __init__(
        self,
        database: str,
        after_s: float = AFTER_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._after_s = after_s
        self._monotonic = monotonic
        self._due_at: Optional[float] = None
        self._check: Optional[IntegrityCheck] = None
        self._suspicion = ""
        self.wake: Callable[[], None] = _nobody
        self.state = ""
        self.idle = threading.Event()
        self.idle.set()

    def suspect(self, reason: str) -> None:
        """Ask for a check, since a reader met an error; from any thread."""
        self._suspicion = reason
        self.wake()

    def begin(self, needed: bool) -> None:
        """Check the record that was just opened, a while later, if that is needed."""
        if not needed:
            self.state = SKIPPED
            return
        logger.info("the record was not closed cleanly; it is checked while verdicts are recorded")
        self.state = WAITING
        self._due_at = self._monotonic() + self._after_s
        self.idle.clear()

    def damage(self) -> str:
        """Take what a check has found: the damage in words, "" for none or none yet."""
        check = self._check
        if check is None:
            self._start_if_due()
            return ""
        if check.finding is None:
            return ""
        self._check, self.state = None, check.finding
        self.idle.set()
        logger.log(
            logging.INFO if check.finding == GOOD else logging.ERROR,
            "the record was checked: %s",
            check.finding,
        )
        return check.finding if check.finding.startswith(DAMAGED) else ""

    def stop(self) -> bool:
        """End a running check; return whether nothing was left to check."""
        check, self._check = self._check, None
        if check is not None:
            check.stop()
        self.idle.set()
        return check is None and self._due_at is None and not self._suspicion

    def _start_if_due(self) -> None:
        suspicion, self._suspicion = self._suspicion, ""
        if suspicion:
            logger.error("reading the record failed (%s); it is checked", suspicion)
        elif self._due_at is None or self._monotonic() < self._due_at:
            return
        self._due_at = None
        self._start()

    def _start(self) -> None:
        check = IntegrityCheck(self._database, lambda: self.wake())
        try:
            check.start()
        except OSError as error:
            self.state = "not checked: {}".format(error)
            self.idle.set()
            logger.error("the record is %s", self.state)
            return
        self._check, self.state = check, RUNNING
        self.idle.clear()


def _nobody() -> None:
    pass
