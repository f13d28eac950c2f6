"""What the service says of itself to whoever watches a new version of its package.

How this works: `RUN/serving` has a line "key value" for each of

    form           1
    process        digits of this process alone
    pid            what systemd must call the main process, or the file is an old one's
    version        of the program
    trial_presses, trial_s    as configured: update.trial_presses, update.trial_s
    answered, failed          presses since the process began; failed: by a fault of the engine
    fault PART what is wrong  for each part that has failed

Root's scripts (`debian/trial`) read it without Python, those of an older version too: a key keeps
its meaning. It is replaced by renaming, in memory (tmpfs), at a look that finds it changed.
"""

import logging
import os
import threading
import uuid
from typing import Callable, List

from plantd import __version__
from plantd.answers import Rule
from plantd.config import Config
from plantd.health.states import ComponentStates, State
from plantd.inference.thread import CLASSIFY
from plantd.messages import visible
from plantd.wire import Verdict

logger = logging.getLogger(__name__)

FILE = "serving"
FORM = 1
# Whoever reads it is root, and nothing in it is anybody's secret.
MODE = 0o640


class ServingFile:
    """Writes the file. `count` may be called from any thread, `look` from one at a time."""

    def __init__(
        self, config: Callable[[], Config], parts: ComponentStates, process: str = ""
    ) -> None:
        """Args: the configuration that holds; how the parts are; what to call this process."""
        self._config = config
        self._parts = parts
        self._process = process or uuid.uuid4().hex
        self._lock = threading.Lock()
        self._answered = self._failed = 0
        self._written = ""
        self._complained = False

    def count(self, verdict: Verdict) -> None:
        """Take an answer; pictures that were sent in are no presses."""
        if verdict.trigger == CLASSIFY:
            return
        with self._lock:
            if verdict.decision.rule is Rule.ENGINE_FAULT:
                self._failed += 1
            else:
                self._answered += 1

    def look(self) -> None:
        """Write the file where something has changed; one that cannot be written is said once."""
        text = "".join(line + "\n" for line in self._lines())
        if text == self._written:
            return
        path = os.path.join(self._config().paths.run, FILE)
        try:
            with open(path + ".new", "w", encoding="utf-8") as target:
                os.fchmod(target.fileno(), MODE)
                target.write(text)
            os.rename(path + ".new", path)
        except OSError as error:
            if not self._complained:
                logger.error("%s cannot be written: %s", path, error.strerror)
            self._complained = True
        else:
            self._written, self._complained = text, False

    def _lines(self) -> List[str]:
        update = self._config().update
        with self._lock:
            answered, failed = self._answered, self._failed
        pairs = (
            ("form", FORM),
            ("process", self._process),
            ("pid", os.getpid()),
            ("version", __version__),
            ("trial_presses", update.trial_presses),
            ("trial_s", int(update.trial_s)),
            ("answered", answered),
            ("failed", failed),
        )
        faults = [
            "fault {} {}".format(each.part, visible(each.detail.replace("\n", " ")))
            for each in self._parts.all()
            if each.state == State.FAILED
        ]
        return ["{} {}".format(*pair) for pair in pairs] + faults
